// The part of the pickle language that describes data: constants, containers,
// memo. What it calls objects is up to who derives from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

enum class PickleKind : uint8_t {
  none,
  boolean,   // number
  integer,   // number
  text,      // text
  tuple,     // items
  list,      // items
  dict,      // items: key, value, key, value, ...
  type,      // number: which
  function,  // number: which
  storage,   // number: its type; text: its key; count: its elements
  tensor,    // number: which
};
// "a dict", "None", ...
const char* kind_name(PickleKind kind);

using PickleIndex = uint32_t;  // of a value

struct PickleValue {
  PickleKind kind = PickleKind::none;
  int64_t number = 0;
  int64_t count = 0;
  std::string_view text = {};  // inside the pickle, valid UTF-8
  std::vector<PickleIndex> items = {};
};

// Protocols 2 to 5. Values live in one vector and name each other by index, so
// neither depth nor cycles cost a call. Stack, marks, memo, number of values
// and length of texts are bounded; every error is an input error that begins
// with `where`.
class PickleMachine {
 public:
  PickleMachine(std::string_view pickle, const std::string& where)
      : pickle_(pickle), where_(where) {}

 protected:
  ~PickleMachine() = default;

  // Runs up to STOP, which must be the last byte, and gives the one value that
  // is left. `step_object` takes the opcodes that this class does not know.
  PickleIndex run();
  virtual bool step_object(uint8_t opcode) = 0;

  [[noreturn]] void refuse(const std::string& what) const;

  // The next bytes of the pickle, at most 8 as a little-endian number, up to
  // the end of the line.
  std::string_view take(uint64_t size);
  uint64_t number(size_t width);
  std::string_view line();

  // The stack. A mark opens another on top of it.
  void push(PickleValue value);
  void push_index(PickleIndex index);
  PickleIndex pop();
  PickleIndex top() const;
  // References end with the next push.
  const PickleValue& value(PickleIndex index) const { return values_[index]; }
  // The i-th of some values. Throws unless it is of this kind.
  const PickleValue& item(const std::vector<PickleIndex>& items, size_t i,
                          PickleKind kind) const;

 private:
  std::vector<PickleIndex> pop_to_mark();
  bool step_constant(uint8_t opcode);
  bool step_memo(uint8_t opcode);
  bool step_container(uint8_t opcode);
  void push_text(uint64_t size);
  void push_long(size_t width);
  void push_tuple(size_t size);
  void put(uint64_t index);
  void get(uint64_t index);
  void append(PickleKind kind, const std::vector<PickleIndex>& items);

  const std::string_view pickle_;
  const std::string& where_;
  size_t at_ = 0;
  std::vector<PickleValue> values_;
  std::vector<PickleIndex> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::vector<std::optional<PickleIndex>> memo_;
};

}  // namespace lethe
