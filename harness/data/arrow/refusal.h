// How the parts of the module say that a file cannot be read.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <string>
#include <utility>

namespace lethe {

struct Refusal {
  std::string what, cure;
};

[[noreturn]] inline void refuse(std::string what, std::string cure) {
  throw Refusal{std::move(what), std::move(cure)};
}

// For what the library says of a file; some of it ends in a new line.
[[noreturn]] inline void refuse_damaged(std::string message) {
  while (!message.empty() && message.back() == '\n') message.pop_back();
  refuse("cannot be read: " + message,
         "the file is damaged or cut off: get it again");
}

// For more than most_bytes() of the file's size, a bound that keeps a small
// file from filling the memory.
[[noreturn]] inline void refuse_too_long() {
  refuse(
      "holds more text than a file of its size may: 64 MiB and 1,100 bytes for "
      "each of its own, at most 4 GiB",
      "write it as JSON Lines");
}

inline void check(const arrow::Status& status) {
  if (status.ok()) return;
  if (status.IsOutOfMemory()) {
    refuse("needs more memory than a file of its size may: " + status.message(),
           "get it again, or write it in smaller row groups");
  }
  refuse_damaged(status.message());
}

template <class Value>
Value checked(arrow::Result<Value> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

}  // namespace lethe
