// Filters, tests and methods: tables of functions with named parameters.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/chat/value.h"

namespace lethe::chat {

struct Input {
  Meter& meter;
  const Value& self;
  std::vector<std::optional<Value>> given;  // one for each parameter
  const Arguments& raw;

  bool has(size_t i) const { return given[i].has_value(); }
  Value get(size_t i, Value otherwise) const {
    return has(i) ? *given[i] : std::move(otherwise);
  }
  // Each fails unless the parameter has the type.
  int64_t integer(size_t i, int64_t otherwise) const;
  std::string text(size_t i, const std::string& otherwise) const;
  bool flag(size_t i) const { return has(i) && truth(*given[i]); }
};

struct Builtin {
  std::string name;
  std::vector<std::string> parameters;  // {"*"}: any; the function reads `raw`
  size_t required;
  Value (*run)(Input&);
};

using Builtins = std::vector<Builtin>;

// `self` through the function. Fails: arguments that it does not have.
Value apply(const Builtin& builtin, Meter& meter, const Value& self,
            const Arguments& arguments);

// Filters of the dialect.
const Builtin* find_filter(const std::string& name, Dialect dialect);
std::vector<std::string> filter_names(Dialect dialect);
const Builtin* find_test(const std::string& name);
std::vector<std::string> test_names();

const Builtins& text_filters();
const Builtins& list_filters();
const Builtins& pick_filters();
const Builtins& number_filters();
const Builtins& task_filters();  // only of the dialect `task`
const Builtins& text_methods();

// A filter or test by a name that the template computes.
Value run_filter(Meter& meter, const std::string& name, const Value& self,
                 const Arguments& arguments);
bool run_test(Meter& meter, const std::string& name, const Value& self,
              const Arguments& arguments);

// object.name and object[index], as jinja2's sandbox looks them up.
Value get_attribute(Meter& meter, const Value& object, const std::string& name);
Value get_item(Meter& meter, const Value& object, const Value& index);

// json.dumps.
struct JsonStyle {
  bool ascii = false;
  bool sort = false;
  std::optional<std::string> indent;
  std::string comma = ", ";
  std::string colon = ": ";
};
std::string to_json(Meter& meter, const Value& value, const JsonStyle& style);

}  // namespace lethe::chat
