#include "harness/task/answer_text.h"

#include <algorithm>

#include "harness/chat/python_text.h"
#include "harness/text/regex.h"

namespace lethe {
namespace {

// string.punctuation of Python.
constexpr char kPunctuation[] = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

std::string normalised(std::string text, const MatchRule& rule) {
  for (const std::string& pattern : rule.ignore) {
    std::vector<Regex::Match> matches;
    Regex(pattern, {"match", "ignore"}).find(text, &matches);
    for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
      text.erase(match->start, match->end - match->start);
    }
  }
  if (rule.ignore_case) text = chat::lower(text);
  if (rule.ignore_punctuation) {
    text.erase(std::remove_if(text.begin(), text.end(),
                              [](char c) {
                                return c != '\0' &&
                                       std::string_view(kPunctuation).find(c) !=
                                           std::string_view::npos;
                              }),
               text.end());
  }
  return text;
}

}  // namespace

bool ends_answer(const std::string& text,
                 const std::vector<std::string>& until) {
  return std::any_of(until.begin(), until.end(), [&](const std::string& end) {
    return text.find(end) != std::string::npos;
  });
}

std::string answer_text(const std::string& text,
                        const std::vector<std::string>& until) {
  size_t size = text.size();
  for (const std::string& end : until) size = std::min(size, text.find(end));
  return text.substr(0, size);
}

std::string extracted(const std::string& text, const MatchRule::Extract& rule) {
  std::vector<Regex::Match> matches;
  Regex(rule.regex, {"match", "extract"}).find(text, &matches);
  if (matches.empty()) return "[invalid]";
  const Regex::Match& match = rule.last ? matches.back() : matches.front();
  return chat::strip(text.substr(match.start, match.end - match.start), true,
                     true);
}

double exact_match(const std::string& text,
                   const std::vector<std::string>& targets,
                   const MatchRule& rule) {
  const std::string got = normalised(text, rule);
  return std::any_of(targets.begin(), targets.end(),
                     [&](const std::string& target) {
                       return normalised(target, rule) == got;
                     })
             ? 1
             : 0;
}

}  // namespace lethe
