// What torch writes: torch 2.11 torch/serialization.py and torch/_utils.py.
#include "harness/model/torch_pickle.h"

#include <fmt/core.h>

#include <unordered_set>

#include "harness/base/error.h"
#include "harness/model/pickle_machine.h"

namespace lethe {
namespace {

constexpr size_t kMaxTensors = size_t{1} << 18;
constexpr size_t kMaxSizes = 8;
constexpr int64_t kMaxSize = int64_t{1} << 48;

constexpr StoredType kTypes[] = {
    {"DoubleStorage", "F64", 8}, {"FloatStorage", "F32", 4},
    {"HalfStorage", "F16", 2},   {"BFloat16Storage", "BF16", 2},
    {"LongStorage", "I64", 8},   {"IntStorage", "I32", 4},
    {"ShortStorage", "I16", 2},  {"CharStorage", "I8", 1},
    {"ByteStorage", "U8", 1},    {"BoolStorage", "BOOL", 1},
};

enum class Function { ordered_dict, rebuild_tensor, rebuild_parameter };

using Indices = std::vector<PickleIndex>;

class StateDict final : public PickleMachine {
 public:
  using PickleMachine::PickleMachine;

  std::vector<PickledTensor> read();

 private:
  bool step_object(uint8_t opcode) override;
  void push_global(std::string_view module, std::string_view name);
  void push_storage();
  void reduce();
  void build();
  void push_tensor(const Indices& arguments);
  void push_parameter(const Indices& arguments);
  std::vector<int64_t> integers(const PickleValue& tuple, int64_t most) const;

  std::vector<PickledTensor> tensors_;
};

void StateDict::push_global(std::string_view module, std::string_view name) {
  const auto function = [&](Function which) {
    push({.kind = PickleKind::function, .number = static_cast<int64_t>(which)});
  };
  if (module == "collections" && name == "OrderedDict") {
    return function(Function::ordered_dict);
  }
  if (module == "torch._utils" && name == "_rebuild_tensor_v2") {
    return function(Function::rebuild_tensor);
  }
  if (module == "torch._utils" && name == "_rebuild_parameter") {
    return function(Function::rebuild_parameter);
  }
  for (size_t i = 0; i < std::size(kTypes); ++i) {
    if (module == "torch" && name == kTypes[i].storage) {
      push({.kind = PickleKind::type, .number = static_cast<int64_t>(i)});
      return;
    }
  }
  refuse("it would execute \"" + printable(std::string(module)) + "." +
         printable(std::string(name)) + "\", which makes no plain tensor");
}

// ("storage", type, key, location, elements): the location is where the tensor
// was and means nothing here.
void StateDict::push_storage() {
  const PickleValue& id = value(pop());
  if (id.kind != PickleKind::tuple || id.items.size() != 5 ||
      item(id.items, 0, PickleKind::text).text != "storage") {
    refuse("a persistent id is no storage");
  }
  const int64_t elements = item(id.items, 4, PickleKind::integer).number;
  if (elements < 0) refuse(fmt::format("a storage of {} elements", elements));
  item(id.items, 3, PickleKind::text);
  push({.kind = PickleKind::storage,
        .number = item(id.items, 1, PickleKind::type).number,
        .count = elements,
        .text = item(id.items, 2, PickleKind::text).text});
}

std::vector<int64_t> StateDict::integers(const PickleValue& tuple,
                                         int64_t most) const {
  if (tuple.items.size() > kMaxSizes) {
    refuse(fmt::format("a tensor of {} dimensions, at most {}",
                       tuple.items.size(), kMaxSizes));
  }
  std::vector<int64_t> all;
  for (size_t i = 0; i < tuple.items.size(); ++i) {
    const int64_t number = item(tuple.items, i, PickleKind::integer).number;
    if (number < 0 || number > most) {
      refuse(fmt::format("a size or stride of {}", number));
    }
    all.push_back(number);
  }
  return all;
}

// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks,
// metadata=None).
void StateDict::push_tensor(const Indices& arguments) {
  if (arguments.size() != 6 && arguments.size() != 7) {
    refuse(fmt::format("a tensor of {} arguments", arguments.size()));
  }
  if (tensors_.size() >= kMaxTensors) {
    refuse(fmt::format("it makes more than {} tensors", kMaxTensors));
  }
  const PickleValue& storage = item(arguments, 0, PickleKind::storage);
  PickledTensor tensor;
  tensor.type = &kTypes[storage.number];
  tensor.storage = storage.text;
  tensor.storage_elements = static_cast<uint64_t>(storage.count);
  const int64_t offset = item(arguments, 1, PickleKind::integer).number;
  if (offset < 0) refuse(fmt::format("a tensor at element {}", offset));
  tensor.offset = static_cast<uint64_t>(offset);
  tensor.sizes = integers(item(arguments, 2, PickleKind::tuple), kMaxSize);
  tensor.strides = integers(item(arguments, 3, PickleKind::tuple), INT64_MAX);
  if (tensor.sizes.size() != tensor.strides.size()) {
    refuse(fmt::format("a tensor of {} sizes and {} strides",
                       tensor.sizes.size(), tensor.strides.size()));
  }
  item(arguments, 4, PickleKind::boolean);
  if (!item(arguments, 5, PickleKind::dict).items.empty()) {
    refuse("a tensor has hooks, which are code");
  }
  tensors_.push_back(std::move(tensor));
  push({.kind = PickleKind::tensor,
        .number = static_cast<int64_t>(tensors_.size() - 1)});
}

// _rebuild_parameter(data, requires_grad, hooks): the data.
void StateDict::push_parameter(const Indices& arguments) {
  if (arguments.size() != 3) {
    refuse(fmt::format("a parameter of {} arguments", arguments.size()));
  }
  item(arguments, 0, PickleKind::tensor);
  item(arguments, 1, PickleKind::boolean);
  if (!item(arguments, 2, PickleKind::dict).items.empty()) {
    refuse("a parameter has hooks, which are code");
  }
  push_index(arguments[0]);
}

void StateDict::reduce() {
  const PickleValue& arguments = value(pop());
  const PickleValue& callee = value(pop());
  if (arguments.kind != PickleKind::tuple ||
      callee.kind != PickleKind::function) {
    refuse(fmt::format("it calls {} with {}", kind_name(callee.kind),
                       kind_name(arguments.kind)));
  }
  switch (static_cast<Function>(callee.number)) {
    case Function::ordered_dict:
      if (!arguments.items.empty()) refuse("OrderedDict with arguments");
      return push({.kind = PickleKind::dict});
    case Function::rebuild_tensor:
      return push_tensor(arguments.items);
    case Function::rebuild_parameter:
      return push_parameter(arguments.items);
  }
}

// Attributes of a state dict: its versions, which say nothing of the tensors.
void StateDict::build() {
  const PickleKind state = value(pop()).kind, object = value(top()).kind;
  if (state != PickleKind::dict || object != PickleKind::dict) {
    refuse(std::string("it sets attributes of ") + kind_name(object));
  }
}

bool StateDict::step_object(uint8_t opcode) {
  switch (opcode) {
    case 'c': {  // GLOBAL
      const std::string_view module = line();
      push_global(module, line());
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      const PickleValue &name = value(pop()), &module = value(pop());
      if (name.kind != PickleKind::text || module.kind != PickleKind::text) {
        refuse("a Python object is named by no text");
      }
      push_global(module.text, name.text);
      return true;
    }
    case 'Q':  // BINPERSID
      push_storage();
      return true;
    case 'R':  // REDUCE
      reduce();
      return true;
    case 'b':  // BUILD
      build();
      return true;
    default:
      return false;
  }
}

std::vector<PickledTensor> StateDict::read() {
  const PickleValue& dict = value(run());
  if (dict.kind != PickleKind::dict) {
    refuse(std::string("it holds ") + kind_name(dict.kind) +
           ", not a dict of tensors");
  }
  std::vector<PickledTensor> all;
  std::unordered_set<std::string_view> names;
  for (size_t i = 0; i < dict.items.size(); i += 2) {
    const PickleValue& key = value(dict.items[i]);
    const PickleValue& tensor = value(dict.items[i + 1]);
    const std::string shown = printable(std::string(key.text));
    if (key.kind != PickleKind::text || tensor.kind != PickleKind::tensor) {
      refuse(fmt::format("\"{}\" is {}, not a tensor", shown,
                         kind_name(tensor.kind)));
    }
    if (!names.insert(key.text).second || key.text == "__metadata__") {
      refuse("the name \"" + shown + "\" is taken already");
    }
    all.push_back(tensors_[static_cast<size_t>(tensor.number)]);
    all.back().name = key.text;
  }
  return all;
}

}  // namespace

std::vector<PickledTensor> read_state_dict(std::string_view pickle,
                                           const std::string& where) {
  return StateDict(pickle, where).read();
}

}  // namespace lethe
