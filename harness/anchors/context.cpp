#include "harness/anchors/context.h"

#include <algorithm>

#include "harness/anchors/english.h"

namespace lethe {
namespace {

constexpr size_t kWindow = 12;  // words behind a name in which its pronoun is

// Pronouns up to the next name or the window's end.
void count_pronouns(const ReadDocument& document, const WordTable& table,
                    size_t from, NameContext* context) {
  const size_t end = std::min(from + kWindow, document.words.size());
  for (size_t i = from; i < end; ++i) {
    const uint32_t traits = table.traits(document.ids[i]);
    const bool pronoun = traits & (kFunctionWord | kDeterminer);
    if (traits & kNeuter) {
      ++context->neuter;
    } else if (pronoun && traits & kMale) {
      ++context->male;
    } else if (pronoun && traits & kFemale) {
      ++context->female;
    } else {
      if (document.words[i].letters == LetterCase::capital &&
          !document.words[i].starts && !pronoun) {
        return;  // someone else
      }
      continue;
    }
    return;
  }
}

void add_place(const ReadDocument& document, const WordTable& table,
               const NamePlace& place, NameContext* context) {
  ++context->places;
  const auto traits = [&](size_t i) { return table.traits(document.ids[i]); };
  for (size_t i = place.first; i < place.core; ++i) {
    context->titled_male += (traits(i) & kMale) != 0;
    context->titled_female += (traits(i) & kFemale) != 0;
  }
  const auto near = [&](size_t i) {
    const TextWord& word = document.words[i];
    return word.letters != LetterCase::capital && traits(i) & kSpeech;
  };
  bool speaks = false;
  if (place.first > 0) {
    const size_t before = place.first - 1;
    if (document.words[place.first].gap == WordGap::space) {
      context->determined +=
          (traits(before) & kDeterminer &&
           document.words[place.first].gap == WordGap::space);
      context->placed += (traits(before) & kPlaceBefore) != 0;
      speaks = near(before);
    }
  }
  if (place.last < document.words.size() && !speaks) {
    speaks =
        near(place.last) && document.words[place.last].gap == WordGap::space;
  }
  context->speaks += speaks;
  count_pronouns(document, table, place.last, context);
}

Gender gender_of(uint32_t head, uint32_t given, const NameContext& context) {
  if (head & kRank && head & kFemale) return Gender::female;
  if (head & kRank && head & kMale) return Gender::male;
  if (given & kGivenName)
    return given & kFemale ? Gender::female : Gender::male;
  const int64_t male = context.male + 5 * context.titled_male;
  const int64_t female = context.female + 5 * context.titled_female;
  if (male + female == 0) return Gender::unknown;
  return female > male ? Gender::female : Gender::male;
}

bool share(int64_t part, int64_t all, double least) {
  return all > 0 &&
         static_cast<double>(part) >= least * static_cast<double>(all);
}

std::string kind_of(uint32_t head, bool titled, bool common,
                    const NameContext& context) {
  if (titled || head & (kRank | kGivenName)) return "person";
  if (head & kPlaceHead) return "place";
  if (head & kGroupHead) return "organisation";
  const bool speaks = share(context.speaks, context.places, 0.15) &&
                      context.speaks >= context.placed;
  if (speaks) return "person";
  if (share(context.placed, context.places, 0.25)) return "place";
  const int64_t people = context.male + context.female;
  if (!common && people >= context.neuter) return "person";
  if (common && share(people + context.neuter, context.places, 0.2) &&
      share(context.speaks, context.places, 0.08)) {
    return "person";
  }
  return "thing";
}

}  // namespace

std::map<WordIds, NameContext> name_contexts(const ReadSide& side,
                                             const WordTable& table,
                                             const FoundNames& found) {
  std::map<WordIds, NameContext> contexts;
  for (const auto& [ids, use] : found.names) contexts[ids];
  for (const NamePlace& place : found.places) {
    const ReadDocument& document = side.documents[place.document];
    const auto ids = [&](size_t first) {
      return WordIds{document.ids.begin() + static_cast<int64_t>(first),
                     document.ids.begin() + static_cast<int64_t>(place.last)};
    };
    add_place(document, table, place, &contexts[ids(place.core)]);
    if (place.core > place.first) {
      add_place(document, table, place, &contexts[ids(place.first)]);
    }
  }
  return contexts;
}

void describe_name(const WordTable& table, const WordIds& ids,
                   const NameUse& use, const NameContext& context,
                   FoundAnchor* anchor) {
  // "King of Bohemia", "Hotel Cosmopolitan": the head stands first.
  size_t head = ids.size() - 1;
  const uint32_t place = kPlaceHead;
  if (table.traits(ids[0]) & place && !(table.traits(ids[head]) & place)) {
    head = 0;
  }
  for (size_t i = 1; i + 1 < ids.size(); ++i) {
    if (table.traits(ids[i]) & kConnector && head == ids.size() - 1) {
      head = i - 1;
    }
  }
  const uint32_t traits = table.traits(ids[head]);
  const int64_t titled = use.titles > 0 ? use.alone : use.titled;
  anchor->surname = share(titled, use.alone, 0.05);
  anchor->common =
      !anchor->surname && share(context.determined, context.places, 0.4);
  anchor->gender =
      gender_of(traits, table.traits(ids[std::min(use.titles, head)]), context);
  anchor->neuter = context.neuter > context.male + context.female;
  anchor->anchor.kind =
      kind_of(traits, anchor->surname, anchor->common, context);
}

}  // namespace lethe
