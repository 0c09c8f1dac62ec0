#include "harness/chat/builtins.h"

#include <unordered_map>

#include "harness/base/names.h"
#include "harness/chat/operators.h"

namespace lethe::chat {
namespace {

using Table = std::unordered_map<std::string, const Builtin*>;

const Table& filter_table() {
  static const Table table = [] {
    Table made;
    for (const Builtins* part : {&text_filters(), &list_filters(),
                                 &pick_filters(), &number_filters()}) {
      for (const Builtin& each : *part) made[each.name] = &each;
    }
    return made;
  }();
  return table;
}

const Builtin* find_in(const Table& table, const std::string& name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

// Reading a text takes time, and searching one for a long text much more.
void charge(Meter& meter, const Value& self, const Arguments& arguments) {
  if (!self.is_text()) return;
  size_t longest = 0;
  const auto see = [&](const Value& value) {
    if (value.is_text()) longest = std::max(longest, value.text().size());
  };
  for (const Value& value : arguments.positional) see(value);
  for (const auto& [name, value] : arguments.named) see(value);
  meter.step(search_steps(self.text().size(), longest));
}

}  // namespace

int64_t Input::integer(size_t i, int64_t otherwise) const {
  if (!has(i)) return otherwise;
  if (!given[i]->is_integer()) {
    refuse_undefined(meter, *given[i]);
    meter.fail("'" + type_name(*given[i]) +
               "' object cannot be interpreted as an integer");
  }
  return given[i]->integer();
}

std::string Input::text(size_t i, const std::string& otherwise) const {
  if (!has(i)) return otherwise;
  if (!given[i]->is_text()) {
    refuse_undefined(meter, *given[i]);
    meter.fail("must be str, not " + type_name(*given[i]));
  }
  return given[i]->text();
}

Value apply(const Builtin& builtin, Meter& meter, const Value& self,
            const Arguments& arguments) {
  charge(meter, self, arguments);
  Input input{meter, self, {}, arguments};
  const auto& names = builtin.parameters;
  if (names == std::vector<std::string>{"*"}) return builtin.run(input);
  const auto refuse = [&](const std::string& what) {
    meter.fail(builtin.name + "() " + what);
  };
  if (arguments.positional.size() > names.size()) {
    refuse(fmt::format("takes at most {} arguments, {} are given", names.size(),
                       arguments.positional.size()));
  }
  input.given.resize(names.size());
  for (size_t i = 0; i < arguments.positional.size(); ++i) {
    input.given[i] = arguments.positional[i];
  }
  for (const auto& [name, value] : arguments.named) {
    size_t i = 0;
    while (i < names.size() && names[i] != name) ++i;
    if (i == names.size()) {
      refuse("got an unexpected keyword argument '" + name + "'");
    }
    if (input.given[i]) refuse("got '" + name + "' twice");
    input.given[i] = value;
  }
  for (size_t i = 0; i < builtin.required; ++i) {
    if (!input.given[i]) refuse("misses the argument '" + names[i] + "'");
  }
  return builtin.run(input);
}

const Builtin* find_filter(const std::string& name, Dialect dialect) {
  const Builtin* found = find_in(filter_table(), name);
  if (found || dialect == Dialect::chat) return found;
  for (const Builtin& filter : task_filters()) {
    if (filter.name == name) return &filter;
  }
  return nullptr;
}

std::vector<std::string> filter_names(Dialect dialect) {
  std::vector<std::string> names;
  for (const auto& entry : filter_table()) names.push_back(entry.first);
  if (dialect == Dialect::task) {
    for (const Builtin& filter : task_filters()) names.push_back(filter.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Value run_filter(Meter& meter, const std::string& name, const Value& self,
                 const Arguments& arguments) {
  const Builtin* filter = find_filter(name, meter.dialect());
  if (!filter) {
    meter.fail("filter \"" + name + "\" is not supported",
               suggest(name, filter_names(meter.dialect())));
  }
  return apply(*filter, meter, self, arguments);
}

bool run_test(Meter& meter, const std::string& name, const Value& self,
              const Arguments& arguments) {
  const Builtin* test = find_test(name);
  if (!test) {
    meter.fail("test \"" + name + "\" is not supported",
               suggest(name, test_names()));
  }
  return truth(apply(*test, meter, self, arguments));
}

}  // namespace lethe::chat
