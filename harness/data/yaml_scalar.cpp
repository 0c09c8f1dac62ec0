#include "harness/data/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "harness/base/error.h"

namespace lethe {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text == word; });
}

// The digits of a number without its sign and underscores.
struct Number {
  bool negative = false;
  std::string digits;
};

Number number_of(const std::string& text) {
  Number number;
  size_t at = 0;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    number.negative = text[0] == '-';
    at = 1;
  }
  for (; at < text.size(); ++at) {
    if (text[at] != '_') number.digits += text[at];
  }
  return number;
}

// 0b1, 0x1f, 017 and 15. Throws: input error when it is too large.
bool read_integer(const Number& number, YamlNode& node) {
  std::string digits = number.digits;
  if (digits.empty() || !is_digit(digits[0])) return false;
  int base = 10;
  if (digits.size() > 2 && (digits[1] == 'x' || digits[1] == 'b')) {
    if (digits[0] != '0') return false;
    base = digits[1] == 'x' ? 16 : 2;
    digits.erase(0, 2);
  } else if (digits.size() > 1 && digits[0] == '0') {
    base = 8;
  }
  int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value, base);
  if (read.ptr != end) return false;
  if (read.ec != std::errc()) {
    fail_input(node.where,
               "the number " + printable(node.text, 40) + " is too large",
               "write one of 64 bits");
  }
  node.kind = YamlNode::Kind::integer;
  node.integer = number.negative ? -value : value;
  node.real = static_cast<double>(node.integer);
  return true;
}

// 1.5, 1., .5, 1.0e+3 (1e3 is a text, as 1.0e3 is), .inf, .nan.
bool read_real(const Number& number, YamlNode& node) {
  const std::string& digits = number.digits;
  if (one_of(digits, {".inf", ".Inf", ".INF"})) {
    node.real = std::numeric_limits<double>::infinity();
  } else if (one_of(node.text, {".nan", ".NaN", ".NAN"})) {
    node.real = std::numeric_limits<double>::quiet_NaN();
  } else {
    size_t at = 0;
    while (at < digits.size() && is_digit(digits[at])) ++at;
    const size_t whole = at;
    if (at == digits.size() || digits[at] != '.') return false;
    ++at;
    while (at < digits.size() && is_digit(digits[at])) ++at;
    if (whole == 0 && at == 1) return false;
    if (at < digits.size()) {
      if (digits[at] != 'e' && digits[at] != 'E') return false;
      if (at + 2 >= digits.size()) return false;
      if (digits[at + 1] != '+' && digits[at + 1] != '-') return false;
      if (!std::all_of(digits.begin() + static_cast<int64_t>(at) + 2,
                       digits.end(), is_digit)) {
        return false;
      }
    }
    node.real = std::strtod(digits.c_str(), nullptr);
  }
  if (number.negative) node.real = -node.real;
  node.kind = YamlNode::Kind::real;
  return true;
}

// 2001-12-14 and 1:30, which PyYAML makes a date and 90.
bool is_date_or_time(const std::string& text) {
  if (text.size() >= 8 && is_digit(text[0]) && is_digit(text[1]) &&
      is_digit(text[2]) && is_digit(text[3]) && text[4] == '-' &&
      text.find('-', 5) != std::string::npos) {
    return std::all_of(text.begin(), text.begin() + 8,
                       [](char c) { return is_digit(c) || c == '-'; });
  }
  // 02:00 is a text: such numbers do not begin with 0.
  const bool number =
      !text.empty() && (text[0] != '0' || text.find('.') != std::string::npos);
  return number && text.find(':') != std::string::npos &&
         std::any_of(text.begin(), text.end(), is_digit) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || c == ':' || c == '.' || c == '_' || c == '-' ||
                  c == '+';
         });
}

}  // namespace

void resolve_plain_scalar(YamlNode& node) {
  const std::string& text = node.text;
  const bool yes = one_of(
      text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"});
  if (yes || one_of(text, {"no", "No", "NO", "false", "False", "FALSE", "off",
                           "Off", "OFF"})) {
    node.kind = YamlNode::Kind::boolean;
    node.integer = yes ? 1 : 0;
    return;
  }
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) {
    node.kind = YamlNode::Kind::null;
    return;
  }
  const Number number = number_of(text);
  if (read_integer(number, node) || read_real(number, node)) return;
  if (is_date_or_time(text)) {
    fail_input(node.where, printable(text, 40) + " is a date or a time to YAML",
               "write it in quotes");
  }
  node.kind = YamlNode::Kind::text;
}

}  // namespace lethe
