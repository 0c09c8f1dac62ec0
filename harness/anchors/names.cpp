#include "harness/anchors/names.h"

#include <algorithm>
#include <cmath>

#include "harness/anchors/english.h"

namespace lethe {
namespace {

// Association of two names around "of", in bits (pointwise mutual information):
// what is said once needs the first, what is said often the second.
constexpr double kRareBits = 5;
constexpr double kFrequentBits = 3;

// A group of words with capitals, maybe behind connectors.
struct NameGroup {
  size_t first, core, last;
};
using Run = std::vector<NameGroup>;  // connectors stand between

bool names_nothing(uint32_t traits) {
  return traits & (kFunctionWord | kDirect | kDeterminer);
}

// A capital at the start of a sentence counts for words that are names
// elsewhere, and for those that have no other use at all.
bool trusted_start(const WordTable& table, uint32_t id) {
  const WordUse& use = table.target[id];
  const WordUse& background = table.background[id];
  if (use.middle > 0) return use.middle >= use.lower;
  return use.lower == 0 && background.lower == 0;
}

// How often a month, nation or the like with a capital stands before a word.
using Pairs = std::map<std::pair<uint32_t, uint32_t>, int64_t>;

Pairs pairs_of(const ReadSide& side, const WordTable& table) {
  Pairs pairs;
  for (const ReadDocument& document : side.documents) {
    for (size_t i = 0; i + 1 < document.ids.size(); ++i) {
      if (document.words[i].letters == LetterCase::capital &&
          table.traits(document.ids[i]) & kNoAnchor) {
        ++pairs[{document.ids[i], document.ids[i + 1]}];
      }
    }
  }
  return pairs;
}

class RunFinder {
 public:
  RunFinder(const ReadDocument& document, const WordTable& table,
            const Pairs& pairs)
      : document_(document), table_(table), pairs_(pairs) {}

  // The run that begins at word i; empty if none does.
  Run at(size_t i) const {
    Run run;
    if (!begins(i)) return run;
    size_t last = end_of_group(i);
    run.push_back(group(i, last));
    while (true) {
      const size_t next = behind_connectors(last);
      if (next == last) break;
      last = end_of_group(next);
      run.push_back(group(next, last));
    }
    return run;
  }

 private:
  uint32_t traits(size_t i) const { return table_.traits(document_.ids[i]); }
  const TextWord& word(size_t i) const { return document_.words[i]; }

  bool capital(size_t i) const {
    return word(i).letters == LetterCase::capital && !names_nothing(traits(i));
  }
  bool begins(size_t i) const {
    if (!capital(i)) return false;
    if (!word(i).starts || traits(i) & (kTitle | kNamePart)) return true;
    if (!trusted_start(table_, document_.ids[i])) return false;
    // Seen at starts only ("Yesterday Ines ..."): it may be a name alone, but
    // does not begin a longer one.
    return table_.target[document_.ids[i]].middle > 0 ||
           i + 1 == document_.words.size() || !capital(i + 1) || !joins(i + 1);
  }
  bool joins(size_t i) const {
    return !word(i).starts && word(i - 1).suffix == 0 &&
           (word(i).gap == WordGap::space || word(i).gap == WordGap::stop);
  }
  size_t end_of_group(size_t i) const {
    size_t last = i + 1;
    while (last < document_.words.size() && capital(last) && joins(last)) {
      ++last;
    }
    return last;
  }
  // The next word with a capital behind one or two connectors, else `last`.
  size_t behind_connectors(size_t last) const {
    for (size_t k = last; k < document_.words.size() && k < last + 3; ++k) {
      if (!joins(k) || (k > last && word(k).gap != WordGap::space)) break;
      if (k > last && capital(k)) return k;
      if (!(traits(k) & kConnector) || word(k).letters != LetterCase::lower) {
        break;
      }
    }
    return last;
  }
  // Whether words i and i + 1 mostly stand together: "March Hare".
  bool inseparable(size_t i) const {
    const auto found = pairs_.find({document_.ids[i], document_.ids[i + 1]});
    const WordUse& use = table_.target[document_.ids[i]];
    return found != pairs_.end() && found->second > 1 &&
           2 * found->second > use.middle + use.start;
  }
  // Titles off the front, months and nations off both ends.
  NameGroup group(size_t first, size_t last) const {
    while (last > first + 1 && traits(last - 1) & (kNoAnchor | kTitle)) {
      --last;
    }
    while (first + 1 < last && traits(first) & kNoAnchor &&
           !inseparable(first)) {
      ++first;
    }
    size_t core = first;
    while (core < last && traits(core) & kTitle && !(traits(core) & kNamePart))
      ++core;
    return {first, core, last};
  }

  const ReadDocument& document_;
  const WordTable& table_;
  const Pairs& pairs_;
};

WordIds ids_of(const ReadDocument& document, size_t first, size_t last) {
  return {document.ids.begin() + static_cast<int64_t>(first),
          document.ids.begin() + static_cast<int64_t>(last)};
}

// The text of some words with single spaces.
std::string spelled(const ReadDocument& document, size_t first, size_t last) {
  std::string text;
  for (size_t i = first; i < last; ++i) {
    const TextWord& word = document.words[i];
    if (i > first) {
      const uint32_t before = document.words[i - 1].end;
      const std::string_view between =
          document.text.substr(before, word.begin - before);
      text += between.find('.') != between.npos ? ". "
              : between.empty()                 ? ""
                                                : " ";
    }
    text += document.text.substr(word.begin, word.end - word.begin);
  }
  return text;
}

struct Joined {
  int64_t count = 0, left = 0, right = 0;
};

// Groups that stand on both sides of connectors, by all their words.
std::map<WordIds, bool> joined_names(const ReadSide& side,
                                     const std::vector<std::vector<Run>>& runs,
                                     const WordTable& table) {
  std::map<WordIds, Joined> all;
  for (size_t d = 0; d < runs.size(); ++d) {
    const ReadDocument& document = side.documents[d];
    for (const Run& run : runs[d]) {
      for (size_t g = 0; g + 1 < run.size(); ++g) {
        const NameGroup& left = run[g];
        const NameGroup& right = run[g + 1];
        if (left.core == left.last || right.core == right.last) continue;
        Joined& joined = all[ids_of(document, left.core, right.last)];
        ++joined.count;
        const auto uses = [&](size_t i) {
          const WordUse& use = table.target[document.ids[i]];
          return std::max<int64_t>(use.middle + use.start, 1);
        };
        joined.left = uses(left.last - 1);
        joined.right = uses(right.core);
      }
    }
  }
  std::map<WordIds, bool> accepted;
  for (const auto& [ids, joined] : all) {
    const double bits = std::log2(
        static_cast<double>(joined.count) * static_cast<double>(side.words) /
        static_cast<double>(joined.left) / static_cast<double>(joined.right));
    accepted[ids] = bits >= (joined.count < 3 ? kRareBits : kFrequentBits);
  }
  return accepted;
}

void add_name(const ReadDocument& document, size_t first, size_t core,
              size_t last, bool titled, FoundNames* found) {
  NameUse& use = found->names[ids_of(document, first, last)];
  ++use.alone;
  use.titles = core - first;
  // A title before it is evidence as good as the middle of a sentence.
  if (!document.words[first].starts || titled) ++use.middle;
  if (titled) ++use.titled;
  ++use.spellings[spelled(document, first, last)];
}

void add_run(const Run& run, uint32_t d, const ReadDocument& document,
             const std::map<WordIds, bool>& joined, FoundNames* found) {
  for (size_t g = 0; g < run.size(); ++g) {
    const NameGroup& head = run[g];
    size_t last = head.last;
    while (g + 1 < run.size() && head.core < head.last) {
      const auto place =
          joined.find(ids_of(document, run[g].core, run[g + 1].last));
      if (place == joined.end() || !place->second) break;
      last = run[++g].last;
    }
    if (head.core == last) continue;  // a title alone
    const bool titled = head.core > head.first;
    add_name(document, head.core, head.core, last, titled, found);
    if (titled) add_name(document, head.first, head.core, last, false, found);
    found->places.push_back({d, static_cast<uint32_t>(head.first),
                             static_cast<uint32_t>(last),
                             static_cast<uint32_t>(head.core)});
  }
}

}  // namespace

const std::string& NameUse::spelling() const {
  const auto best = std::max_element(
      spellings.begin(), spellings.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  return best->first;
}

bool proper_word(const WordTable& table, uint32_t id) {
  const uint32_t none = kFunctionWord | kDirect | kNoAnchor | kAddress |
                        kTitle | kNamePart | kConnector | kPlaceHead;
  if (table.traits(id) & none) return false;
  if (table.word(id).size() < 2) return false;
  const WordUse& use = table.target[id];
  if (use.middle == 0) {
    return use.start >= 3 && use.lower == 0 && table.background[id].lower == 0;
  }
  return 2 * use.lower <= 3 * use.middle;
}

FoundNames find_names(const ReadSide& side, const WordTable& table) {
  const Pairs pairs = pairs_of(side, table);
  std::vector<std::vector<Run>> runs(side.documents.size());
  for (size_t d = 0; d < runs.size(); ++d) {
    const RunFinder finder(side.documents[d], table, pairs);
    for (size_t i = 0; i < side.documents[d].words.size();) {
      Run run = finder.at(i);
      if (run.empty()) {
        ++i;
      } else {
        i = std::max(i + 1, run.back().last);
        runs[d].push_back(std::move(run));
      }
    }
  }
  const std::map<WordIds, bool> joined = joined_names(side, runs, table);
  FoundNames found;
  for (size_t d = 0; d < runs.size(); ++d) {
    for (const Run& run : runs[d]) {
      add_run(run, static_cast<uint32_t>(d), side.documents[d], joined, &found);
    }
  }
  return found;
}

}  // namespace lethe
