#include "harness/chat/operators.h"

#include <cmath>

#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

const char* symbol(Binary op) {
  switch (op) {
    case Binary::add:
      return "+";
    case Binary::sub:
      return "-";
    case Binary::mul:
      return "*";
    case Binary::div:
      return "/";
    case Binary::floordiv:
      return "//";
    case Binary::mod:
      return "%";
    default:
      return "** or pow()";
  }
}

[[noreturn]] void refuse(Meter& meter, Binary op, const Value& a,
                         const Value& b) {
  refuse_undefined(meter, a);
  refuse_undefined(meter, b);
  if (op == Binary::add && (a.is_text() || a.is_sequence())) {
    meter.fail(fmt::format("can only concatenate {0} (not \"{1}\") to {0}",
                           type_name(a), type_name(b)));
  }
  meter.fail(fmt::format("unsupported operand type(s) for {}: '{}' and '{}'",
                         symbol(op), type_name(a), type_name(b)));
}

[[noreturn]] void overflow(Meter& meter) {
  meter.fail("an integer grows beyond 64 bits");
}

int64_t floor_divide(Meter& meter, int64_t a, int64_t b) {
  if (b == 0) meter.fail("integer division or modulo by zero");
  if (a == INT64_MIN && b == -1) overflow(meter);
  return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}

Value power(Meter& meter, int64_t base, int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) meter.fail("0.0 cannot be raised to a negative power");
    return std::pow(static_cast<double>(base), static_cast<double>(exponent));
  }
  int64_t result = 1;
  if (base == 0 || base == 1) return exponent == 0 ? int64_t{1} : base;
  if (base == -1) return exponent % 2 == 0 ? int64_t{1} : int64_t{-1};
  for (int64_t i = 0; i < exponent; ++i) {  // ends by overflow after 63
    if (__builtin_mul_overflow(result, base, &result)) overflow(meter);
  }
  return result;
}

Value integers(Meter& meter, Binary op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool over = false;
  switch (op) {
    case Binary::add:
      over = __builtin_add_overflow(a, b, &result);
      break;
    case Binary::sub:
      over = __builtin_sub_overflow(a, b, &result);
      break;
    case Binary::mul:
      over = __builtin_mul_overflow(a, b, &result);
      break;
    case Binary::div:
      if (b == 0) meter.fail("division by zero");
      return static_cast<double>(a) / static_cast<double>(b);
    case Binary::floordiv:
      return floor_divide(meter, a, b);
    case Binary::mod:
      if (b == -1) return int64_t{0};
      result = floor_divide(meter, a, b);
      return a - result * b;
    case Binary::pow:
      return power(meter, a, b);
  }
  if (over) overflow(meter);
  return result;
}

// Python's float modulo has the sign of the divisor.
double modulo(double a, double b) {
  double rest = std::fmod(a, b);
  if (rest != 0) {
    if ((b < 0) != (rest < 0)) rest += b;
  } else {
    rest = std::copysign(0.0, b);
  }
  return rest;
}

double floor_divide(double a, double b) {
  const double quotient = (a - modulo(a, b)) / b;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

Value reals(Meter& meter, Binary op, double a, double b) {
  const bool divides =
      op == Binary::div || op == Binary::floordiv || op == Binary::mod;
  if (divides && b == 0) meter.fail("float division by zero");
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::sub:
      return a - b;
    case Binary::mul:
      return a * b;
    case Binary::div:
      return a / b;
    case Binary::floordiv:
      return floor_divide(a, b);
    case Binary::mod:
      return modulo(a, b);
    default:
      break;
  }
  if (a == 0 && b < 0) meter.fail("0.0 cannot be raised to a negative power");
  if (a < 0 && std::isfinite(b) && b != std::floor(b)) {
    meter.fail("complex numbers are not supported");
  }
  const double result = std::pow(a, b);
  if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) {
    meter.fail("Numerical result out of range");
  }
  return result;
}

Value repeat(Meter& meter, const Value& a, int64_t times) {
  const auto count = static_cast<size_t>(std::max<int64_t>(times, 0));
  if (a.is_text()) {
    const std::string& text = a.text();
    if (!text.empty() && count > kMaxOutput / text.size()) {
      meter.bytes(kMaxOutput + 1);
    }
    std::string result;
    for (size_t i = 0; i < count && !text.empty(); ++i) result += text;
    return make_text(meter, std::move(result));
  }
  const Values& items = a.sequence().items;
  if (!items.empty() && count > kMaxItems / items.size()) {
    meter.items(kMaxItems + 1);
  }
  meter.items(count * items.size());
  Values result;
  for (size_t i = 0; i < count && !items.empty(); ++i) {
    result.insert(result.end(), items.begin(), items.end());
  }
  return make_list(meter, std::move(result), a.sequence().kind);
}

bool repeatable(const Value& value) {
  return value.is_text() || value.is(SequenceKind::list) ||
         value.is(SequenceKind::tuple);
}

bool same_kind(const Value& a, const Value& b, SequenceKind kind) {
  return a.is(kind) && b.is(kind);
}

}  // namespace

Value binary(Meter& meter, Binary op, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_integer() && b.is_integer()) {
      return integers(meter, op, a.integer(), b.integer());
    }
    return reals(meter, op, a.real(), b.real());
  }
  if (op == Binary::mod && a.is_text() && !b.is_undefined()) {
    return make_text(meter, format_percent(meter, a.text(), b));
  }
  if (op == Binary::mul) {
    if (repeatable(a) && b.is_integer()) return repeat(meter, a, b.integer());
    if (repeatable(b) && a.is_integer()) return repeat(meter, b, a.integer());
  }
  if (op == Binary::add) {
    if (a.is_text() && b.is_text()) {
      meter.bytes(a.text().size() + b.text().size());
      return Value(a.text() + b.text());
    }
    if (same_kind(a, b, SequenceKind::list) ||
        same_kind(a, b, SequenceKind::tuple)) {
      Values all = a.sequence().items;
      const Values& more = b.sequence().items;
      meter.step((all.size() + more.size()) / 8);
      all.insert(all.end(), more.begin(), more.end());
      return make_list(meter, std::move(all), a.sequence().kind);
    }
  }
  refuse(meter, op, a, b);
}

Value negate(Meter& meter, const Value& a) {
  if (a.is_integer()) return integers(meter, Binary::sub, 0, a.integer());
  if (a.is_real()) return -a.real();
  refuse_undefined(meter, a);
  meter.fail("bad operand type for unary -: '" + type_name(a) + "'");
}

Value positive(Meter& meter, const Value& a) {
  if (a.is_integer()) return a.integer();
  if (a.is_real()) return a.real();
  refuse_undefined(meter, a);
  meter.fail("bad operand type for unary +: '" + type_name(a) + "'");
}

}  // namespace lethe::chat
