// a[start:stop:step] as Python counts it.
#include <algorithm>

#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

struct Bounds {
  int64_t start, stop, step;
};

int64_t bound(Meter& meter, const Value& given, int64_t size, int64_t step,
              int64_t otherwise) {
  if (given.is_none()) return otherwise;
  if (!given.is_integer()) {
    refuse_undefined(meter, given);
    meter.fail("slice indices must be integers or None");
  }
  int64_t at = given.integer();
  if (at < 0) {
    at += size;
    return at < 0 ? (step < 0 ? -1 : 0) : at;
  }
  return at >= size ? (step < 0 ? size - 1 : size) : at;
}

Bounds resolve_bounds(Meter& meter, const Slice& given, int64_t size) {
  int64_t step = 1;
  if (!given.step.is_none()) {
    if (!given.step.is_integer()) {
      refuse_undefined(meter, given.step);
      meter.fail("slice indices must be integers or None");
    }
    step = given.step.integer();
    if (step == 0) meter.fail("slice step cannot be zero");
  }
  step = std::clamp(step, -(int64_t{1} << 40), int64_t{1} << 40);
  const bool back = step < 0;
  return {bound(meter, given.start, size, step, back ? size - 1 : 0),
          bound(meter, given.stop, size, step, back ? -1 : size), step};
}

// a + b c.
int64_t sum_of(Meter& meter, int64_t a, int64_t b, int64_t c) {
  int64_t product = 0, sum = 0;
  if (__builtin_mul_overflow(b, c, &product) ||
      __builtin_add_overflow(a, product, &sum)) {
    meter.fail("an integer grows beyond 64 bits");
  }
  return sum;
}

template <class Take>
void walk(const Bounds& b, Take take) {
  for (int64_t i = b.start; b.step > 0 ? i < b.stop : i > b.stop; i += b.step) {
    take(i);
  }
}

}  // namespace

Value slice(Meter& meter, const Value& a, const Slice& given) {
  if (a.is_text()) {
    const std::string& text = a.text();
    meter.step(1 + text.size() / 16);
    const bool plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
    if (plain) {
      std::string out;
      walk(resolve_bounds(meter, given, static_cast<int64_t>(text.size())),
           [&](int64_t i) { out += text[i]; });
      return make_text(meter, std::move(out));
    }
    const std::u32string all = points(text);
    std::u32string out;
    walk(resolve_bounds(meter, given, static_cast<int64_t>(all.size())),
         [&](int64_t i) { out += all[i]; });
    return make_text(meter, from_points(out));
  }
  if (!a.is_sequence() || a.is(SequenceKind::view)) {
    refuse_undefined(meter, a);
    meter.fail("'" + type_name(a) + "' object cannot be sliced");
  }
  const Sequence& all = a.sequence();
  const Bounds b =
      resolve_bounds(meter, given, static_cast<int64_t>(all.items.size()));
  if (all.kind == SequenceKind::range) {
    return make_range(meter, sum_of(meter, all.start, b.start, all.step),
                      sum_of(meter, all.start, b.stop, all.step),
                      sum_of(meter, 0, b.step, all.step));
  }
  Values items;
  walk(b, [&](int64_t i) { items.push_back(all.items[i]); });
  meter.step(items.size());
  return make_list(meter, std::move(items), all.kind);
}

}  // namespace lethe::chat
