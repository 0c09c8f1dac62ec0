// printf-like and brace formatting.
#include <cmath>

#include "harness/chat/builtins.h"
#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

struct Spec {
  bool left = false, plus = false, zero = false, space = false;
  int64_t width = 0;
  int64_t precision = -1;
  char kind = 's';
};

int64_t number(const std::string& text, size_t* at) {
  int64_t value = 0;
  while (*at < text.size() && isdigit(text[*at])) {
    value = std::min<int64_t>(value * 10 + (text[(*at)++] - '0'), 1 << 24);
  }
  return value;
}

Spec read_spec(Meter& meter, const std::string& text, size_t* at) {
  Spec spec;
  for (; *at < text.size(); ++*at) {
    const char c = text[*at];
    if (c == '-') {
      spec.left = true;
    } else if (c == '+') {
      spec.plus = true;
    } else if (c == '0') {
      spec.zero = true;
    } else if (c == ' ') {
      spec.space = true;
    } else {
      break;
    }
  }
  spec.width = number(text, at);
  if (*at < text.size() && text[*at] == '.') {
    ++*at;
    spec.precision = number(text, at);
  }
  if (*at >= text.size()) meter.fail("incomplete format");
  spec.kind = text[(*at)++];
  meter.bytes(static_cast<size_t>(spec.width));
  if (spec.precision > 1000) meter.fail("the precision is too big");
  return spec;
}

std::string shown(Meter& meter, const Spec& spec, const Value& value) {
  const char kind = spec.kind == 'i' || spec.kind == 'u' ? 'd' : spec.kind;
  if (kind == 's' || kind == 'r') {
    const std::string text =
        kind == 's' ? to_text(meter, value) : to_repr(meter, value);
    return spec.precision < 0
               ? text
               : from_points(points(text).substr(0, spec.precision));
  }
  if (std::string("dxXfFeg").find(kind) != std::string::npos) {
    if (!value.is_number()) {
      refuse_undefined(meter, value);
      meter.fail(fmt::format("%{} format: a real number is required, not {}",
                             kind, type_name(value)));
    }
    if (kind == 'd') {
      if (value.is_integer()) return std::to_string(value.integer());
      return fmt::format("{:.0f}", std::trunc(value.real()));
    }
    const int precision =
        spec.precision < 0 ? 6 : static_cast<int>(spec.precision);
    switch (kind) {
      case 'f':
      case 'F':
        return fmt::format("{:.{}f}", value.real(), precision);
      case 'e':
        return fmt::format("{:.{}e}", value.real(), precision);
      case 'g':
        return fmt::format("{:.{}g}", value.real(), precision);
      case 'x':
        if (value.is_integer()) return fmt::format("{:x}", value.integer());
        break;
      case 'X':
        if (value.is_integer()) return fmt::format("{:X}", value.integer());
        break;
      default:
        break;
    }
  }
  meter.fail(std::string("format %") + spec.kind + " is not supported");
}

std::string padded(Meter& meter, const Spec& spec, const Value& value) {
  std::string text = shown(meter, spec, value);
  const bool numeric = spec.kind != 's' && spec.kind != 'r';
  if (numeric && text[0] != '-' && (spec.plus || spec.space)) {
    text = (spec.plus ? "+" : " ") + text;
  }
  const int64_t gap = spec.width - count_points(text);
  if (gap <= 0) return text;
  if (spec.left) return text + std::string(gap, ' ');
  if (!numeric || !spec.zero) return std::string(gap, ' ') + text;
  const size_t sign = isdigit(text[0]) ? 0 : 1;
  return text.substr(0, sign) + std::string(gap, '0') + text.substr(sign);
}

Value field(Meter& meter, const std::string& name, size_t* next,
            const Arguments& given) {
  const bool digits = name.find_first_not_of("0123456789") == std::string::npos;
  if (digits && name.size() < 9) {
    const size_t i = name.empty() ? (*next)++ : std::stoul(name);
    if (i < given.positional.size()) return given.positional[i];
    meter.fail("Replacement index " + std::to_string(i) +
               " out of range for positional args tuple");
  }
  for (const auto& [key, value] : given.named) {
    if (key == name) return value;
  }
  meter.fail("format field \"" + name + "\" is not supported or not given");
}

}  // namespace

std::string format_percent(Meter& meter, const std::string& pattern,
                           const Value& value) {
  const bool many = value.is(SequenceKind::tuple);
  size_t used = 0;
  const auto next = [&]() -> Value {
    if (many ? used >= value.sequence().items.size() : used > 0) {
      meter.fail("not enough arguments for format string");
    }
    ++used;
    return many ? value.sequence().items[used - 1] : value;
  };
  std::string out;
  for (size_t i = 0; i < pattern.size();) {
    if (pattern[i] != '%') {
      out += pattern[i++];
      continue;
    }
    ++i;
    if (i < pattern.size() && pattern[i] == '(') {
      meter.fail("named formats are not supported");
    }
    const Spec spec = read_spec(meter, pattern, &i);
    out += spec.kind == '%' ? "%" : padded(meter, spec, next());
    meter.output(out.size());
  }
  const bool rest =
      many ? used < value.sequence().items.size()
           : used == 0 && !value.is_dict() && !value.is(SequenceKind::list);
  if (rest) meter.fail("not all arguments converted during string formatting");
  return out;
}

std::string format_braces(Meter& meter, const std::string& pattern,
                          const Arguments& given) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i++];
    const bool twice = i < pattern.size() && pattern[i] == c;
    if (c != '{' && c != '}') {
      out += c;
    } else if (twice) {
      out += c;
      ++i;
    } else {
      const size_t end = pattern.find('}', i);
      if (c == '}' || end == std::string::npos) {
        meter.fail(std::string("Single '") + c +
                   "' encountered in format string");
      }
      out += to_text(meter,
                     field(meter, pattern.substr(i, end - i), &next, given));
      i = end + 1;
    }
    meter.output(out.size());
  }
  return out;
}

}  // namespace lethe::chat
