// Format: CPython's Lib/pickletools.py.
#include "harness/model/pickle_machine.h"

#include <fmt/core.h>

#include "harness/base/error.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr size_t kMaxPickle = size_t{64} << 20;
constexpr size_t kMaxValues = size_t{1} << 22;
constexpr size_t kMaxStack = size_t{1} << 16;
constexpr size_t kMaxMarks = 256;
constexpr size_t kMaxText = size_t{1} << 16;
constexpr size_t kMaxLine = 256;

}  // namespace

const char* kind_name(PickleKind kind) {
  constexpr const char* kNames[] = {
      "None",   "a bool", "an int",     "a text",    "a tuple", "a list",
      "a dict", "a type", "a function", "a storage", "a tensor"};
  return kNames[static_cast<size_t>(kind)];
}

void PickleMachine::refuse(const std::string& what) const {
  fail_input(where_, fmt::format("byte {} of its pickle: {}", at_, what),
             "get the weights as safetensors, or save model.state_dict() "
             "alone with torch.save");
}

std::string_view PickleMachine::take(uint64_t size) {
  if (size > pickle_.size() - at_) {
    refuse(fmt::format("{} bytes are left, {} are needed", pickle_.size() - at_,
                       size));
  }
  const std::string_view part = pickle_.substr(at_, size);
  at_ += size;
  return part;
}

uint64_t PickleMachine::number(size_t width) {
  const std::string_view bytes = take(width);
  uint64_t value = 0;
  for (size_t i = width; i > 0; --i) {
    value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  }
  return value;
}

std::string_view PickleMachine::line() {
  const std::string_view rest = pickle_.substr(at_, kMaxLine);
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) refuse("a name does not end");
  at_ += end + 1;
  return rest.substr(0, end);
}

void PickleMachine::push_index(PickleIndex index) {
  if (stack_.size() >= kMaxStack) {
    refuse(fmt::format("the stack is higher than {}", kMaxStack));
  }
  stack_.push_back(index);
}

void PickleMachine::push(PickleValue value) {
  if (values_.size() >= kMaxValues) {
    refuse(fmt::format("it makes more than {} values", kMaxValues));
  }
  values_.push_back(std::move(value));
  push_index(static_cast<PickleIndex>(values_.size() - 1));
}

PickleIndex PickleMachine::top() const {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
    refuse("the stack is empty");
  }
  return stack_.back();
}

PickleIndex PickleMachine::pop() {
  const PickleIndex index = top();
  stack_.pop_back();
  return index;
}

std::vector<PickleIndex> PickleMachine::pop_to_mark() {
  if (marks_.empty()) refuse("no mark is set");
  const auto begin =
      stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleIndex> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleMachine::push_text(uint64_t size) {
  if (size > kMaxText) {
    refuse(fmt::format("a text of {} bytes, at most {}", size, kMaxText));
  }
  const std::string_view text = take(size);
  if (!valid_utf8(text)) refuse("a text is not UTF-8");
  push({.kind = PickleKind::text, .text = text});
}

// A little-endian two's complement integer of `width` bytes, 8 at most.
void PickleMachine::push_long(size_t width) {
  if (width > 8) refuse(fmt::format("an integer of {} bytes", width));
  uint64_t value = number(width);
  if (width > 0 && width < 8 && (value >> (8 * width - 1)) != 0) {
    value |= ~uint64_t{0} << (8 * width);
  }
  push({.kind = PickleKind::integer, .number = static_cast<int64_t>(value)});
}

bool PickleMachine::step_constant(uint8_t opcode) {
  switch (opcode) {
    case 'N':  // NONE
      push({});
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      push({.kind = PickleKind::boolean, .number = opcode == 0x88});
      return true;
    case 'J':  // BININT
      push_long(4);
      return true;
    case 'K':  // BININT1
      push({.kind = PickleKind::integer,
            .number = static_cast<int64_t>(number(1))});
      return true;
    case 'M':  // BININT2
      push({.kind = PickleKind::integer,
            .number = static_cast<int64_t>(number(2))});
      return true;
    case 0x8a:  // LONG1
      push_long(number(1));
      return true;
    case 0x8c:  // SHORT_BINUNICODE
      push_text(number(1));
      return true;
    case 'X':  // BINUNICODE
      push_text(number(4));
      return true;
    case 0x8d:  // BINUNICODE8
      push_text(number(8));
      return true;
    case 0x95:  // FRAME: the length of what follows, for reading ahead
      number(8);
      return true;
    default:
      return false;
  }
}

void PickleMachine::put(uint64_t index) {
  if (index > kMaxValues) {
    refuse(fmt::format("memo {}, at most {}", index, kMaxValues));
  }
  if (index >= memo_.size()) memo_.resize(index + 1);
  memo_[index] = top();
}

void PickleMachine::get(uint64_t index) {
  if (index >= memo_.size() || !memo_[index]) {
    refuse(fmt::format("memo {} holds nothing", index));
  }
  push_index(*memo_[index]);
}

bool PickleMachine::step_memo(uint8_t opcode) {
  switch (opcode) {
    case 'q':  // BINPUT
      put(number(1));
      return true;
    case 'r':  // LONG_BINPUT
      put(number(4));
      return true;
    case 0x94:  // MEMOIZE
      put(memo_.size());
      return true;
    case 'h':  // BINGET
      get(number(1));
      return true;
    case 'j':  // LONG_BINGET
      get(number(4));
      return true;
    default:
      return false;
  }
}

void PickleMachine::push_tuple(size_t size) {
  std::vector<PickleIndex> items(size);
  for (size_t i = size; i > 0; --i) items[i - 1] = pop();
  push({.kind = PickleKind::tuple, .items = std::move(items)});
}

// Adds to the list or dict that stands on top.
void PickleMachine::append(PickleKind kind,
                           const std::vector<PickleIndex>& items) {
  PickleValue& value = values_[top()];
  if (value.kind != kind ||
      (kind == PickleKind::dict && items.size() % 2 != 0)) {
    refuse(
        fmt::format("{} items go to {}", items.size(), kind_name(value.kind)));
  }
  value.items.insert(value.items.end(), items.begin(), items.end());
}

bool PickleMachine::step_container(uint8_t opcode) {
  switch (opcode) {
    case '(':  // MARK
      if (marks_.size() >= kMaxMarks) {
        refuse(fmt::format("marks are deeper than {}", kMaxMarks));
      }
      marks_.push_back(stack_.size());
      return true;
    case ')':  // EMPTY_TUPLE
      push_tuple(0);
      return true;
    case 0x85:  // TUPLE1
    case 0x86:  // TUPLE2
    case 0x87:  // TUPLE3
      push_tuple(opcode - 0x84u);
      return true;
    case 't': {  // TUPLE
      std::vector<PickleIndex> items = pop_to_mark();
      push({.kind = PickleKind::tuple, .items = std::move(items)});
      return true;
    }
    case ']':  // EMPTY_LIST
      push({.kind = PickleKind::list});
      return true;
    case '}':  // EMPTY_DICT
      push({.kind = PickleKind::dict});
      return true;
    case 'a':  // APPEND
      append(PickleKind::list, {pop()});
      return true;
    case 'e':  // APPENDS
      append(PickleKind::list, pop_to_mark());
      return true;
    case 's': {  // SETITEM
      const PickleIndex value = pop();
      append(PickleKind::dict, {pop(), value});
      return true;
    }
    case 'u':  // SETITEMS
      append(PickleKind::dict, pop_to_mark());
      return true;
    default:
      return false;
  }
}

const PickleValue& PickleMachine::item(const std::vector<PickleIndex>& items,
                                       size_t i, PickleKind kind) const {
  const PickleValue& value = values_[items[i]];
  if (value.kind != kind) {
    refuse(fmt::format("argument {} is {}, not {}", i + 1,
                       kind_name(value.kind), kind_name(kind)));
  }
  return value;
}

PickleIndex PickleMachine::run() {
  if (pickle_.size() > kMaxPickle) {
    refuse(fmt::format("{} bytes, at most {}", pickle_.size(), kMaxPickle));
  }
  if (number(1) != 0x80) refuse("is no pickle of protocol 2 or above");
  if (const uint64_t protocol = number(1); protocol < 2 || protocol > 5) {
    refuse(fmt::format("protocol {}, 2 to 5 are known", protocol));
  }
  while (true) {
    const auto opcode = static_cast<uint8_t>(number(1));
    if (opcode == '.') break;  // STOP
    if (!step_constant(opcode) && !step_memo(opcode) &&
        !step_container(opcode) && !step_object(opcode)) {
      --at_;
      refuse(fmt::format("opcode {:#04x} is none that tensors need", opcode));
    }
  }
  const PickleIndex result = pop();
  if (!stack_.empty() || !marks_.empty() || at_ != pickle_.size()) {
    refuse("something is left behind its end");
  }
  return result;
}

}  // namespace lethe
