// Values as Python prints them.
#include "harness/chat/loop.h"
#include "harness/chat/python_text.h"
#include "harness/chat/value.h"

namespace lethe::chat {
namespace {

std::string joined(Meter& meter, const Values& items) {
  std::string out;
  for (const Value& item : items) {
    if (!out.empty()) out += ", ";
    out += to_repr(meter, item);
    meter.output(out.size());
  }
  return out;
}

std::string repr_sequence(Meter& meter, const Sequence& sequence) {
  if (sequence.kind == SequenceKind::range) {
    std::string out =
        fmt::format("range({}, {}", sequence.start, sequence.stop);
    if (sequence.step != 1) out += fmt::format(", {}", sequence.step);
    return out + ")";
  }
  const std::string items = joined(meter, sequence.items);
  if (sequence.kind == SequenceKind::view) {
    return sequence.view_name + "([" + items + "])";
  }
  if (sequence.kind == SequenceKind::list) return "[" + items + "]";
  return "(" + items + (sequence.items.size() == 1 ? ",)" : ")");
}

std::string repr_dict(Meter& meter, const Dict& dict) {
  std::string out = "{";
  for (const auto& [key, value] : dict.items) {
    if (out.size() > 1) out += ", ";
    out += to_repr(meter, key) + ": " + to_repr(meter, value);
    meter.output(out.size());
  }
  return out + "}";
}

}  // namespace

std::string to_repr(Meter& meter, const Value& value) {
  meter.step();
  if (value.is_undefined()) return "Undefined";
  if (value.is_none()) return "None";
  if (value.is_bool()) return value.boolean() ? "True" : "False";
  if (value.is_integer()) return std::to_string(value.integer());
  if (value.is_real()) return repr(value.real());
  std::string out;
  if (value.is_text()) {
    meter.bytes(value.text().size());
    out = repr(value.text());
  } else if (value.is_sequence()) {
    out = repr_sequence(meter, value.sequence());
  } else if (value.is_dict()) {
    out = repr_dict(meter, value.dict());
  } else if (value.is_loop()) {
    const auto& loop = value.loop();
    const Value count = loop->attribute(meter, "length", loop);
    out = fmt::format("<LoopContext {}/{}>", loop->index0 + 1, count.integer());
  } else {
    // The peer shows a memory address.
    meter.fail("printing a " + type_name(value) + " is not supported");
  }
  meter.bytes(out.size());
  return out;
}

std::string to_text(Meter& meter, const Value& value) {
  if (value.is_text()) {
    meter.step(1 + value.text().size() / 64);
    return value.text();
  }
  if (value.is_undefined()) return "";
  return to_repr(meter, value);
}

}  // namespace lethe::chat
