// Python's operators on values of templates.
#pragma once

#include <optional>
#include <string>

#include "harness/chat/value.h"

namespace lethe::chat {

enum class Binary { add, sub, mul, div, floordiv, mod, pow };

// Python's a == b: 1 == 1.0 == True, lists and dicts by their items.
bool equal(Meter& meter, const Value& a, const Value& b);
bool equal_values(Meter& meter, const Values& a, const Values& b);
// a < b. Fails between types that have no order.
bool less(Meter& meter, const Value& a, const Value& b);
// item in container.
bool contains(Meter& meter, const Value& container, const Value& item);

Value binary(Meter& meter, Binary op, const Value& a, const Value& b);
Value negate(Meter& meter, const Value& a);
// +a.
Value positive(Meter& meter, const Value& a);

// pattern % value, as printf: %s %r %d %i %f %e %g %x %X %o %c %%.
std::string format_percent(Meter& meter, const std::string& pattern,
                           const Value& value);
// pattern.format(...): {}, {0} and {name} without conversions.
std::string format_braces(Meter& meter, const std::string& pattern,
                          const Arguments& given);

// a[start:stop:step]; a missing bound is nullopt.
struct Slice {
  Value start, stop, step;  // None where missing
};
Value slice(Meter& meter, const Value& a, const Slice& bounds);

}  // namespace lethe::chat
