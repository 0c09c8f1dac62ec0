// Functions that every template can call.
#include "harness/chat/interpreter.h"
#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

Value range(Meter& meter, const Arguments& given) {
  const Values& bounds = given.positional;
  if (!given.named.empty() || bounds.empty() || bounds.size() > 3) {
    meter.fail("range wants 1 to 3 arguments without names");
  }
  for (const Value& bound : bounds) {
    if (bound.is_integer()) continue;
    refuse_undefined(meter, bound);
    meter.fail("'" + type_name(bound) +
               "' object cannot be interpreted as an integer");
  }
  const int64_t first = bounds[0].integer();
  if (bounds.size() == 1) return make_range(meter, 0, first, 1);
  return make_range(meter, first, bounds[1].integer(),
                    bounds.size() == 3 ? bounds[2].integer() : 1);
}

// dict(...): from a dict or pairs, then the named arguments.
std::vector<Pair> dict_items(Meter& meter, const Arguments& given) {
  std::vector<Pair> items;
  if (given.positional.size() > 1) {
    meter.fail("dict expected at most 1 argument");
  }
  for (const Value& source : given.positional) {
    if (source.is_dict()) {
      items = source.dict().items;
      continue;
    }
    for (const Value& pair : to_values(meter, source)) {
      const Values parts = to_values(meter, pair);
      if (parts.size() != 2) meter.fail("dict wants pairs");
      insert(meter, &items, parts[0], parts[1]);
    }
  }
  for (const auto& [name, value] : given.named) {
    insert(meter, &items, Value(name), value);
  }
  return items;
}

Value raise_exception(Meter& meter, const Arguments& given) {
  if (given.positional.size() != 1 || !given.named.empty()) {
    meter.fail("raise_exception wants one argument");
  }
  meter.fail(to_text(meter, given.positional[0]),
             "the template refuses these messages");
}

Value strftime(Meter& meter, const std::tm& clock, const Arguments& given) {
  if (given.positional.size() != 1 || !given.positional[0].is_text()) {
    meter.fail("strftime_now wants a format");
  }
  const std::string& format = given.positional[0].text();
  if (format.empty()) return Value("");
  if (format.size() > 1000) meter.fail("the format of a date is too long");
  char shown[8192];
  const size_t size =
      std::strftime(shown, sizeof shown, format.c_str(), &clock);
  return make_text(meter, std::string(shown, size));
}

}  // namespace

void Interpreter::add_globals(const std::tm& clock) {
  const auto add = [&](const char* name, auto call) {
    set_global(name, make_callable(name, call));
  };
  add("range", range);
  add("dict", [](Meter& meter, const Arguments& given) {
    return make_dict(meter, dict_items(meter, given));
  });
  add("raise_exception", raise_exception);
  add("strftime_now", [clock](Meter& meter, const Arguments& given) {
    return strftime(meter, clock, given);
  });
  add("namespace", [this](Meter& meter, const Arguments& given) {
    auto made = std::make_shared<Namespace>();
    meter.items(1 + given.named.size());
    for (const auto& [key, value] : dict_items(meter, given)) {
      if (!key.is_text()) meter.fail("names of a namespace are texts");
      if (key.text().starts_with("_")) {
        meter.fail("a namespace cannot store \"" + key.text() + "\"");
      }
      made->values.emplace_back(key.text(), value);
    }
    namespaces_.push_back(made);
    return Value(made);
  });
}

}  // namespace lethe::chat
