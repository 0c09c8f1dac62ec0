// Filters that make numbers, and default.
#include <cmath>

#include "harness/chat/builtins.h"
#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

// int(text) or float(text) of Python; nullopt if it is no number, or if there
// is no such base.
std::optional<Value> parse_number(const std::string& given, bool real,
                                  int64_t base) {
  if (base != 0 && (base < 2 || base > 36)) return std::nullopt;
  std::string text = strip(given, true, true);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') continue;
    if (i == 0 || i + 1 == text.size() || !isalnum(text[i - 1]) ||
        !isalnum(text[i + 1])) {
      return std::nullopt;
    }
  }
  text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
  if (text.empty() || isspace(text[0])) return std::nullopt;
  char* stop = nullptr;
  errno = 0;
  if (real) {
    if (text.find_first_of("xXpP(") != std::string::npos) return std::nullopt;
    const double value = std::strtod(text.c_str(), &stop);
    if (*stop) return std::nullopt;
    return Value(value);
  }
  const auto value = std::strtoll(text.c_str(), &stop, static_cast<int>(base));
  if (*stop || errno) return std::nullopt;
  return Value(static_cast<int64_t>(value));
}

std::optional<Value> truncated(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  if (std::abs(value) >= 9.2e18) return std::nullopt;
  return Value(static_cast<int64_t>(value));
}

Value int_filter(Input& in) {
  const Value otherwise = in.get(0, Value(0));
  const Value& v = in.self;
  refuse_undefined(in.meter, v);
  std::optional<Value> made;
  if (v.is_integer()) return v.integer();
  if (v.is_real()) {
    // As Python, which does not catch the overflow of int(inf) at first.
    made = truncated(v.real());
  } else if (v.is_text()) {
    made = parse_number(v.text(), false, in.integer(1, 10));
    if (!made) {
      if (auto real = parse_number(v.text(), true, 10)) {
        made = truncated(real->real());
      }
    }
  }
  return made.value_or(otherwise);
}

Value float_filter(Input& in) {
  refuse_undefined(in.meter, in.self);
  if (in.self.is_number()) return in.self.real();
  std::optional<Value> made;
  if (in.self.is_text()) made = parse_number(in.self.text(), true, 10);
  return made.value_or(in.get(0, Value(0.0)));
}

Value abs_filter(Input& in) {
  if (!in.self.is_number()) {
    refuse_undefined(in.meter, in.self);
    in.meter.fail("bad operand type for abs(): '" + type_name(in.self) + "'");
  }
  if (in.self.is_real()) return std::abs(in.self.real());
  return in.self.integer() < 0 ? negate(in.meter, in.self)
                               : Value(in.self.integer());
}

Value round_filter(Input& in) {
  if (!in.self.is_number()) {
    refuse_undefined(in.meter, in.self);
    in.meter.fail("type " + type_name(in.self) +
                  " doesn't define __round__ method");
  }
  const int64_t digits = in.integer(0, 0);
  const std::string method = in.text(1, "common");
  if (digits < 0 || digits > 300) {
    in.meter.fail("rounding to " + std::to_string(digits) +
                  " digits is not supported");
  }
  if (method == "common") {
    if (in.self.is_integer()) return in.self.integer();
    if (!std::isfinite(in.self.real())) return in.self;
    return std::stod(fmt::format("{:.{}f}", in.self.real(), digits));
  }
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = in.self.real() * scale;
  if (method == "ceil") return std::ceil(scaled) / scale;
  if (method == "floor") return std::floor(scaled) / scale;
  in.meter.fail("method must be common, ceil or floor");
}

Value default_filter(Input& in) {
  const bool use = in.self.is_undefined() || (in.flag(1) && !truth(in.self));
  return use ? in.get(0, Value("")) : in.self;
}

Value length_filter(Input& in) { return length(in.meter, in.self); }

}  // namespace

const Builtins& number_filters() {
  static const Builtins filters = {
      {"int", {"default", "base"}, 0, int_filter},
      {"float", {"default"}, 0, float_filter},
      {"abs", {}, 0, abs_filter},
      {"round", {"precision", "method"}, 0, round_filter},
      {"default", {"default_value", "boolean"}, 0, default_filter},
      {"d", {"default_value", "boolean"}, 0, default_filter},
      {"length", {}, 0, length_filter},
      {"count", {}, 0, length_filter},
  };
  return filters;
}

}  // namespace lethe::chat
