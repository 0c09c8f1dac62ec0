// Attributes and items. A name can be a method of str, dict, list or a key.
#include <unordered_set>

#include "harness/base/names.h"
#include "harness/chat/builtins.h"
#include "harness/chat/loop.h"
#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

using Names = std::unordered_set<std::string>;

Value as_callable(const std::string& name, const Value& self,
                  const std::vector<std::string>& parameters, size_t required,
                  Value (*run)(Input&)) {
  const Builtin method{name, parameters, required, run};
  return make_callable(name, [method, self](Meter& m, const Arguments& given) {
    return apply(method, m, self, given);
  });
}

Value dict_part(Input& in, bool keys, bool values, const char* name) {
  Values items;
  for (const auto& [key, value] : in.self.dict().items) {
    if (keys && values) {
      items.push_back(make_list(in.meter, {key, value}, SequenceKind::tuple));
    } else {
      items.push_back(keys ? key : value);
    }
  }
  return make_view(in.meter, std::move(items), name);
}

// The method, undefined if the sandbox forbids it, nullopt if it is none.
std::optional<Value> dict_method(const std::string& name, const Value& self) {
  if (name == "items") {
    return as_callable(name, self, {}, 0, [](Input& in) {
      return dict_part(in, true, true, "dict_items");
    });
  }
  if (name == "keys") {
    return as_callable(name, self, {}, 0, [](Input& in) {
      return dict_part(in, true, false, "dict_keys");
    });
  }
  if (name == "values") {
    return as_callable(name, self, {}, 0, [](Input& in) {
      return dict_part(in, false, true, "dict_values");
    });
  }
  if (name == "get") {
    return as_callable(name, self, {"key", "default"}, 1, [](Input& in) {
      const Value* held = find(in.meter, in.self.dict(), *in.given[0]);
      return held ? *held : in.get(1, Value());
    });
  }
  if (name == "copy") {
    return as_callable(name, self, {}, 0, [](Input& in) { return in.self; });
  }
  return std::nullopt;
}

Value index_of(Input& in) {
  const Values& items = in.self.sequence().items;
  for (size_t i = 0; i < items.size(); ++i) {
    if (equal(in.meter, items[i], *in.given[0])) {
      return static_cast<int64_t>(i);
    }
  }
  in.meter.fail(to_repr(in.meter, *in.given[0]) + " is not in list");
}

std::optional<Value> list_method(const std::string& name, const Value& self) {
  if (self.is(SequenceKind::view)) return std::nullopt;
  if (name == "count") {
    return as_callable(name, self, {"value"}, 1, [](Input& in) {
      int64_t count = 0;
      for (const Value& item : in.self.sequence().items) {
        count += equal(in.meter, item, *in.given[0]);
      }
      return Value(count);
    });
  }
  if (name == "index") return as_callable(name, self, {"value"}, 1, index_of);
  if (name == "copy" && self.is(SequenceKind::list)) {
    return as_callable(name, self, {}, 0, [](Input& in) { return in.self; });
  }
  return std::nullopt;
}

// What the immutable sandbox hides.
bool forbidden(const Value& object, const std::string& name) {
  static const Names kDict = {"clear", "pop", "popitem", "setdefault",
                              "update"};
  static const Names kList = {"append", "clear",  "extend",  "insert",
                              "pop",    "remove", "reverse", "sort"};
  return (object.is_dict() && kDict.contains(name)) ||
         (object.is(SequenceKind::list) && kList.contains(name));
}

const Names& unsupported(const Value& object) {
  static const Names kNone;
  static const Names kDict = {"fromkeys"};
  static const Names kText = {
      "casefold",   "center",    "encode",      "expandtabs", "format_map",
      "isalnum",    "isalpha",   "isascii",     "isdecimal",  "isidentifier",
      "islower",    "isnumeric", "isprintable", "isspace",    "istitle",
      "isupper",    "ljust",     "maketrans",   "partition",  "rjust",
      "rpartition", "translate", "zfill"};
  return object.is_dict() ? kDict : object.is_text() ? kText : kNone;
}

std::optional<Value> method(Meter& meter, const Value& object,
                            const std::string& name) {
  if (forbidden(object, name)) {
    return Value::undefined("access to attribute '" + name + "' of '" +
                            type_name(object) + "' object is unsafe.");
  }
  if (unsupported(object).contains(name)) {
    meter.fail(
        "method \"" + name + "\" of " + type_name(object) + " is not supported",
        "use a filter");
  }
  if (object.is_dict()) return dict_method(name, object);
  if (object.is_sequence()) return list_method(name, object);
  if (!object.is_text()) return std::nullopt;
  for (const Builtin& each : text_methods()) {
    if (each.name == name) {
      return as_callable(name, object, each.parameters, each.required,
                         each.run);
    }
  }
  return std::nullopt;
}

Value no_such(Meter& meter, const Value& object, const Value& index) {
  const std::string type =
      object.is_none() ? "None" : type_name(object) + " object";
  if (!index.is_text()) {
    return Value::undefined(type + " has no element " + to_repr(meter, index));
  }
  return Value::undefined(repr(type) + " has no attribute " +
                          repr(index.text()));
}

std::optional<Value> element(Meter& meter, const Value& object,
                             const Value& index) {
  if (object.is_dict()) {
    if (index.is_dict() || index.is(SequenceKind::list)) return std::nullopt;
    const Value* held = find(meter, object.dict(), index);
    return held ? std::optional<Value>(*held) : std::nullopt;
  }
  if (!index.is_integer() || object.is(SequenceKind::view) ||
      !(object.is_text() || object.is_sequence())) {
    return std::nullopt;
  }
  const int64_t size = length(meter, object);
  const int64_t at = index.integer() + (index.integer() < 0 ? size : 0);
  if (at < 0 || at >= size) return std::nullopt;
  if (object.is_sequence()) return object.sequence().items[at];
  return slice(meter, object, {Value(at), Value(at + 1), Value()});
}

std::optional<Value> special(Meter& meter, const Value& object,
                             const std::string& name) {
  if (object.is_loop()) {
    return object.loop()->attribute(meter, name, object.loop());
  }
  if (object.is_namespace()) {
    meter.step(object.space().values.size() / kNamesPerStep);
    for (const auto& [key, value] : object.space().values) {
      if (key == name) return value;
    }
  }
  return std::nullopt;
}

}  // namespace

Value get_attribute(Meter& meter, const Value& object,
                    const std::string& name) {
  refuse_undefined(meter, object);
  if (auto found = special(meter, object, name)) return *found;
  if (auto found = method(meter, object, name)) return *found;
  if (auto found = element(meter, object, Value(name))) return *found;
  return no_such(meter, object, Value(name));
}

Value get_item(Meter& meter, const Value& object, const Value& index) {
  refuse_undefined(meter, object);
  if (auto found = element(meter, object, index)) return *found;
  if (index.is_text()) {
    const std::string& name = index.text();
    if (name.starts_with("__")) {
      meter.fail("attribute \"" + name + "\" is not allowed");
    }
    if (auto found = special(meter, object, name)) return *found;
    if (auto found = method(meter, object, name)) return *found;
  }
  return no_such(meter, object, index);
}

}  // namespace lethe::chat
