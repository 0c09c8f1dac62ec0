#include "harness/judge/text_measures.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "harness/text/characters.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Of a long text without spaces the whole would say how long it is.
constexpr size_t kWindow = 100;

bool is_letter(char32_t c) {
  static const uint8_t* const classes = unicode_classes();
  return (classes[c] & kLetter) != 0;
}

// Whether a character is of words: a letter, a mark or a digit.
bool is_of_words(char32_t c) {
  static const uint8_t* const categories = unicode_categories();
  const char group = kCategoryNames[categories[c]][0];
  return group == 'L' || group == 'M' || group == 'N';
}

struct Parts {
  size_t characters = 0;
  std::u32string visible;  // without white space
  size_t words = 0;
  std::vector<std::string> told;  // words with something of words in them
};

Parts parts_of(const std::string& text) {
  const uint8_t* classes = unicode_classes();
  Parts parts;
  std::string word;
  bool tells = false;
  const auto end = [&] {
    parts.words += word.empty() ? 0 : 1;
    if (tells) parts.told.push_back(word);
    word.clear();
    tells = false;
  };
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    ++parts.characters;
    if ((classes[c.value] & kSpace) != 0) {
      end();
    } else {
      word.append(text, at, c.size);
      tells = tells || is_of_words(c.value);
      parts.visible += c.value;
    }
    at += c.size;
  }
  end();
  return parts;
}

double share(size_t part, size_t whole) {
  return whole == 0 ? 0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

double letters(const std::u32string& text) {
  size_t own = 0, all = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool of_words = is_of_words(text[i]);
    if (!of_words && i > 0 && text[i] == text[i - 1]) continue;
    own += of_words ? 1 : 0;
    ++all;
  }
  return share(own, all);
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
    if (is_letter(text[i])) longest = std::max(longest, run);
  }
  return static_cast<double>(longest);
}

double distinct(const std::u32string& text) {
  std::u32string own;
  std::copy_if(text.begin(), text.end(), std::back_inserter(own), is_of_words);
  if (own.empty()) return 1;
  const size_t width = std::min(own.size(), kWindow);
  std::map<char32_t, size_t> counts;  // of the characters from i - width + 1 on
  size_t least = width;
  for (size_t i = 0; i < own.size(); ++i) {
    ++counts[own[i]];
    if (i >= width) {
      const auto gone = counts.find(own[i - width]);
      if (--gone->second == 0) counts.erase(gone);
    }
    if (i + 1 >= width) least = std::min(least, counts.size());
  }
  return share(least, width);
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
  if (name == "words") return static_cast<double>(parts.words);
  if (name == "letters") return letters(parts.visible);
  if (name == "repeated_trigrams") return repeated_trigrams(parts.told);
  if (name == "longest_run") return longest_run(parts.visible);
  return distinct(parts.visible);
}

}  // namespace lethe
