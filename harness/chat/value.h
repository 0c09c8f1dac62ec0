// The values of templates: Python's, as far as JSON and Jinja make them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/base/json.h"
#include "harness/chat/meter.h"

namespace lethe::chat {

class Value;
using Values = std::vector<Value>;
using Pair = std::pair<Value, Value>;

struct Undefined {
  std::string message;  // why, for the error when it is used
};
using None = std::monostate;

enum class SequenceKind { list, tuple, range, view };

// Lists, tuples, ranges and the views that dict.keys() and others return. They
// never change once made, as in the peer's immutable sandbox.
struct Sequence {
  SequenceKind kind = SequenceKind::list;
  Values items;
  int depth = 1;                          // of nesting
  std::string view_name;                  // "dict_items"
  int64_t start = 0, stop = 0, step = 1;  // of a range
};

// Keeps the order of insertion.
struct Dict {
  std::vector<Pair> items;
  int depth = 1;
};

// What lazy filters return: it can be read once.
struct Generator {
  std::function<bool(Meter&, Value*)> next;  // false at the end
  int depth = 1;
};

struct Arguments {
  Values positional;
  std::vector<std::pair<std::string, Value>> named;
};

struct Callable {
  std::string name;
  std::function<Value(Meter&, const Arguments&)> call;
};

// namespace(): the only value that changes.
struct Namespace {
  std::vector<std::pair<std::string, Value>> values;
};

struct Loop;  // see loop.h

template <class T>
using Shared = std::shared_ptr<T>;

class Value {
 public:
  using Variant =
      std::variant<None, Shared<const Undefined>, bool, int64_t, double,
                   Shared<const std::string>, Shared<const Sequence>,
                   Shared<const Dict>, Shared<Generator>,
                   Shared<const Callable>, Shared<Namespace>, Shared<Loop>>;

  Value() = default;  // None
  Value(bool value) : variant_(value) {}
  Value(int64_t value) : variant_(value) {}
  Value(int value) : variant_(int64_t{value}) {}
  Value(double value) : variant_(value) {}
  Value(std::string text)
      : variant_(std::make_shared<const std::string>(std::move(text))) {}
  Value(const char* text) : Value(std::string(text)) {}
  template <class T>
  Value(Shared<T> shared) : variant_(std::move(shared)) {}

  static Value undefined(std::string message) {
    return Value(std::make_shared<const Undefined>(Undefined{message}));
  }

  bool is_none() const { return holds<None>(); }
  bool is_undefined() const { return holds<Shared<const Undefined>>(); }
  bool is_bool() const { return holds<bool>(); }
  bool is_real() const { return holds<double>(); }
  // Booleans are integers, as in Python.
  bool is_integer() const { return holds<int64_t>() || is_bool(); }
  bool is_number() const { return is_integer() || is_real(); }
  bool is_text() const { return holds<Shared<const std::string>>(); }
  bool is_sequence() const { return holds<Shared<const Sequence>>(); }
  bool is_dict() const { return holds<Shared<const Dict>>(); }
  bool is_generator() const { return holds<Shared<Generator>>(); }
  bool is_callable() const { return holds<Shared<const Callable>>(); }
  bool is_namespace() const { return holds<Shared<Namespace>>(); }
  bool is_loop() const { return holds<Shared<Loop>>(); }
  bool is(SequenceKind kind) const {
    return is_sequence() && sequence().kind == kind;
  }

  // REQUIRES of each: the value is one.
  bool boolean() const { return std::get<bool>(variant_); }
  int64_t integer() const {
    return is_bool() ? boolean() : std::get<int64_t>(variant_);
  }
  double real() const {
    return is_real() ? std::get<double>(variant_)
                     : static_cast<double>(integer());
  }
  const std::string& text() const {
    return *std::get<Shared<const std::string>>(variant_);
  }
  const Sequence& sequence() const {
    return *std::get<Shared<const Sequence>>(variant_);
  }
  const Dict& dict() const { return *std::get<Shared<const Dict>>(variant_); }
  const Callable& callable() const {
    return *std::get<Shared<const Callable>>(variant_);
  }
  const Undefined& undefined() const {
    return *std::get<Shared<const Undefined>>(variant_);
  }
  Generator& generator() const {
    return *std::get<Shared<Generator>>(variant_);
  }
  Namespace& space() const { return *std::get<Shared<Namespace>>(variant_); }
  const Shared<Loop>& loop() const { return std::get<Shared<Loop>>(variant_); }
  const Variant& variant() const { return variant_; }

 private:
  template <class T>
  bool holds() const {
    return std::holds_alternative<T>(variant_);
  }
  Variant variant_;
};

// Containers; they are counted, and nesting beyond 400 is refused.
Value make_list(Meter& meter, Values items,
                SequenceKind kind = SequenceKind::list);
Value make_view(Meter& meter, Values items, const std::string& name);
Value make_range(Meter& meter, int64_t start, int64_t stop, int64_t step);
Value make_dict(Meter& meter, std::vector<Pair> items);
Value make_generator(Meter& meter, int depth,
                     std::function<bool(Meter&, Value*)> next);
// A generator over values that are there already.
Value make_generator(Meter& meter, Values items);
Value make_text(Meter& meter, std::string text);  // counts its bytes
Value make_callable(std::string name,
                    std::function<Value(Meter&, const Arguments&)> call);

Value from_json(Meter& meter, const OrderedJson& json, int depth = 0);

// How deep containers are nested in the value; 0 for a scalar.
int depth_of(const Value& value);

// Python's type name: "str", "dict", "NoneType".
std::string type_name(const Value& value);

// Python's truth value.
bool truth(const Value& value);

// The value at the key, null if absent. Fails: a key that Python cannot hash.
const Value* find(Meter& meter, const Dict& dict, const Value& key);
// As d[key] = value.
void insert(Meter& meter, std::vector<Pair>* items, const Value& key,
            Value value);

// str(value): what {{ value }} prints, and repr(value).
std::string to_text(Meter& meter, const Value& value);
std::string to_repr(Meter& meter, const Value& value);

// What a `for` walks through; fails unless the value is iterable.
Shared<Generator> iterate(Meter& meter, const Value& value);
bool is_iterable(const Value& value);
// list(value).
Values to_values(Meter& meter, const Value& value);
// len(value).
int64_t length(Meter& meter, const Value& value);

// Fails with the message of an undefined value.
void refuse_undefined(Meter& meter, const Value& value);

}  // namespace lethe::chat
