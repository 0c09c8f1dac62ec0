// The `loop` variable of a for block.
#pragma once

#include <deque>
#include <string>

#include "harness/chat/value.h"

namespace lethe::chat {

// Reads its values one by one, and ahead only where a template asks for what
// follows, as jinja2 does.
struct Loop {
  Loop(const Value& iterable, Shared<Generator> values, int depth)
      : values(std::move(values)), depth0(depth) {
    if (iterable.is_sequence() || iterable.is_dict() || iterable.is_text()) {
      sized = iterable;
    }
  }

  // Moves on; false at the end.
  bool next(Meter& meter);
  // loop.NAME; undefined if there is no such thing.
  Value attribute(Meter& meter, const std::string& name,
                  const Shared<Loop>& self);

  Shared<Generator> values;
  Value sized;  // what len() can be asked of, else None
  std::deque<Value> ahead;
  Value current, previous;
  Values changed;
  bool has_changed = false;
  int64_t index0 = -1;
  int depth0;

 private:
  bool peek(Meter& meter);
  int64_t count(Meter& meter);
};

}  // namespace lethe::chat
