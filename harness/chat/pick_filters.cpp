// map, select, reject and their kin: lazy, as jinja2's are.
#include "harness/chat/pick.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {

Value by_path(Meter& meter, const Value& item, const Value& attribute) {
  if (attribute.is_none()) return item;
  if (!attribute.is_text()) return get_item(meter, item, attribute);
  Value held = item;
  for (const auto& part : split(attribute.text(), ".", -1, false)) {
    const bool index = !part.empty() && part.size() < 10 &&
                       part.find_first_not_of("0123456789") == part.npos;
    held = get_item(meter, held,
                    index ? Value(int64_t{std::stol(part)}) : Value(part));
  }
  return held;
}

Value sort_key(Meter& meter, const Value& item, const Value& attribute,
               bool case_sensitive) {
  Value key = by_path(meter, item, attribute);
  if (case_sensitive || !key.is_text()) return key;
  return make_text(meter, lower(key.text()));
}

namespace {

Arguments rest_of(const Arguments& given, size_t skip) {
  Arguments rest;
  rest.positional.assign(given.positional.begin() + skip,
                         given.positional.end());
  rest.named = given.named;
  return rest;
}

Value map_filter(Input& in) {
  const auto source = iterate(in.meter, in.self);
  const int depth = source->depth;
  if (in.raw.positional.empty()) {
    Value attribute, otherwise;
    bool has_attribute = false, has_default = false;
    for (const auto& [name, value] : in.raw.named) {
      if (name == "attribute") {
        attribute = value;
        has_attribute = true;
      } else if (name == "default") {
        otherwise = value;
        has_default = !value.is_none();
      } else {
        in.meter.fail("Unexpected keyword argument '" + name + "'");
      }
    }
    if (!has_attribute) in.meter.fail("map requires a filter argument");
    return make_generator(in.meter, depth, [=](Meter& meter, Value* out) {
      const Level level(meter);
      if (!source->next(meter, out)) return false;
      *out = by_path(meter, *out, attribute);
      if (has_default && out->is_undefined()) *out = otherwise;
      return true;
    });
  }
  if (!in.raw.positional[0].is_text()) in.meter.fail("map wants a filter name");
  const std::string name = in.raw.positional[0].text();
  const Arguments rest = rest_of(in.raw, 1);
  return make_generator(in.meter, depth, [=](Meter& meter, Value* out) {
    const Level level(meter);
    if (!source->next(meter, out)) return false;
    *out = run_filter(meter, name, *out, rest);
    return true;
  });
}

template <bool attribute_first, bool wanted>
Value select_filter(Input& in) {
  const auto source = iterate(in.meter, in.self);
  constexpr size_t first = attribute_first ? 1 : 0;
  const auto& given = in.raw.positional;
  if (given.size() < first)
    in.meter.fail("Missing parameter for attribute name");
  Value attribute;
  if (attribute_first) attribute = given[0];
  std::string test;
  if (given.size() > first) {
    if (!given[first].is_text()) in.meter.fail("select wants a test name");
    test = given[first].text();
  }
  const Arguments rest = rest_of(in.raw, std::min(given.size(), first + 1));
  return make_generator(in.meter, source->depth, [=](Meter& m, Value* out) {
    const Level level(m);
    while (source->next(m, out)) {
      m.step();
      const Value subject = by_path(m, *out, attribute);
      const bool fits =
          test.empty() ? truth(subject) : run_test(m, test, subject, rest);
      if (fits == wanted) return true;
    }
    return false;
  });
}

}  // namespace

const Builtins& pick_filters() {
  static const Builtins filters = {
      {"map", {"*"}, 0, map_filter},
      {"select", {"*"}, 0, select_filter<false, true>},
      {"reject", {"*"}, 0, select_filter<false, false>},
      {"selectattr", {"*"}, 0, select_filter<true, true>},
      {"rejectattr", {"*"}, 0, select_filter<true, false>},
  };
  return filters;
}

}  // namespace lethe::chat
