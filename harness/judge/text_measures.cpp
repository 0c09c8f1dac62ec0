#include "harness/judge/text_measures.h"

#include <algorithm>
#include <set>

#include "harness/text/characters.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

struct Parts {
  size_t characters = 0;
  std::u32string visible;  // without white space
  std::vector<std::string> words;
};

Parts parts_of(const std::string& text) {
  const uint8_t* classes = unicode_classes();
  Parts parts;
  bool inside = false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    ++parts.characters;
    const bool space = (classes[c.value] & kSpace) != 0;
    if (!space) {
      if (!inside) parts.words.emplace_back();
      parts.words.back().append(text, at, c.size);
      parts.visible += c.value;
    }
    inside = !space;
    at += c.size;
  }
  return parts;
}

double share(size_t part, size_t whole) {
  return whole == 0 ? 0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

double letters(const std::u32string& text) {
  const uint8_t* classes = unicode_classes();
  const uint8_t* traits = unicode_traits();
  const auto count = std::count_if(text.begin(), text.end(), [&](char32_t c) {
    return (classes[c] & (kLetter | kNumber)) != 0 || (traits[c] & kMark) != 0;
  });
  return share(static_cast<size_t>(count), text.size());
}

double repeated_trigrams(const std::vector<std::string>& words) {
  std::set<std::string> seen;
  size_t repeated = 0;
  for (size_t i = 0; i + 2 < words.size(); ++i) {
    const std::string three =
        words[i] + "\n" + words[i + 1] + "\n" + words[i + 2];
    if (!seen.insert(three).second) ++repeated;
  }
  return share(repeated, words.size() < 3 ? 0 : words.size() - 2);
}

double longest_run(const std::u32string& text) {
  size_t longest = 0, run = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    run = i > 0 && text[i] == text[i - 1] ? run + 1 : 1;
    longest = std::max(longest, run);
  }
  return static_cast<double>(longest);
}

}  // namespace

const std::vector<std::string>& text_measures() {
  static const std::vector<std::string> all = {
      "characters",        "words",       "letters",
      "repeated_trigrams", "longest_run", "distinct"};
  return all;
}

double text_measure(const std::string& name, const std::string& text) {
  const Parts parts = parts_of(text);
  if (name == "characters") return static_cast<double>(parts.characters);
  if (name == "words") return static_cast<double>(parts.words.size());
  if (name == "letters") return letters(parts.visible);
  if (name == "repeated_trigrams") return repeated_trigrams(parts.words);
  if (name == "longest_run") return longest_run(parts.visible);
  const std::set<char32_t> distinct(parts.visible.begin(), parts.visible.end());
  return share(distinct.size(), parts.visible.size());
}

}  // namespace lethe
