// Filters of lists and dicts.
#include <algorithm>

#include "harness/chat/operators.h"
#include "harness/chat/pick.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

Value list_filter(Input& in) {
  return make_list(in.meter, to_values(in.meter, in.self));
}

Value first(Input& in) {
  Value item;
  if (iterate(in.meter, in.self)->next(in.meter, &item)) return item;
  return Value::undefined("No first item, sequence was empty.");
}

void require_reversible(Input& in) {
  const Value& v = in.self;
  if (!v.is_text() && !v.is_sequence() && !v.is_dict() && !v.is_undefined()) {
    refuse_undefined(in.meter, v);
    in.meter.fail("'" + type_name(v) + "' object is not reversible");
  }
}

Value last(Input& in) {
  require_reversible(in);
  const Values items = to_values(in.meter, in.self);
  if (!items.empty()) return items.back();
  return Value::undefined("No last item, sequence was empty.");
}

Value reverse(Input& in) {
  if (in.self.is_text()) {
    return slice(in.meter, in.self, {Value(), Value(), Value(-1)});
  }
  Values items = to_values(in.meter, in.self);
  std::reverse(items.begin(), items.end());
  if (in.self.is_generator()) return make_list(in.meter, std::move(items));
  return make_generator(in.meter, std::move(items));
}

// Sorts by keys; stable, also from high to low, as Python's sort.
Values sorted(Meter& meter, std::vector<Pair> keyed, bool descending) {
  const auto before = [&](const Pair& a, const Pair& b) {
    return descending ? less(meter, b.first, a.first)
                      : less(meter, a.first, b.first);
  };
  std::stable_sort(keyed.begin(), keyed.end(), before);
  Values items;
  for (auto& pair : keyed) items.push_back(std::move(pair.second));
  return items;
}

Value sort(Input& in) {
  std::vector<Pair> keyed;
  for (Value& item : to_values(in.meter, in.self)) {
    Values parts;
    const Value attribute = in.get(2, Value());
    if (attribute.is_text()) {
      for (const auto& part : split(attribute.text(), ",", -1, false)) {
        parts.push_back(sort_key(in.meter, item, Value(part), in.flag(1)));
      }
    } else {
      parts.push_back(sort_key(in.meter, item, attribute, in.flag(1)));
    }
    Value key =
        parts.size() == 1 ? parts[0] : make_list(in.meter, std::move(parts));
    keyed.emplace_back(std::move(key), std::move(item));
  }
  return make_list(in.meter, sorted(in.meter, std::move(keyed), in.flag(0)));
}

Value unique(Input& in) {
  Values kept, seen;
  for (Value& item : to_values(in.meter, in.self)) {
    const Value key = sort_key(in.meter, item, in.get(1, Value()), in.flag(0));
    if (key.is_dict() || key.is(SequenceKind::list)) {
      in.meter.fail("unhashable type: '" + type_name(key) + "'");
    }
    const bool known = std::any_of(
        seen.begin(), seen.end(),
        [&](const Value& held) { return equal(in.meter, held, key); });
    if (known) continue;
    seen.push_back(key);
    kept.push_back(std::move(item));
  }
  return make_generator(in.meter, std::move(kept));
}

template <bool largest>
Value extreme(Input& in) {
  const Values items = to_values(in.meter, in.self);
  if (items.empty()) {
    return Value::undefined("No aggregated item, sequence was empty.");
  }
  const auto key = [&](const Value& item) {
    return sort_key(in.meter, item, in.get(1, Value()), in.flag(0));
  };
  size_t best = 0;
  for (size_t i = 1; i < items.size(); ++i) {
    const Value a = key(items[i]), b = key(items[best]);
    if (largest ? less(in.meter, b, a) : less(in.meter, a, b)) best = i;
  }
  return items[best];
}

Value sum(Input& in) {
  Value total = in.get(1, Value(0));
  for (const Value& item : to_values(in.meter, in.self)) {
    total = binary(in.meter, Binary::add, total,
                   by_path(in.meter, item, in.get(0, Value())));
  }
  return total;
}

Value pair_of(Meter& meter, const Pair& pair) {
  return make_list(meter, {pair.first, pair.second}, SequenceKind::tuple);
}

Value items(Input& in) {
  if (!in.self.is_dict() && !in.self.is_undefined()) {
    in.meter.fail("Can only get item pairs from a mapping.");
  }
  Values pairs;
  if (in.self.is_dict()) {
    for (const auto& pair : in.self.dict().items) {
      pairs.push_back(pair_of(in.meter, pair));
    }
  }
  return make_generator(in.meter, std::move(pairs));
}

Value dictsort(Input& in) {
  const std::string by = in.text(1, "key");
  if (by != "key" && by != "value") {
    in.meter.fail("You can only sort by either \"key\" or \"value\"");
  }
  if (!in.self.is_dict()) {
    refuse_undefined(in.meter, in.self);
    in.meter.fail("dictsort wants a dict, not " + type_name(in.self));
  }
  std::vector<Pair> keyed;
  for (const auto& pair : in.self.dict().items) {
    keyed.emplace_back(
        sort_key(in.meter, by == "key" ? pair.first : pair.second, Value(),
                 in.flag(0)),
        pair_of(in.meter, pair));
  }
  return make_list(in.meter, sorted(in.meter, std::move(keyed), in.flag(2)));
}

Value batch(Input& in) {
  const int64_t size = in.integer(0, 1);
  if (size < 1 || size > kMaxRange) in.meter.fail("batch wants a size from 1");
  Values batches, row;
  for (Value& item : to_values(in.meter, in.self)) {
    if (static_cast<int64_t>(row.size()) == size) {
      batches.push_back(make_list(in.meter, std::move(row)));
      row.clear();
    }
    row.push_back(std::move(item));
  }
  if (!row.empty()) {
    if (in.has(1) && !in.given[1]->is_none()) row.resize(size, *in.given[1]);
    batches.push_back(make_list(in.meter, std::move(row)));
  }
  return make_generator(in.meter, std::move(batches));
}

}  // namespace

const Builtins& list_filters() {
  static const Builtins filters = {
      {"list", {}, 0, list_filter},
      {"first", {}, 0, first},
      {"last", {}, 0, last},
      {"reverse", {}, 0, reverse},
      {"sort", {"reverse", "case_sensitive", "attribute"}, 0, sort},
      {"unique", {"case_sensitive", "attribute"}, 0, unique},
      {"min", {"case_sensitive", "attribute"}, 0, extreme<false>},
      {"max", {"case_sensitive", "attribute"}, 0, extreme<true>},
      {"sum", {"attribute", "start"}, 0, sum},
      {"items", {}, 0, items},
      {"dictsort", {"case_sensitive", "by", "reverse"}, 0, dictsort},
      {"batch", {"linecount", "fill_with"}, 1, batch},
  };
  return filters;
}

}  // namespace lethe::chat
