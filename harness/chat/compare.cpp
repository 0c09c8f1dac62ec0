// Equality, order and membership.
#include <algorithm>

#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

bool equal_numbers(const Value& a, const Value& b) {
  if (a.is_integer() && b.is_integer()) return a.integer() == b.integer();
  if (a.is_real() && b.is_real()) return a.real() == b.real();
  // An integer beyond 2^53 may have no equal float.
  const long double left = a.is_integer() ? a.integer() : a.real();
  const long double right = b.is_integer() ? b.integer() : b.real();
  return left == right;
}

bool equal_dicts(Meter& meter, const Dict& a, const Dict& b) {
  if (a.items.size() != b.items.size()) return false;
  return std::all_of(a.items.begin(), a.items.end(), [&](const Pair& pair) {
    const Value* other = find(meter, b, pair.first);
    return other && equal(meter, pair.second, *other);
  });
}

bool equal_views(Meter& meter, const Value& a, const Value& b) {
  if (a.sequence().view_name == "dict_values" ||
      b.sequence().view_name == "dict_values") {
    return a.variant() == b.variant();
  }
  const Values& items = a.sequence().items;
  return items.size() == b.sequence().items.size() &&
         std::all_of(items.begin(), items.end(), [&](const Value& item) {
           return contains(meter, b, item);
         });
}

bool comparable_lists(const Value& a, const Value& b) {
  return (a.is(SequenceKind::list) && b.is(SequenceKind::list)) ||
         (a.is(SequenceKind::tuple) && b.is(SequenceKind::tuple));
}

}  // namespace

bool equal_values(Meter& meter, const Values& a, const Values& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!equal(meter, a[i], b[i])) return false;
  }
  return true;
}

bool equal(Meter& meter, const Value& a, const Value& b) {
  meter.step();
  if (a.is_number() && b.is_number()) return equal_numbers(a, b);
  if (a.is_text() && b.is_text()) {
    if (a.text().size() != b.text().size()) return false;
    meter.step(a.text().size() / 64);
    return a.text() == b.text();
  }
  if (a.is_dict() && b.is_dict()) return equal_dicts(meter, a.dict(), b.dict());
  if (a.is_sequence() && b.is_sequence()) {
    if (a.sequence().kind != b.sequence().kind) return false;
    if (a.is(SequenceKind::view)) return equal_views(meter, a, b);
    return equal_values(meter, a.sequence().items, b.sequence().items);
  }
  if (a.is_undefined() && b.is_undefined()) return true;
  return a.variant() == b.variant();  // none, or the very same object
}

bool less(Meter& meter, const Value& a, const Value& b) {
  meter.step();
  if (a.is_number() && b.is_number()) {
    if (a.is_integer() && b.is_integer()) return a.integer() < b.integer();
    return a.real() < b.real();
  }
  // UTF-8 sorts as its code points do.
  if (a.is_text() && b.is_text()) {
    meter.step(std::min(a.text().size(), b.text().size()) / 64);
    return a.text() < b.text();
  }
  if (comparable_lists(a, b)) {
    const Values& left = a.sequence().items;
    const Values& right = b.sequence().items;
    for (size_t i = 0; i < left.size() && i < right.size(); ++i) {
      if (!equal(meter, left[i], right[i])) {
        return less(meter, left[i], right[i]);
      }
    }
    return left.size() < right.size();
  }
  refuse_undefined(meter, a);
  refuse_undefined(meter, b);
  meter.fail(fmt::format("'<' not supported between instances of '{}' and '{}'",
                         type_name(a), type_name(b)));
}

bool contains(Meter& meter, const Value& container, const Value& item) {
  if (container.is_text()) {
    if (!item.is_text()) {
      refuse_undefined(meter, item);
      meter.fail("'in <string>' requires string as left operand, not " +
                 type_name(item));
    }
    meter.step(1 + search_steps(container.text().size(), item.text().size()));
    return container.text().find(item.text()) != std::string::npos;
  }
  if (container.is_dict()) return find(meter, container.dict(), item);
  if (!is_iterable(container)) {
    meter.fail("argument of type '" + type_name(container) +
               "' is not iterable");
  }
  const auto all = iterate(meter, container);
  Value held;
  while (all->next(meter, &held)) {
    if (equal(meter, held, item)) return true;
  }
  return false;
}

}  // namespace lethe::chat
