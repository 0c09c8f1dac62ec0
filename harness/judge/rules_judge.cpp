#include <algorithm>

#include "harness/chat/python_text.h"
#include "harness/judge/judge.h"
#include "harness/judge/text_measures.h"
#include "harness/text/characters.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Small letters, and runs of white space as one blank, none at the ends.
std::string folded(const std::string& text) {
  const std::string clean = repaired_utf8(text);
  const uint8_t* classes = unicode_classes();
  std::string all;
  bool gap = false;
  for (size_t at = 0; at < clean.size();) {
    const CodePoint c = code_point_at(clean.data() + at);
    at += c.size;
    if ((classes[c.value] & kSpace) != 0) {
      gap = !all.empty();
      continue;
    }
    if (gap) all += ' ';
    gap = false;
    append_lower(c.value, &all);
  }
  return all;
}

// Small letters, and ' for U+2019.
std::string in_small_letters(const std::string& text) {
  std::string all;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    at += c.size;
    append_lower(c.value == 0x2019 ? U'\'' : c.value, &all);
  }
  return all;
}

// The texts of a field, which is one or a list of them.
std::vector<std::string> texts_of(const Completion& item,
                                  const std::string& field) {
  const Json value = item.fields.value(field, Json());
  std::vector<std::string> texts;
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    if (!one.is_string()) {
      fail_input(item.where,
                 "has no text in \"" + field + "\", which a rule looks for",
                 "add it, or use another rubric");
    }
    texts.push_back(one);
  }
  return texts;
}

bool contains(const std::string& text, const Completion& item,
              const std::string& field) {
  const std::string whole = folded(text);
  const std::vector<std::string> texts = texts_of(item, field);
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& one) {
    const std::string wanted = folded(one);
    return !wanted.empty() && whole.find(wanted) != whole.npos;
  });
}

bool holds(const Rule& rule, const Completion& item) {
  const std::string text =
      repaired_utf8(rule.in == "prompt" ? item.prompt : item.output);
  if (rule.pattern) {
    std::vector<Regex::Match> matches;
    const std::string read = rule.ignore_case ? in_small_letters(text) : text;
    rule.pattern->find(read, &matches);
    if (matches.empty()) return false;
  }
  if (!rule.contains.empty() && !contains(text, item, rule.contains)) {
    return false;
  }
  for (const auto& [name, range] : rule.measures) {
    const double value = text_measure(name, text);
    if (value < range.low || value > range.high) return false;
  }
  return true;
}

class RulesJudge final : public Judge {
 public:
  explicit RulesJudge(Rubric rubric) : rubric_(std::move(rubric)) {
    if (!rubric_.otherwise) {
      fail_usage("rubric " + rubric_.name, "has no rules",
                 "name a model that judges: --model DIR");
    }
  }

  std::vector<Judgement> judge(
      const std::vector<Completion>& completions) const override {
    std::vector<Judgement> all;
    for (const Completion& item : completions) {
      Judgement one;
      one.verdict = *rubric_.otherwise;
      one.because = "otherwise";
      for (const Rule& rule : rubric_.rules) {
        if (!holds(rule, item)) continue;
        one.verdict = rule.verdict;
        one.because = rule.because;
        break;
      }
      one.probabilities.resize(rubric_.verdicts.size());
      one.probabilities[one.verdict] = 1;
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  const Rubric rubric_;
};

}  // namespace

std::unique_ptr<Judge> rules_judge(Rubric rubric) {
  return std::make_unique<RulesJudge>(std::move(rubric));
}

Completion completion_of(const Observation& seen) {
  Completion item{seen.id, seen.prompt, seen.output, Json::object(),
                  "item \"" + seen.id + "\""};
  if (!seen.references.empty()) item.fields["reference"] = seen.references;
  if (!seen.text.empty()) item.fields["text"] = seen.text;
  return item;
}

}  // namespace lethe
