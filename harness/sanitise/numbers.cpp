// Long numbers in a text: see scrub.h for what they are.
#include <array>
#include <string_view>

#include "harness/sanitise/scrub.h"
#include "harness/text/characters.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

bool digit(char32_t value) {
  static const uint8_t* const categories = unicode_categories();
  return kCategoryNames[categories[value]] == "Nd";
}

// What stands between two groups.
enum class Gap : uint8_t { none, blank, hyphen, stop, slash, bracket, dash };

Gap gap_of(char32_t value) {
  switch (value) {
    case ' ':
    case 0xA0:
    case 0x202F:
      return Gap::blank;
    case '-':
    case 0x2011:
      return Gap::hyphen;
    case '.':
      return Gap::stop;
    case '/':
      return Gap::slash;
    case '(':
    case ')':
      return Gap::bracket;
    default:
      return Gap::none;
  }
}

struct Group {
  size_t begin, end;
  int64_t digits;
  int value;  // of four digits or fewer, ASCII; else -1
};

class NumberFinder {
 public:
  NumberFinder(std::string_view text, int64_t min_digits)
      : text_(text), min_digits_(min_digits) {}

  std::vector<PersonalSpan> find() {
    size_t at = 0;
    char32_t before = ' ';
    while (at < text_.size()) {
      const size_t code = iban_end(at, before);
      if (code > at) {
        found_.push_back({at, code, PersonalKind::number});
        at = code;
        before = '0';
        continue;
      }
      const CodePoint c = code_point_at(text_.data() + at);
      if (!digit(c.value)) {
        before = c.value;
        at += c.size;
        continue;
      }
      at = take_number(at);
      before = '0';
    }
    return std::move(found_);
  }

 private:
  Group group_at(size_t begin) const {
    Group group{begin, begin, 0, 0};
    while (group.end < text_.size()) {
      const CodePoint c = code_point_at(text_.data() + group.end);
      if (!digit(c.value)) break;
      group.end += c.size;
      const bool plain = ++group.digits <= 4 && c.size == 1 && group.value >= 0;
      group.value =
          plain ? 10 * group.value + static_cast<int>(c.value - '0') : -1;
    }
    return group;
  }

  // Where the next group begins behind `end`, and what stands between; `end`
  // itself where none belongs to this number.
  size_t next_group(size_t end, Gap* gap) const {
    std::array<Gap, 4> gaps{};
    size_t at = end, count = 0;
    while (at < text_.size() && count < gaps.size()) {
      const CodePoint c = code_point_at(text_.data() + at);
      if (digit(c.value)) break;
      gaps[count] = gap_of(c.value);
      if (gaps[count++] == Gap::none) return end;
      at += c.size;
    }
    if (at == text_.size() || count == 0 || count == gaps.size()) return end;
    const bool bracket = gaps[0] == Gap::bracket || gaps[1] == Gap::bracket;
    const bool dash = gaps[0] == Gap::blank && gaps[1] == Gap::hyphen &&
                      gaps[2] == Gap::blank;
    if (count == 2 && !bracket) return end;
    if (count == 3 && !dash) return end;
    *gap = count == 1 ? gaps[0] : count == 2 ? Gap::bracket : Gap::dash;
    return at;
  }

  // Adds the number that begins at `begin` if it is long enough; its end.
  size_t take_number(size_t begin) {
    std::array<Group, 3> first;  // groups
    std::array<Gap, 2> gaps{};   // between them
    size_t groups = 1;
    first[0] = group_at(begin);
    size_t end = first[0].end;
    int64_t digits = first[0].digits;
    bool blanks = false, stops = false;
    while (true) {
      Gap gap = Gap::none;
      const size_t next = next_group(end, &gap);
      if (next == end) break;
      const bool blank = gap == Gap::blank || gap == Gap::dash;
      if ((blank && stops) || (gap == Gap::stop && blanks)) break;
      if (blank && groups == 3 && date(first, gaps)) break;
      const Group group = group_at(next);
      if (gap == Gap::blank && group.digits == 1) break;
      blanks = blanks || blank;
      stops = stops || gap == Gap::stop;
      if (groups < first.size()) {
        gaps[groups - 1] = gap;
        first[groups] = group;
      }
      ++groups;
      digits += group.digits;
      end = group.end;
    }
    const bool plain = groups == 2   ? two_numbers(first, gaps[0])
                       : groups == 3 ? date(first, gaps)
                                     : false;
    if (digits >= min_digits_ && !plain) {
      found_.push_back({with_sign(begin, end), end, PersonalKind::number});
    }
    return end;
  }

  static bool year(const Group& group) {
    return group.digits == 4 && group.value >= 1000 && group.value < 3000;
  }
  static bool day_or_month(const Group& group) {
    return group.digits <= 2 && group.value >= 1 && group.value <= 31;
  }

  // Two years, or a decimal number.
  bool two_numbers(const std::array<Group, 3>& groups, Gap gap) const {
    if (year(groups[0]) && year(groups[1])) return gap != Gap::bracket;
    return gap == Gap::stop && groups[0].digits < min_digits_;
  }

  static bool date(const std::array<Group, 3>& g,
                   const std::array<Gap, 2>& gaps) {
    if (gaps[0] != gaps[1] || gaps[0] == Gap::blank || gaps[0] == Gap::dash ||
        gaps[0] == Gap::bracket || !day_or_month(g[1])) {
      return false;
    }
    return (year(g[0]) && day_or_month(g[2])) ||
           (day_or_month(g[0]) && year(g[2]));
  }

  // A + before the first digit belongs to a phone number, and a ( that is
  // closed in it.
  size_t with_sign(size_t begin, size_t end) const {
    const size_t last = found_.empty() ? 0 : found_.back().end;
    const auto takes = [&](char sign) {
      if (begin > last && text_[begin - 1] == sign) --begin;
    };
    const std::string_view own = text_.substr(begin, end - begin);
    const size_t close = own.find(')');
    if (close < own.find('(')) takes('(');
    takes('+');
    return begin;
  }

  bool capital(size_t i) const { return text_[i] >= 'A' && text_[i] <= 'Z'; }
  bool plain_digit(size_t i) const {
    return text_[i] >= '0' && text_[i] <= '9';
  }

  // The end of an IBAN-like code at `at`; `at` itself where there is none.
  size_t iban_end(size_t at, char32_t before) const {
    if (word_byte(before) || at + 15 > text_.size()) return at;
    if (!capital(at) || !capital(at + 1) || !plain_digit(at + 2) ||
        !plain_digit(at + 3)) {
      return at;
    }
    size_t end = at, characters = 0, group = 0;
    int64_t digits = 0;
    for (size_t i = at; i < text_.size() && characters <= 34;) {
      const size_t begin = i;
      int64_t own = 0;
      for (; i < text_.size() && (capital(i) || plain_digit(i)) &&
             i - begin <= 34;
           ++i) {
        own += plain_digit(i);
      }
      const size_t size = i - begin;
      const bool whole =
          i == text_.size() || !word_byte(static_cast<uint8_t>(text_[i]));
      const bool fits = size > 0 && whole && (group == 0 || size <= 4) &&
                        (own > 0 || group == 1 || group == 2);
      if (!fits) break;
      end = i;
      characters += size;
      digits += own;
      ++group;
      if (size != 4 || i == text_.size() || text_[i] != ' ') break;
      ++i;
    }
    const bool good =
        characters >= 15 && characters <= 34 && digits >= min_digits_;
    return good ? end : at;
  }

  static bool word_byte(char32_t value) {
    return value >= 0x80 || (value >= '0' && value <= '9') ||
           (value >= 'A' && value <= 'Z') || (value >= 'a' && value <= 'z');
  }

  const std::string_view text_;
  const int64_t min_digits_;
  std::vector<PersonalSpan> found_;
};

}  // namespace

std::vector<PersonalSpan> find_numbers(std::string_view text,
                                       int64_t min_digits) {
  return NumberFinder(text, min_digits).find();
}

}  // namespace lethe
