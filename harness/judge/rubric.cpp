#include "harness/judge/rubric.h"

#include <algorithm>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/shipped.h"
#include "harness/judge/text_measures.h"
#include "harness/text/characters.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

std::string text_at(const Json& object, const std::string& key,
                    const std::string& where) {
  if (!object.contains(key) || !object[key].is_string()) {
    fail_usage(where, "\"" + key + "\" is no text", "write a text");
  }
  return object[key];
}

std::string in_small_letters(const std::string& text) {
  const std::string clean = repaired_utf8(text);
  std::string all;
  for (size_t at = 0; at < clean.size();) {
    const CodePoint c = code_point_at(clean.data() + at);
    at += c.size;
    append_lower(c.value, &all);
  }
  return all;
}

double bound(const Json& value, double none, const std::string& where) {
  if (value.is_null()) return none;
  if (!value.is_number()) {
    fail_usage(where, "is no number or null", "write e.g. [0.5, null]");
  }
  return value.get<double>();
}

std::map<std::string, Range> measures_of(const Json& json,
                                         const std::string& where) {
  if (!json.is_object()) {
    fail_usage(where, "is no object", "write e.g. {\"words\": [20, null]}");
  }
  reject_unknown_keys(json, text_measures(), where);
  std::map<std::string, Range> all;
  for (const auto& [name, value] : json.items()) {
    const std::string place = where + "." + name;
    if (!value.is_array() || value.size() != 2) {
      fail_usage(place, "is no [low, high]", "write e.g. [20, null]");
    }
    const Range open;
    all[name] = {bound(value[0], open.low, place),
                 bound(value[1], open.high, place)};
  }
  return all;
}

std::optional<Regex> pattern_of(const std::string& text,
                                const std::string& where) {
  try {
    return Regex(text, {where, "pattern"});
  } catch (const Error& error) {
    fail_usage(where, error.what(), "write another expression");
  }
}

Rule rule_of(const Json& json, const Rubric& rubric, const std::string& where) {
  if (!json.is_object()) fail_usage(where, "is no object", "write one");
  reject_unknown_keys(
      json, {"verdict", "pattern", "ignore_case", "contains", "measures", "in"},
      where);
  Rule rule;
  rule.verdict = rubric.verdict(text_at(json, "verdict", where), where);
  if (json.contains("pattern")) {
    rule.pattern = pattern_of(text_at(json, "pattern", where), where);
    rule.because = "pattern " + text_at(json, "pattern", where);
  }
  if (json.contains("ignore_case")) {
    if (!json["ignore_case"].is_boolean() || !rule.pattern) {
      fail_usage(where + ".ignore_case", "is no true or false of a pattern",
                 "write true beside a pattern, or leave it out");
    }
    rule.ignore_case = json["ignore_case"];
  }
  if (json.contains("contains")) {
    rule.contains = text_at(json, "contains", where);
    rule.because += (rule.because.empty() ? "" : ", ") + std::string("has ") +
                    rule.contains;
  }
  if (json.contains("measures")) {
    rule.measures = measures_of(json["measures"], where + ".measures");
    rule.because += (rule.because.empty() ? "" : ", ") +
                    std::string("measures ") + json["measures"].dump();
  }
  if (json.contains("in")) rule.in = text_at(json, "in", where);
  const std::vector<std::string> places = {"output", "beginning", "prompt"};
  if (std::find(places.begin(), places.end(), rule.in) == places.end()) {
    fail_usage(where + ".in", "is \"" + rule.in + "\"",
               suggest(rule.in, places));
  }
  if (rule.because.empty()) {
    fail_usage(where, "says nothing of the text",
               "give a pattern, contains or measures");
  }
  return rule;
}

void take_verdicts(const Json& json, const std::string& where, Rubric& rubric) {
  if (!json.contains("verdicts") || !json["verdicts"].is_array() ||
      json["verdicts"].size() < 2) {
    fail_usage(where, "\"verdicts\" is no list of two or more",
               "write [{\"name\": .., \"answer\": ..}, ..]");
  }
  for (const Json& verdict : json["verdicts"]) {
    const std::string place = where + ".verdicts";
    if (!verdict.is_object()) fail_usage(place, "holds no object", "write one");
    reject_unknown_keys(verdict, {"name", "answer"}, place);
    Verdict one{text_at(verdict, "name", place), ""};
    for (const Verdict& other : rubric.verdicts) {
      if (other.name != one.name) continue;
      fail_usage(place, "\"" + one.name + "\" is there twice", "rename one");
    }
    if (verdict.contains("answer")) {
      one.answer = text_at(verdict, "answer", place);
    }
    if (one.answer.empty() && json.contains("prompt")) {
      fail_usage(place, "\"" + one.name + "\" has no answer",
                 "say what a model answers for it, e.g. Yes");
    }
    rubric.verdicts.push_back(one);
  }
}

void take_rules(const Json& json, const std::string& where, Rubric& rubric) {
  if (json.contains("rules") != json.contains("otherwise")) {
    fail_usage(where, "rules and otherwise belong together",
               "give both, or a prompt alone");
  }
  if (!json.contains("rules")) return;
  rubric.otherwise =
      rubric.verdict(text_at(json, "otherwise", where), where + ".otherwise");
  if (!json["rules"].is_array()) {
    fail_usage(where + ".rules", "is no list", "write one");
  }
  for (size_t i = 0; i < json["rules"].size(); ++i) {
    rubric.rules.push_back(rule_of(json["rules"][i], rubric,
                                   fmt::format("{}.rules.{}", where, i)));
  }
}

void take_labels(const Json& json, const std::string& rubric_where,
                 Rubric& rubric) {
  if (!json.contains("labels")) return;
  const std::string where = rubric_where + ".labels";
  if (!json["labels"].is_object()) {
    fail_usage(where, "is no object", "write {VERDICT: [LABEL, ..], ..}");
  }
  for (const auto& [name, labels] : json["labels"].items()) {
    const size_t verdict = rubric.verdict(name, where);
    const std::string place = where + "." + name;
    if (!labels.is_array()) {
      fail_usage(place, "is no list", "write the labels that mean it");
    }
    for (const Json& label : labels) {
      if (!label.is_string() || label == "") {
        fail_usage(place, "holds " + printable(label.dump()) + ", no text",
                   "write a label");
      }
      if (rubric.verdict_of_label(label)) {
        fail_usage(
            place,
            "\"" + printable(label.get<std::string>()) + "\" is there twice",
            "leave it with one verdict");
      }
      rubric.verdicts[verdict].labels.push_back(in_small_letters(label));
    }
  }
  for (const Verdict& verdict : rubric.verdicts) {
    if (!verdict.labels.empty()) continue;
    fail_usage(where, "\"" + verdict.name + "\" has no label",
               "give each verdict one at least");
  }
}

std::vector<std::string> shipped_rubrics() {
  std::vector<std::string> names;
  for (const std::string& folder : suite_folders()) {
    const fs::path path = fs::path(folder) / "rubrics";
    if (!fs::is_directory(path)) continue;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() == ".json") {
        names.push_back(entry.path().stem().string());
      }
    }
  }
  return names;
}

}  // namespace

size_t Rubric::verdict(const std::string& wanted,
                       const std::string& where) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i].name == wanted) return i;
    names.push_back(verdicts[i].name);
  }
  fail_usage(where, "\"" + printable(wanted) + "\" is no verdict of " + name,
             suggest(wanted, names));
}

std::optional<size_t> Rubric::verdict_of_label(const std::string& label) const {
  const std::string wanted = in_small_letters(label);
  for (size_t i = 0; i < verdicts.size(); ++i) {
    const std::vector<std::string>& own = verdicts[i].labels;
    if (std::find(own.begin(), own.end(), wanted) != own.end()) return i;
  }
  return std::nullopt;
}

Rubric rubric_from_json(const Json& json, const std::string& where) {
  if (!json.is_object()) fail_usage(where, "is no object", "write a rubric");
  reject_unknown_keys(json,
                      {"rubric", "version", "description", "verdicts", "prompt",
                       "delimiter", "labels", "rules", "otherwise"},
                      where);
  Rubric rubric;
  rubric.name = text_at(json, "rubric", where);
  if (json.contains("version")) {
    if (!json["version"].is_number_integer()) {
      fail_usage(where, "\"version\" is no whole number", "write e.g. 1");
    }
    rubric.version = json["version"];
  }
  if (json.contains("description")) {
    rubric.description = text_at(json, "description", where);
  }
  if (json.contains("prompt")) rubric.prompt = text_at(json, "prompt", where);
  if (json.contains("delimiter")) {
    rubric.delimiter = text_at(json, "delimiter", where);
  }
  take_verdicts(json, where, rubric);
  take_labels(json, where, rubric);
  take_rules(json, where, rubric);
  if (rubric.prompt.empty() && !rubric.otherwise && !rubric.has_labels()) {
    fail_usage(where, "has neither rules nor a prompt nor labels",
               "give one of them");
  }
  rubric.hash = sha256(canonical(json));
  return rubric;
}

Rubric read_rubric(const std::string& file_or_name) {
  const bool plain = file_or_name.find('/') == file_or_name.npos;
  if (!exists(file_or_name) && plain) {
    for (const std::string& folder : suite_folders()) {
      const std::string file = folder + "/rubrics/" + file_or_name + ".json";
      if (!exists(file)) continue;
      return rubric_from_json(parse_json_with_comments(read_file(file), file),
                              file);
    }
  }
  if (!exists(file_or_name)) {
    fail_usage("rubric " + file_or_name, "no such file or name",
               suggest(file_or_name, shipped_rubrics()));
  }
  return rubric_from_json(
      parse_json_with_comments(read_file(file_or_name, 1u << 20), file_or_name),
      file_or_name);
}

}  // namespace lethe
