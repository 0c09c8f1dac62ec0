// Classes of characters in regular expressions.
#include <algorithm>

#include "harness/text/characters.h"
#include "harness/text/regex_parser.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr char32_t kHighest = 0x10FFFF;

// The members of a class as ranges; for what a class cannot hold otherwise,
// such as [\S\n].
std::vector<CharacterClass::Range> members(const CharacterClass& set) {
  std::vector<CharacterClass::Range> ranges;
  for (char32_t c = 0; c <= kHighest; ++c) {
    if (!set.has(c)) continue;
    if (!ranges.empty() && ranges.back().last + 1 == c) {
      ranges.back().last = c;
    } else {
      ranges.push_back({c, c});
    }
  }
  return ranges;
}

// The categories that a name such as "L" or "Lu" stands for, 0 if none.
uint32_t category_bits(std::string_view name) {
  uint32_t bits = 0;
  for (size_t i = 0; i < std::size(kCategoryNames); ++i) {
    const std::string_view own = kCategoryNames[i];
    if (own == name || (name.size() == 1 && own[0] == name[0])) {
      bits |= uint32_t{1} << i;
    }
  }
  return bits;
}

}  // namespace

bool CharacterClass::has(char32_t c) const {
  const bool found =
      (categories >> unicode_categories()[c] & 1) != 0 ||
      (traits & unicode_traits()[c]) != 0 ||
      (space && (unicode_classes()[c] & kSpace) != 0) ||
      std::any_of(ranges.begin(), ranges.end(), [c](const Range& range) {
        return c >= range.first && c <= range.last;
      });
  return found != negated;
}

void CharacterClass::finish() {
  for (char32_t c = 0; c < 128; ++c) {
    if (has(c)) ascii[c / 64] |= uint64_t{1} << c % 64;
  }
}

void CharacterClass::add(const CharacterClass& other) {
  if (other.negated) {
    const auto all = members(other);
    ranges.insert(ranges.end(), all.begin(), all.end());
    return;
  }
  categories |= other.categories;
  traits |= other.traits;
  space = space || other.space;
  ranges.insert(ranges.end(), other.ranges.begin(), other.ranges.end());
}

CharacterClass RegexParser::bracket(Flags flags) {
  CharacterClass set;
  const bool negated = take('^');
  if (done() || peek() == ']') refuse("a class that starts with ]");
  while (!take(']')) {
    if (done()) refuse("a class without an end");
    if (peek() == '[') refuse("a class in a class");
    if (peek() == '&' && peek(1) == '&') refuse("an intersection of classes");
    char32_t first = next();
    if (first == '\\') {
      const char32_t letter = next();
      if (const auto known = shorthand(letter)) {
        set.add(*known);
        continue;
      }
      first = escaped_character(letter, true);
    }
    char32_t last = first;
    if (peek() == '-' && peek(1) != ']' && peek(1) != 0) {
      next();
      last = next();
      if (last == '[') refuse("a class in a class");
      if (last == '\\') {
        const char32_t letter = next();
        if (shorthand(letter)) refuse("a range that ends with a class");
        last = escaped_character(letter, true);
      }
      if (last < first) refuse("a range that ends before it starts");
    }
    set.ranges.push_back({first, last});
  }
  if (flags.fold) {
    const auto written = set.ranges;
    for (const auto& range : written) {
      if (range.last - range.first > 0x300) refuse("a long range without case");
      for (char32_t c = range.first; c <= range.last; ++c) {
        for (const char32_t other : other_cases(c)) {
          set.ranges.push_back({other, other});
        }
      }
    }
  }
  set.negated = negated;
  return set;
}

// The class of \s, \d and the like; nothing if the letter names none.
std::optional<CharacterClass> RegexParser::shorthand(char32_t letter) {
  CharacterClass set;
  switch (letter) {
    case 'p':
    case 'P':
      return property(letter == 'P');
    case 's':
    case 'S':
      set.space = true;
      break;
    case 'd':
    case 'D':
      set.categories = category_bits("Nd");
      break;
    case 'w':
    case 'W':
      set.traits = kRegexWord;
      break;
    case 'h':
    case 'H':
      set.ranges = {{'0', '9'}, {'A', 'F'}, {'a', 'f'}};
      break;
    default:
      return std::nullopt;
  }
  set.negated = letter < 'a';
  return set;
}

// {Name} or {^Name} after \p.
CharacterClass RegexParser::property(bool negated) {
  if (!take('{')) refuse("\\p without braces");
  CharacterClass set;
  set.negated = take('^') != negated;
  std::string name;
  while (!take('}')) {
    if (done() || name.size() > 32) refuse("\\p{" + name);
    name += utf8(next());
  }
  set.categories = category_bits(name);
  if (name == "Han") set.traits = kHan;
  if (set.categories == 0 && set.traits == 0) refuse("\\p{" + name + "}");
  return set;
}

char32_t RegexParser::escaped_character(char32_t letter, bool in_class) {
  switch (letter) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case 'a':
      return '\a';
    case 'e':
      return 0x1B;
    case 'u':
      return hexadecimal(4);
    case 'x':
      if (!take('{')) return hexadecimal(2);
      return hexadecimal(-1);
    case 'b':
      if (in_class) return '\b';
      break;
    default:
      break;
  }
  const bool known = (letter >= '0' && letter <= '9') ||
                     (letter >= 'A' && letter <= 'Z') ||
                     (letter >= 'a' && letter <= 'z');
  if (known) refuse("\\" + utf8(letter));
  return letter;
}

// So many digits, or (-1) up to a brace.
char32_t RegexParser::hexadecimal(int digits) {
  char32_t number = 0;
  for (int i = 0; i != digits; ++i) {
    if (digits < 0 && i > 0 && take('}')) return number;
    const char32_t c = next();
    const char32_t low = c | 0x20;
    if (c >= '0' && c <= '9') {
      number = 16 * number + (c - '0');
    } else if (low >= 'a' && low <= 'f') {
      number = 16 * number + (low - 'a' + 10);
    } else {
      refuse("a malformed character number");
    }
    if (number > kHighest) refuse("a character above U+10FFFF");
  }
  return number;
}

}  // namespace lethe
