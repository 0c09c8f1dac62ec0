#include "harness/chat/loop.h"

#include "harness/chat/operators.h"

namespace lethe::chat {

bool Loop::next(Meter& meter) {
  if (!peek(meter)) return false;
  previous = std::move(current);
  current = std::move(ahead.front());
  ahead.pop_front();
  ++index0;
  return true;
}

bool Loop::peek(Meter& meter) {
  if (!ahead.empty()) return true;
  Value value;
  if (!values->next(meter, &value)) return false;
  ahead.push_back(std::move(value));
  return true;
}

int64_t Loop::count(Meter& meter) {
  if (!sized.is_none()) return length(meter, sized);
  Value value;
  while (values->next(meter, &value)) {
    meter.items(1);
    ahead.push_back(std::move(value));
  }
  return index0 + 1 + static_cast<int64_t>(ahead.size());
}

Value Loop::attribute(Meter& meter, const std::string& name,
                      const Shared<Loop>& self) {
  if (name == "index") return index0 + 1;
  if (name == "index0") return index0;
  if (name == "first") return index0 == 0;
  if (name == "last") return !peek(meter);
  if (name == "length") return count(meter);
  if (name == "revindex") return count(meter) - index0;
  if (name == "revindex0") return count(meter) - index0 - 1;
  if (name == "depth") return depth0 + 1;
  if (name == "depth0") return depth0;
  if (name == "previtem") {
    if (index0 == 0) return Value::undefined("there is no previous item");
    return previous;
  }
  if (name == "nextitem") {
    if (!peek(meter)) return Value::undefined("there is no next item");
    return ahead.front();
  }
  if (name == "cycle") {
    return make_callable(name, [self](Meter& m, const Arguments& given) {
      if (given.positional.empty()) m.fail("no items for cycling given");
      const auto size = static_cast<int64_t>(given.positional.size());
      return given.positional[self->index0 % size];
    });
  }
  if (name == "changed") {
    return make_callable(name, [self](Meter& m, const Arguments& given) {
      const Values before = std::move(self->changed);
      self->changed = given.positional;
      const bool same =
          self->has_changed && equal_values(m, before, self->changed);
      self->has_changed = true;
      return Value(!same);
    });
  }
  return Value::undefined("'loop' has no attribute '" + name + "'");
}

}  // namespace lethe::chat
