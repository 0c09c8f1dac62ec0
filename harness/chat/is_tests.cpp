// What may follow `is`.
#include "harness/chat/builtins.h"
#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

template <bool (Value::*member)() const>
Value fact(Input& in) {
  return (in.self.*member)();
}

Value rest_of(Input& in, const Value& divisor) {
  return binary(in.meter, Binary::mod, in.self, divisor);
}

template <int rest>
Value parity(Input& in) {
  return equal(in.meter, rest_of(in, Value(2)), Value(rest));
}

Value same(Input& in) {
  const Value& other = *in.given[0];
  if (in.self.is_bool() != other.is_bool()) return false;
  if (in.self.is_number() || in.self.is_text()) {
    return type_name(in.self) == type_name(other) &&
           equal(in.meter, in.self, other);
  }
  return in.self.variant() == other.variant();
}

Value is_sequence(Input& in) {
  const Value& v = in.self;
  return v.is_text() || v.is_dict() || v.is_undefined() ||
         (v.is_sequence() && !v.is(SequenceKind::view));
}

Value equals(Input& in) {
  return Value(equal(in.meter, in.self, *in.given[0]));
}

Value differs(Input& in) {
  return Value(!equal(in.meter, in.self, *in.given[0]));
}

const Builtins& tests() {
  const auto below = [](Input& in) {
    return Value(less(in.meter, in.self, *in.given[0]));
  };
  const auto above = [](Input& in) {
    return Value(less(in.meter, *in.given[0], in.self));
  };
  const auto at_most = [](Input& in) {
    return Value(less(in.meter, in.self, *in.given[0]) ||
                 equal(in.meter, in.self, *in.given[0]));
  };
  const auto at_least = [](Input& in) {
    return Value(less(in.meter, *in.given[0], in.self) ||
                 equal(in.meter, in.self, *in.given[0]));
  };
  static const Builtins table = {
      {"defined",
       {},
       0,
       [](Input& in) { return Value(!in.self.is_undefined()); }},
      {"undefined", {}, 0, fact<&Value::is_undefined>},
      {"none", {}, 0, fact<&Value::is_none>},
      {"string", {}, 0, fact<&Value::is_text>},
      {"number", {}, 0, fact<&Value::is_number>},
      {"integer",
       {},
       0,
       [](Input& in) {
         return Value(in.self.is_integer() && !in.self.is_bool());
       }},
      {"float", {}, 0, fact<&Value::is_real>},
      {"boolean", {}, 0, fact<&Value::is_bool>},
      {"mapping", {}, 0, fact<&Value::is_dict>},
      {"iterable",
       {},
       0,
       [](Input& in) { return Value(is_iterable(in.self)); }},
      {"sequence", {}, 0, is_sequence},
      // jinja2's Undefined can be called, and then fails.
      {"callable",
       {},
       0,
       [](Input& in) {
         return Value(in.self.is_callable() || in.self.is_undefined());
       }},
      {"true",
       {},
       0,
       [](Input& in) { return Value(in.self.is_bool() && truth(in.self)); }},
      {"false",
       {},
       0,
       [](Input& in) { return Value(in.self.is_bool() && !truth(in.self)); }},
      {"odd", {}, 0, parity<1>},
      {"even", {}, 0, parity<0>},
      {"divisibleby",
       {"num"},
       1,
       [](Input& in) {
         return Value(equal(in.meter, rest_of(in, *in.given[0]), Value(0)));
       }},
      {"sameas", {"other"}, 1, same},
      {"in",
       {"seq"},
       1,
       [](Input& in) {
         return Value(contains(in.meter, *in.given[0], in.self));
       }},
      {"lower",
       {},
       0,
       [](Input& in) { return Value(is_lower(to_text(in.meter, in.self))); }},
      {"upper",
       {},
       0,
       [](Input& in) { return Value(is_upper(to_text(in.meter, in.self))); }},
      {"eq", {"b"}, 1, equals},
      {"==", {"b"}, 1, equals},
      {"equalto", {"b"}, 1, equals},
      {"ne", {"b"}, 1, differs},
      {"!=", {"b"}, 1, differs},
      {"lt", {"b"}, 1, below},
      {"<", {"b"}, 1, below},
      {"lessthan", {"b"}, 1, below},
      {"gt", {"b"}, 1, above},
      {">", {"b"}, 1, above},
      {"greaterthan", {"b"}, 1, above},
      {"le", {"b"}, 1, at_most},
      {"<=", {"b"}, 1, at_most},
      {"ge", {"b"}, 1, at_least},
      {">=", {"b"}, 1, at_least},
  };
  return table;
}

}  // namespace

const Builtin* find_test(const std::string& name) {
  for (const Builtin& each : tests()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

std::vector<std::string> test_names() {
  std::vector<std::string> names;
  for (const Builtin& each : tests()) names.push_back(each.name);
  return names;
}

}  // namespace lethe::chat
