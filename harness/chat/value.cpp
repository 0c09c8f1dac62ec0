#include "harness/chat/value.h"

#include <algorithm>

#include "harness/chat/loop.h"
#include "harness/chat/operators.h"
#include "harness/text/utf8.h"

namespace lethe::chat {
namespace {

int nested(Meter& meter, int inner) {
  if (inner + 1 > kMaxValueDepth) {
    meter.fail(fmt::format("lists are nested deeper than {}", kMaxValueDepth));
  }
  return inner + 1;
}

int deepest(const Values& items) {
  int depth = 0;
  for (const Value& item : items) depth = std::max(depth, depth_of(item));
  return depth;
}

void require_hashable(Meter& meter, const Value& key) {
  if (key.is(SequenceKind::list) || key.is_dict()) {
    meter.fail("unhashable type: '" + type_name(key) + "'");
  }
}

Shared<Generator> over_text(const Value& value) {
  auto generator = std::make_shared<Generator>();
  generator->next = [value, at = size_t{0}](Meter& meter, Value* out) mutable {
    const std::string& text = value.text();
    if (at >= text.size()) return false;
    meter.step();
    const size_t size = code_point_at(text.data() + at).size;
    *out = make_text(meter, text.substr(at, size));
    at += size;
    return true;
  };
  return generator;
}

Shared<Generator> over_items(const Value& value) {
  auto generator = std::make_shared<Generator>();
  generator->depth = depth_of(value);
  generator->next = [value, at = size_t{0}](Meter& meter, Value* out) mutable {
    meter.step();
    const bool dict = value.is_dict();
    const size_t size =
        dict ? value.dict().items.size() : value.sequence().items.size();
    if (at >= size) return false;
    *out = dict ? value.dict().items[at].first : value.sequence().items[at];
    ++at;
    return true;
  };
  return generator;
}

}  // namespace

Value make_list(Meter& meter, Values items, SequenceKind kind) {
  meter.items(items.size() + 1);
  Sequence sequence;
  sequence.kind = kind;
  sequence.depth = nested(meter, deepest(items));
  sequence.items = std::move(items);
  return Value(std::make_shared<const Sequence>(std::move(sequence)));
}

Value make_view(Meter& meter, Values items, const std::string& name) {
  meter.items(items.size() + 1);
  Sequence sequence;
  sequence.kind = SequenceKind::view;
  sequence.depth = nested(meter, deepest(items));
  sequence.items = std::move(items);
  sequence.view_name = name;
  return Value(std::make_shared<const Sequence>(std::move(sequence)));
}

Value make_range(Meter& meter, int64_t start, int64_t stop, int64_t step) {
  if (step == 0) meter.fail("range() arg 3 must not be zero");
  Sequence range;
  range.kind = SequenceKind::range;
  range.start = start;
  range.stop = stop;
  range.step = step;
  const auto wide = [](int64_t value) { return static_cast<__int128>(value); };
  const __int128 span = step > 0 ? wide(stop) - start : wide(start) - stop;
  const __int128 by = step > 0 ? wide(step) : -wide(step);
  const __int128 count = span <= 0 ? 0 : (span + by - 1) / by;
  if (count > kMaxRange) {
    meter.fail(
        fmt::format("Range too big. The sandbox blocks ranges larger "
                    "than MAX_RANGE={}.",
                    kMaxRange));
  }
  meter.items(static_cast<size_t>(count) + 1);
  for (int64_t i = 0; i < count; ++i) {
    range.items.push_back(static_cast<int64_t>(start + wide(i) * step));
  }
  return Value(std::make_shared<const Sequence>(std::move(range)));
}

Value make_dict(Meter& meter, std::vector<Pair> items) {
  meter.items(2 * items.size() + 1);
  Dict dict;
  for (const auto& [key, value] : items) {
    dict.depth = std::max({dict.depth, depth_of(key) + 1, depth_of(value) + 1});
  }
  nested(meter, dict.depth - 1);
  dict.items = std::move(items);
  return Value(std::make_shared<const Dict>(std::move(dict)));
}

Value make_generator(Meter& meter, int depth,
                     std::function<bool(Meter&, Value*)> next) {
  auto generator = std::make_shared<Generator>();
  generator->depth = nested(meter, depth);
  generator->next = std::move(next);
  return Value(generator);
}

Value make_generator(Meter& meter, Values items) {
  return Value(iterate(meter, make_list(meter, std::move(items))));
}

Value make_text(Meter& meter, std::string text) {
  meter.bytes(text.size());
  return Value(std::move(text));
}

Value make_callable(std::string name,
                    std::function<Value(Meter&, const Arguments&)> call) {
  return Value(std::make_shared<const Callable>(
      Callable{std::move(name), std::move(call)}));
}

Value from_json(Meter& meter, const OrderedJson& json, int depth) {
  if (depth >= kMaxValueDepth) meter.fail("the chat is nested too deeply");
  switch (json.type()) {
    case OrderedJson::value_t::boolean:
      return json.get<bool>();
    case OrderedJson::value_t::number_integer:
      return json.get<int64_t>();
    case OrderedJson::value_t::number_unsigned:
      if (json.get<uint64_t>() > INT64_MAX) {
        meter.fail("a number has more than 64 bits");
      }
      return json.get<int64_t>();
    case OrderedJson::value_t::number_float:
      return json.get<double>();
    case OrderedJson::value_t::string: {
      const auto& text = json.get_ref<const std::string&>();
      return make_text(meter, valid_utf8(text) ? text : repaired_utf8(text));
    }
    case OrderedJson::value_t::array: {
      Values items;
      for (const auto& item : json) {
        items.push_back(from_json(meter, item, depth + 1));
      }
      return make_list(meter, std::move(items));
    }
    case OrderedJson::value_t::object: {
      std::vector<Pair> items;
      for (const auto& [key, value] : json.items()) {
        items.emplace_back(make_text(meter, repaired_utf8(key)),
                           from_json(meter, value, depth + 1));
      }
      return make_dict(meter, std::move(items));
    }
    default:
      return Value();
  }
}

int depth_of(const Value& value) {
  if (value.is_sequence()) return value.sequence().depth;
  if (value.is_dict()) return value.dict().depth;
  if (value.is_generator()) return value.generator().depth;
  return 0;
}

std::string type_name(const Value& value) {
  if (value.is_undefined()) return "Undefined";
  if (value.is_none()) return "NoneType";
  if (value.is_bool()) return "bool";
  if (value.is_integer()) return "int";
  if (value.is_real()) return "float";
  if (value.is_text()) return "str";
  if (value.is_dict()) return "dict";
  if (value.is_generator()) return "generator";
  if (value.is_namespace()) return "Namespace";
  if (value.is_loop()) return "LoopContext";
  if (!value.is_sequence()) return "function";
  switch (value.sequence().kind) {
    case SequenceKind::list:
      return "list";
    case SequenceKind::tuple:
      return "tuple";
    case SequenceKind::range:
      return "range";
    default:
      return value.sequence().view_name;
  }
}

bool truth(const Value& value) {
  if (value.is_none() || value.is_undefined()) return false;
  if (value.is_integer()) return value.integer() != 0;
  if (value.is_real()) return value.real() != 0;
  if (value.is_text()) return !value.text().empty();
  if (value.is_sequence()) return !value.sequence().items.empty();
  if (value.is_dict()) return !value.dict().items.empty();
  return true;
}

const Value* find(Meter& meter, const Dict& dict, const Value& key) {
  require_hashable(meter, key);
  meter.step(1 + dict.items.size() / 8);
  for (const auto& [name, value] : dict.items) {
    if (equal(meter, name, key)) return &value;
  }
  return nullptr;
}

void insert(Meter& meter, std::vector<Pair>* items, const Value& key,
            Value value) {
  require_hashable(meter, key);
  meter.step(1 + items->size() / 8);
  for (auto& [name, held] : *items) {
    if (equal(meter, name, key)) {
      held = std::move(value);
      return;
    }
  }
  items->emplace_back(key, std::move(value));
}

void refuse_undefined(Meter& meter, const Value& value) {
  if (value.is_undefined()) meter.fail(value.undefined().message);
}

bool is_iterable(const Value& value) {
  return value.is_text() || value.is_sequence() || value.is_dict() ||
         value.is_generator() || value.is_undefined() || value.is_loop();
}

Shared<Generator> iterate(Meter& meter, const Value& value) {
  if (value.is_generator()) {
    return std::get<Shared<Generator>>(value.variant());
  }
  if (value.is_text()) return over_text(value);
  if (value.is_sequence() || value.is_dict()) return over_items(value);
  if (value.is_undefined()) {
    auto empty = std::make_shared<Generator>();
    empty->next = [](Meter&, Value*) { return false; };
    return empty;
  }
  meter.fail("'" + type_name(value) + "' object is not iterable");
}

Values to_values(Meter& meter, const Value& value) {
  if (value.is_sequence()) {
    meter.step(value.sequence().items.size());
    return value.sequence().items;
  }
  const auto all = iterate(meter, value);
  Values items;
  Value item;
  while (all->next(meter, &item)) {
    meter.items(1);
    items.push_back(std::move(item));
  }
  return items;
}

int64_t length(Meter& meter, const Value& value) {
  if (value.is_text()) {
    meter.step(1 + value.text().size() / 64);
    int64_t count = 0;
    for (const char c : value.text()) {
      count += (static_cast<uint8_t>(c) & 0xC0) != 0x80;
    }
    return count;
  }
  if (value.is_sequence()) {
    return static_cast<int64_t>(value.sequence().items.size());
  }
  if (value.is_dict()) return static_cast<int64_t>(value.dict().items.size());
  if (value.is_undefined()) return 0;
  if (value.is_loop()) {
    return value.loop()->attribute(meter, "length", value.loop()).integer();
  }
  meter.fail("object of type '" + type_name(value) + "' has no len()");
}

}  // namespace lethe::chat
