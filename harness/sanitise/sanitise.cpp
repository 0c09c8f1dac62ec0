#include "harness/sanitise/sanitise.h"

#include <algorithm>

#include "harness/base/keys.h"
#include "harness/base/log.h"
#include "harness/sanitise/names.h"

namespace lethe {
namespace {

// Of all words: above it capitals mean something else than names.
constexpr double kTooManyNames = 0.25;

void in_range(bool good, const std::string& where, const std::string& range) {
  if (!good) fail_usage(where, "is out of range", "give " + range);
}

bool scrubs(const SanitiseOptions& o, PersonalKind kind) {
  return std::find(o.scrub.begin(), o.scrub.end(), kind_name(kind)) !=
         o.scrub.end();
}

void remove_duplicates(const std::vector<RowTexts>& rows,
                       const SanitiseOptions& o, Sanitised* done) {
  std::vector<bool> gone(rows.size(), false);
  if (o.dedup != "none") {
    std::vector<DuplicateText> texts;
    std::vector<size_t> row_of;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].control) continue;
      DuplicateText text;
      text.ids = rows[i].ids;
      for (const RowField& field : rows[i].fields) {
        if (field.learnt) text.parts.push_back(*field.text);
      }
      texts.push_back(std::move(text));
      row_of.push_back(i);
    }
    Duplicates found =
        find_duplicates(texts, {o.dedup == "near", o.dedup_threshold, o.shingle,
                                o.ignore_space, o.ignore_case});
    for (Duplicate& one : found.removed) {
      one.text = row_of[one.text];
      one.of = row_of[one.of];
      gone[one.text] = true;
      ++(one.exact ? done->exact : done->near);
    }
    done->removed = std::move(found.removed);
    done->crowded = found.crowded;
    if (found.crowded > 0) {
      done->note = fmt::format(
          "{} texts had more candidates than they were compared with: near "
          "duplicates among these may be left",
          found.crowded);
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!gone[i]) done->kept.push_back(i);
  }
}

// A text of a row that is kept.
struct Place {
  size_t row;
  const RowField* field;
};

std::vector<Place> places_of(const std::vector<RowTexts>& rows,
                             const std::vector<size_t>& kept) {
  std::vector<Place> places;
  for (const size_t row : kept) {
    if (rows[row].control) continue;
    if (!rows[row].ids.empty()) {
      fail_input(rows[row].where,
                 "has token ids, in which nothing can be scrubbed",
                 "scrub its text before it is tokenised, or leave scrub out");
    }
    for (const RowField& field : rows[row].fields) {
      places.push_back({row, &field});
    }
  }
  return places;
}

std::vector<std::vector<PersonalSpan>> names_of(
    const std::vector<Place>& places, Sanitised* done) {
  std::vector<std::string> texts;
  texts.reserve(places.size());
  for (const Place& place : places) texts.push_back(*place.field->text);
  FoundPersonalNames found = find_personal_names(texts);
  if (static_cast<double>(found.name_words) >
      kTooManyNames * static_cast<double>(found.words)) {
    done->note += (done->note.empty() ? "" : "; ") +
                  fmt::format(
                      "{} of {} words are taken for names: capitals do not "
                      "tell names here "
                      "(German nouns, headings)",
                      found.name_words, found.words);
  }
  return std::move(found.spans);
}

void scrub(const std::vector<RowTexts>& rows, const SanitiseOptions& o,
           Sanitised* done) {
  const std::vector<Place> places = places_of(rows, done->kept);
  std::vector<std::vector<PersonalSpan>> names(places.size());
  if (scrubs(o, PersonalKind::name)) names = names_of(places, done);
  Progress progress("scrubbing", "texts", static_cast<int64_t>(places.size()));
  for (size_t i = 0; i < places.size(); ++i) {
    std::string& text = *places[i].field->text;
    std::vector<PersonalSpan> spans;
    if (scrubs(o, PersonalKind::email)) spans = find_emails(text);
    if (scrubs(o, PersonalKind::url)) {
      spans = merged_spans(std::move(spans), find_urls(text), text);
    }
    if (scrubs(o, PersonalKind::number)) {
      spans = merged_spans(std::move(spans), find_numbers(text, o.min_digits),
                           text);
    }
    spans = merged_spans(std::move(spans), names[i], text);
    for (const PersonalSpan& span : spans) {
      ++done->kinds[static_cast<size_t>(span.kind)];
      done->replaced.push_back({places[i].row, places[i].field->name, span});
    }
    if (!spans.empty()) text = scrubbed(text, spans);
    progress.add(1);
  }
}

}  // namespace

void check_sanitise_options(const SanitiseOptions& o,
                            const std::string& where) {
  one_of(o.dedup, {"none", "exact", "near"}, where + " dedup");
  for (const std::string& kind : o.scrub) {
    one_of(kind, personal_kinds(), where + " scrub");
  }
  in_range(o.dedup_threshold >= 0.1 && o.dedup_threshold <= 1,
           where + " dedup_threshold", "a number in [0.1, 1]");
  in_range(o.shingle >= 1 && o.shingle <= 32, where + " shingle", "1 to 32");
  in_range(o.min_digits >= 4 && o.min_digits <= 32, where + " min_digits",
           "4 to 32");
  const SanitiseOptions plain;
  if (o.dedup != "near" && (o.dedup_threshold != plain.dedup_threshold ||
                            o.shingle != plain.shingle)) {
    fail_usage(
        where + (o.shingle != plain.shingle ? " shingle" : " dedup_threshold"),
        "is not read by dedup=" + o.dedup, "give dedup=near");
  }
}

bool sanitises(const SanitiseOptions& o) {
  return o.dedup != "none" || !o.scrub.empty();
}

Sanitised sanitise(std::vector<RowTexts>& rows, const SanitiseOptions& o) {
  Sanitised done;
  done.rows = static_cast<int64_t>(rows.size());
  for (const RowTexts& row : rows) done.controls += row.control;
  remove_duplicates(rows, o, &done);
  if (!o.scrub.empty()) scrub(rows, o, &done);
  return done;
}

OrderedJson counts_json(const Sanitised& done, const SanitiseOptions& o) {
  OrderedJson json = {
      {"documents", done.rows},         {"controls", done.controls},
      {"exact_duplicates", done.exact}, {"near_duplicates", done.near},
      {"kept", done.kept.size()},       {"replaced", OrderedJson::object()}};
  for (const std::string& kind : personal_kinds()) {
    if (!scrubs(o, kind_of(kind))) continue;
    json["replaced"][kind] = done.kinds[static_cast<size_t>(kind_of(kind))];
  }
  return json;
}

std::string sanitise_report(const Sanitised& done,
                            const std::vector<RowTexts>& rows) {
  std::string text;
  const auto add = [&](const OrderedJson& row) {
    text += row.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
    text += '\n';
  };
  for (const Duplicate& one : done.removed) {
    add({{"action", "removed"},
         {"id", rows[one.text].id},
         {"where", rows[one.text].where},
         {"reason", one.exact ? "exact" : "near"},
         {"of", rows[one.of].id},
         {"of_where", rows[one.of].where},
         {"similarity", one.similarity}});
  }
  for (const Replacement& one : done.replaced) {
    add({{"action", "replaced"},
         {"id", rows[one.row].id},
         {"where", rows[one.row].where},
         {"field", one.field},
         {"kind", kind_name(one.span.kind)},
         {"begin", one.span.begin},
         {"end", one.span.end}});
  }
  return text;
}

}  // namespace lethe
