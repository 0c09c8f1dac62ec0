#include <algorithm>
#include <iterator>

#include "harness/chat/python_text.h"
#include "harness/judge/judge.h"
#include "harness/judge/text_measures.h"
#include "harness/text/characters.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr size_t kBeginning = 200;  // characters

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

// Whether a character is a letter, mark or digit of a script that sets words
// apart: not Han, Kana, Thai and the like, nor Hangul, whose particles are
// joined on.
bool is_of_spaced_words(char32_t c) {
  static const uint8_t* const categories = unicode_categories();
  static const uint8_t* const traits = unicode_traits();
  static constexpr std::pair<char32_t, char32_t> joined[] = {
      {0x0E00, 0x0FFF},     // Thai, Lao, Tibetan
      {0x1000, 0x109F},     // Myanmar
      {0x1100, 0x11FF},     // Hangul letters
      {0x1780, 0x17FF},     // Khmer
      {0x1950, 0x19DF},     // Tai Le, New Tai Lue
      {0x1A20, 0x1AAF},     // Tai Tham
      {0x3005, 0x318F},     // Kana, Bopomofo, Hangul letters
      {0x31A0, 0x31FF},     // Bopomofo, Kana
      {0xA000, 0xA4CF},     // Yi
      {0xA960, 0xA9DF},     // Hangul letters, Javanese
      {0xAA60, 0xAADF},     // Myanmar, Tai Viet
      {0xAC00, 0xD7FF},     // Hangul
      {0xFF66, 0xFFDC},     // half-width Kana and Hangul
      {0x1AFF0, 0x1B16F}};  // Kana
  const char group = kCategoryNames[categories[c]][0];
  if (group != 'L' && group != 'M' && group != 'N') return false;
  if ((traits[c] & kHan) != 0) return false;
  return std::none_of(
      std::begin(joined), std::end(joined),
      [&](const auto& range) { return range.first <= c && c <= range.second; });
}

// Without quotation marks at the ends and what ends a sentence; as it is where
// nothing else is there.
std::string trimmed(const std::string& text) {
  static const std::u32string quotes =
      U"\"'`\u00AB\u00BB\u2018\u2019\u201A\u201C\u201D\u201E\u2039\u203A"
      U"\u300C\u300D\u300E\u300F";
  static const std::u32string stops =
      U".,;:!?\u2026\u3002\u3001\uFF01\uFF1F\uFF1B\uFF1A\uFF0C\uFF0E\u060C"
      U"\u061B\u061F\u06D4\u0964\u0965\u0589\u037E\u0387\u00B7";
  static const std::u32string openers = U"\u00BF\u00A1";
  size_t begin = 0, end = text.size();
  const auto among = [](const std::u32string& all, char32_t c) {
    return c == U' ' || all.find(c) != all.npos;
  };
  while (begin < end) {
    const CodePoint c = code_point_at(text.data() + begin);
    if (!among(quotes, c.value) && !among(openers, c.value)) break;
    begin += c.size;
  }
  while (begin < end) {
    const CodePoint c = code_point_before(text.data() + end);
    if (!among(quotes, c.value) && !among(stops, c.value)) break;
    end -= c.size;
  }
  return begin < end ? text.substr(begin, end - begin) : text;
}

bool is_digit(const std::string& text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// Whether a number goes on over `at`: "7" in "7.5" and "7,500".
bool number_goes_on(const std::string& text, size_t at) {
  return (text[at] == '.' || text[at] == ',') && at > 0 &&
         is_digit(text, at - 1) && is_digit(text, at + 1);
}

// Whether `wanted` stands in `text` by itself: not as a part of a longer word
// or number, where it begins or ends as one does. REQUIRES: `wanted` is not
// empty.
bool stands_in(const std::string& text, const std::string& wanted) {
  const bool word_first = is_of_spaced_words(code_point_at(&wanted[0]).value);
  const bool word_last = is_of_spaced_words(
      code_point_before(wanted.data() + wanted.size()).value);
  for (size_t at = text.find(wanted); at != text.npos;
       at = text.find(wanted, at + 1)) {
    const size_t end = at + wanted.size();
    const bool inside =
        (word_first && at > 0 &&
         (is_of_spaced_words(code_point_before(text.data() + at).value) ||
          number_goes_on(text, at - 1))) ||
        (word_last && end < text.size() &&
         (is_of_spaced_words(code_point_at(text.data() + end).value) ||
          number_goes_on(text, end)));
    if (!inside) return true;
  }
  return false;
}

bool contains(const std::string& text, const Completion& item,
              const std::string& field) {
  const std::string whole = folded(text);
  const std::vector<std::string> texts = texts_of(item, field);
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& one) {
    const std::string wanted = trimmed(folded(one));
    return !wanted.empty() && stands_in(whole, wanted);
  });
}

// The first sentence, of at most 200 characters.
std::string beginning(const std::string& text) {
  const uint8_t* classes = unicode_classes();
  const auto is_space = [&](size_t at) {
    return at == text.size() ||
           (classes[code_point_at(text.data() + at).value] & kSpace) != 0;
  };
  size_t at = 0, count = 0;
  while (at < text.size() && is_space(at)) {
    at += code_point_at(text.data() + at).size;
  }
  const size_t begin = at;
  while (at < text.size() && count < kBeginning) {
    const CodePoint c = code_point_at(text.data() + at);
    at += c.size;
    ++count;
    const bool stop = c.value == U'.' || c.value == U'!' || c.value == U'?' ||
                      c.value == 0x061F || c.value == 0x06D4 ||
                      c.value == 0x0964;
    const bool wide_stop =
        c.value == 0x3002 || c.value == 0xFF01 || c.value == 0xFF1F;
    if (c.value == U'\n' || wide_stop || (stop && is_space(at))) break;
  }
  return text.substr(begin, at - begin);
}

std::string read_by(const Rule& rule, const Completion& item) {
  if (rule.in == "prompt") return repaired_utf8(item.prompt);
  const std::string output = repaired_utf8(item.output);
  return rule.in == "beginning" ? beginning(output) : output;
}

bool holds(const Rule& rule, const Completion& item) {
  const std::string text = read_by(rule, item);
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
