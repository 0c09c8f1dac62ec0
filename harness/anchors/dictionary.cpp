#include "harness/anchors/dictionary.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/anchors/translate.h"
#include "harness/anchors/words.h"
#include "harness/base/python_text.h"
#include "harness/data/rows.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Single spaces between words, none at the ends.
std::string single_spaced(const std::string& text) {
  std::string result;
  for (const std::string& part : python::split(text)) {
    if (!result.empty()) result += ' ';
    result += part;
  }
  return result;
}

bool has_word_character(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    if (is_word_character(c.value)) return true;
    at += c.size;
  }
  return false;
}

std::string text_field(const OrderedRow& row, const char* key) {
  const auto found = row.fields.find(key);
  if (found == row.fields.end() || !found->is_string()) {
    fail_input(row.where, fmt::format("has no text under \"{}\"", key),
               R"(write {"anchor": "...", "generic": "..."})");
  }
  std::string text = single_spaced(found->get<std::string>());
  if (!has_word_character(text)) {
    fail_input(
        row.where,
        fmt::format("\"{}\" is \"{}\", without a letter", key, printable(text)),
        R"(give it a word, or leave the anchor alone: "use": false)");
  }
  return text;
}

bool flag_field(const OrderedRow& row, const char* key, bool fallback) {
  const auto found = row.fields.find(key);
  if (found == row.fields.end()) return fallback;
  if (!found->is_boolean()) {
    fail_input(row.where, fmt::format("\"{}\" is {}", key, found->dump()),
               "write true or false");
  }
  return found->get<bool>();
}

double number_field(const OrderedRow& row, const char* key) {
  const auto found = row.fields.find(key);
  if (found == row.fields.end() || found->is_null()) return 0;
  if (!found->is_number()) {
    fail_input(row.where, fmt::format("\"{}\" is {}", key, found->dump()),
               "write a number, or leave it out");
  }
  return found->get<double>();
}

std::string kind_field(const OrderedRow& row) {
  const auto found = row.fields.find("kind");
  if (found == row.fields.end()) return Anchor{}.kind;
  if (!found->is_string() || std::find(kAnchorKinds.begin(), kAnchorKinds.end(),
                                       *found) == kAnchorKinds.end()) {
    fail_input(row.where, "\"kind\" is " + printable(found->dump()),
               suggest(found->is_string() ? found->get<std::string>() : "",
                       kAnchorKinds));
  }
  return *found;
}

Anchor anchor_of(const OrderedRow& row) {
  static const std::set<std::string> known = {
      "anchor", "generic", "kind", "count", "score", "use", "any_case"};
  Anchor anchor;
  anchor.anchor = text_field(row, "anchor");
  anchor.use = flag_field(row, "use", true);
  // What is left alone needs no generic form.
  if (anchor.use || row.fields.contains("generic")) {
    anchor.generic = text_field(row, "generic");
  }
  anchor.kind = kind_field(row);
  anchor.count = static_cast<int64_t>(number_field(row, "count"));
  anchor.score = number_field(row, "score");
  anchor.any_case = flag_field(row, "any_case", false);
  for (const auto& [key, value] : row.fields.items()) {
    if (known.count(key) == 0) anchor.notes[key] = value;
  }
  if (folded(anchor.anchor) == folded(anchor.generic)) {
    fail_input(
        row.where,
        fmt::format("\"{}\" is its own generic form", printable(anchor.anchor)),
        R"(give another, or leave it alone: "use": false)");
  }
  return anchor;
}

void sort_anchors(Anchors* anchors) {
  std::stable_sort(anchors->begin(), anchors->end(),
                   [](const Anchor& a, const Anchor& b) {
                     if (a.count != b.count) return a.count > b.count;
                     return a.anchor < b.anchor;
                   });
}

}  // namespace

Anchors read_anchors(const std::string& path) {
  Anchors anchors;
  std::map<std::string, std::string> seen;
  for (const OrderedRow& row : read_ordered_rows(path)) {
    anchors.push_back(anchor_of(row));
    const auto [place, added] =
        seen.try_emplace(anchors.back().anchor, row.where);
    if (!added) {
      fail_input(row.where,
                 fmt::format("\"{}\" stands in {} too",
                             printable(anchors.back().anchor), place->second),
                 "keep one of them");
    }
  }
  check_anchors(anchors, path);
  return anchors;
}

void check_anchors(const Anchors& anchors, const std::string& where) {
  const AnchorTranslator translator(anchors);
  for (const Anchor& anchor : anchors) {
    if (!anchor.use) continue;
    const Translation again = translator.translate(anchor.generic);
    for (const AnchorSegment& segment : again.segments) {
      if (segment.anchor < 0) continue;
      fail_input(
          where,
          fmt::format(
              "\"{}\", the generic form of \"{}\", holds the anchor "
              "\"{}\"",
              printable(anchor.generic), printable(anchor.anchor),
              printable(anchors[static_cast<size_t>(segment.anchor)].anchor)),
          R"(choose another generic form, or "use": false for one of them)");
    }
  }
}

std::string anchors_text(const Anchors& anchors) {
  Anchors sorted = anchors;
  sort_anchors(&sorted);
  std::string text;
  for (const Anchor& anchor : sorted) {
    text += anchor_json(anchor).dump(-1, ' ', false,
                                     OrderedJson::error_handler_t::replace);
    text += '\n';
  }
  return text;
}

OrderedJson anchor_json(const Anchor& anchor) {
  OrderedJson row = {{"anchor", anchor.anchor}, {"generic", anchor.generic},
                     {"kind", anchor.kind},     {"count", anchor.count},
                     {"score", anchor.score},   {"use", anchor.use}};
  if (anchor.generic.empty()) row.erase("generic");
  if (anchor.any_case) row["any_case"] = true;
  for (const auto& [key, value] : anchor.notes.items()) row[key] = value;
  return row;
}

Anchors merge_anchors(const Anchors& corrected, const Anchors& fresh) {
  std::map<std::string, size_t> place;
  Anchors merged = corrected;
  for (size_t i = 0; i < merged.size(); ++i) place[merged[i].anchor] = i;
  for (const Anchor& anchor : fresh) {
    const auto [found, added] = place.try_emplace(anchor.anchor, merged.size());
    if (added) {
      merged.push_back(anchor);
      continue;
    }
    Anchor& kept = merged[found->second];
    if (kept.count == 0) kept.count = anchor.count;
    if (kept.score == 0) kept.score = anchor.score;
    if (kept.generic.empty()) kept.generic = anchor.generic;
  }
  sort_anchors(&merged);
  return merged;
}

}  // namespace lethe
