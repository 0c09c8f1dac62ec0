#include "methods/answers.h"

#include <algorithm>
#include <set>

#include "harness/base/files.h"
#include "harness/base/rng.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr const char* kBlanks = " \t\r\n";

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string string_of(const Json& json, const std::string& where) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_object() && json.size() == 1 && json.begin()->is_string()) {
    return json.begin()->get<std::string>();
  }
  fail_input(where, "is no answer: " + printable(json.dump()),
             "give a string, or an object with one string in it");
}

std::string answer_of_line(const std::string& line, const std::string& where) {
  if (!valid_utf8(line)) {
    fail_input(where, "is not UTF-8", "save the file as UTF-8");
  }
  const std::string text = trimmed(line);
  const bool json = !text.empty() && (text[0] == '"' || text[0] == '{');
  return json ? trimmed(string_of(parse_json(text, where), where)) : text;
}

// What comes after the blank nearest behind the middle.
std::string second_half(const std::string& text) {
  const size_t blank = text.find_first_of(kBlanks, text.size() / 2);
  return trimmed(blank == std::string::npos ? text : text.substr(blank));
}

// `count` distinct numbers of [0, n), any such set as likely as any other
// (Floyd 1987).
std::set<uint64_t> distinct(uint64_t n, uint64_t count, Rng& rng) {
  std::set<uint64_t> taken;
  for (uint64_t last = n - count; last < n; ++last) {
    const uint64_t pick = rng.below(last + 1);
    taken.insert(taken.count(pick) > 0 ? last : pick);
  }
  return taken;
}

}  // namespace

Answers read_answers(const std::string& path) {
  const std::vector<std::string> lines = read_lines(path);
  Answers all;
  const auto first = std::find_if(
      lines.begin(), lines.end(),
      [](const std::string& line) { return !trimmed(line).empty(); });
  if (first != lines.end() && trimmed(*first)[0] == '[') {
    const Json list = read_json(path);
    if (!list.is_array()) fail_input(path, "is no list", "give strings in []");
    for (const Json& one : list) {
      all.push_back(trimmed(string_of(one, path)));
    }
  } else {
    for (size_t i = 0; i < lines.size(); ++i) {
      all.push_back(
          answer_of_line(lines[i], fmt::format("{}:{}", path, i + 1)));
    }
  }
  all.erase(std::remove(all.begin(), all.end(), ""), all.end());
  if (all.empty()) {
    fail_input(path, "holds no answer", "give one a line, or a JSON list");
  }
  return all;
}

std::vector<Answers> refusals_of_texts(const Context& context,
                                       const std::string& file) {
  const Answers all =
      file.empty() ? refusals() : read_answers(context.resolve(file));
  return std::vector<Answers>(context.forget_examples().size(), all);
}

Answers own_alternates(const Example& example, const std::string& field) {
  Answers all;
  for (const std::string& key :
       field.empty() ? Answers{"alternate", "alternates"} : Answers{field}) {
    if (!example.fields.contains(key)) continue;
    const Json& given = example.fields[key];
    if (given.is_null()) continue;
    for (const Json& one : given.is_array() ? given : Json::array({given})) {
      if (!one.is_string()) {
        fail_input(example.where,
                   "\"" + key + "\" holds " + printable(one.dump()),
                   "give a string or a list of strings");
      }
      all.push_back(one.get<std::string>());
    }
  }
  return all;
}

std::vector<Answers> alternates_of_rows(const Context& context,
                                        const std::string& field) {
  std::vector<Answers> all;
  for (const Example& e : context.forget_examples()) {
    all.push_back(own_alternates(e, field));
    if (all.back().empty()) {
      const std::string named = field.empty()
                                    ? "\"alternate\" or \"alternates\""
                                    : "\"" + field + "\"";
      fail_input(e.where, "has no other answer in " + named,
                 "add one to every row, or set field to the one that has it");
    }
  }
  return all;
}

Answers answers_of(const Examples& texts) {
  Answers all;
  for (const Example& e : texts) {
    all.push_back(e.references.empty() ? second_half(e.text)
                                       : e.references.front());
  }
  return all;
}

Answers normal_answers(const Context& context, const std::string& file) {
  if (!file.empty()) return read_answers(context.resolve(file));
  Answers all = answers_of(context.retain_examples());
  all.erase(std::remove(all.begin(), all.end(), ""), all.end());
  if (all.empty()) {
    fail_usage("answers", "no retain text has an answer to draw",
               "give retain data, or answers=FILE");
  }
  return all;
}

std::vector<Answers> draw_answers(const Answers& all, const AnswerDraw& draw) {
  std::vector<Answers> found(draw.texts);
  for (size_t i = 0; i < draw.texts; ++i) {
    const bool skips = draw.skips_own && i < all.size();
    const uint64_t others = all.size() - (skips ? 1 : 0);
    const auto count = std::min(
        others, static_cast<uint64_t>(std::max<int64_t>(draw.a_text, 0)));
    Rng rng(0, fmt::format("{}:{}", draw.name, i));
    for (const uint64_t pick : distinct(others, count, rng)) {
      found[i].push_back(all[skips && pick >= i ? pick + 1 : pick]);
    }
  }
  return found;
}

}  // namespace lethe
