#include "harness/data/yaml_scalar.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "harness/base/error.h"
#include "harness/text/regex.h"

namespace lethe {
namespace {

bool one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text == word; });
}

// PyYAML 6's shapes of scalars (resolver.py); the numbers of base 60, 1:30, are
// with the dates.
const char kInteger[] =
    "[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*)";
const char kReal[] =
    "[-+]?[0-9][0-9_]*\\.[0-9_]*(?:[eE][-+][0-9]+)?"
    "|\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    "|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)";
const char kDateOrTime[] =
    "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    "|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}"
    ":[0-9]{2}(?:\\.[0-9]*)?"
    "(?:[ \\t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
    "|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+"
    "|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*";

bool has_shape(const std::string& text, const Regex& shape) {
  std::vector<Regex::Match> found;
  shape.find(text, &found);
  return !found.empty();
}

Regex whole(const std::string& shape) {
  return {"\\A(?:" + shape + ")\\z", {"YAML", "scalar"}};
}

// Without its sign and underscores.
std::string digits_of(const std::string& text) {
  std::string digits = text;
  std::erase_if(digits,
                [](char c) { return c == '_' || c == '+' || c == '-'; });
  return digits;
}

// 0b1, 0x1f, 017 and 15. Throws: input error when it is too large.
void read_integer(YamlNode& node) {
  std::string digits = digits_of(node.text);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0b")) {
    base = digits[1] == 'x' ? 16 : 2;
    digits.erase(0, 2);
  } else if (digits.size() > 1 && digits[0] == '0') {
    base = 8;
  }
  int64_t value = 0;
  const char* end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, value, base).ec != std::errc()) {
    fail_input(node.where,
               "the number " + printable(node.text, 40) + " is none of 64 bits",
               "write another one");
  }
  node.kind = YamlNode::Kind::integer;
  node.integer = node.text[0] == '-' ? -value : value;
  node.real = static_cast<double>(node.integer);
}

// 1.5, 1., .5, 1.0e+3 (1e3 is a text, as 1.0e3 is), .inf, .nan.
void read_real(YamlNode& node) {
  std::string text = node.text;
  std::erase(text, '_');
  // strtod knows inf and nan without their point.
  const size_t last = text.size() - 1;
  if (std::isalpha(static_cast<unsigned char>(text[last])) != 0) {
    text.erase(text.find('.'), 1);
  }
  node.real = std::strtod(text.c_str(), nullptr);
  node.kind = YamlNode::Kind::real;
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
  static const Regex integer = whole(kInteger), real = whole(kReal),
                     date_or_time = whole(kDateOrTime);
  if (has_shape(text, integer)) return read_integer(node);
  if (has_shape(text, real)) return read_real(node);
  if (has_shape(text, date_or_time)) {
    fail_input(node.where, printable(text, 40) + " is a date or a time to YAML",
               "write it in quotes");
  }
  node.kind = YamlNode::Kind::text;
}

}  // namespace lethe
