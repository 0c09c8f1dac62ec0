// Methods of str.
#include <unicode/uchar.h>

#include <algorithm>

#include "harness/chat/builtins.h"
#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

Value texts(Meter& meter, std::vector<std::string> parts) {
  Values items;
  for (auto& part : parts) items.push_back(make_text(meter, std::move(part)));
  return make_list(meter, std::move(items));
}

// Parameter i, nullopt where it is missing or None.
std::optional<std::string> optional_text(const Input& in, size_t i) {
  if (!in.has(i) || in.given[i]->is_none()) return std::nullopt;
  return in.text(i, "");
}

template <bool left, bool right>
Value strip_method(Input& in) {
  return make_text(in.meter,
                   strip(in.self.text(), left, right, optional_text(in, 0)));
}

template <bool from_right>
Value split_method(Input& in) {
  const auto separator = optional_text(in, 0);
  if (separator && separator->empty()) in.meter.fail("empty separator");
  in.meter.items(in.self.text().size() / 2);
  return texts(in.meter,
               split(in.self.text(), separator, in.integer(1, -1), from_right));
}

Value lines_method(Input& in) {
  return texts(in.meter, split_lines(in.self.text(), in.flag(0)));
}

Value replace_method(Input& in) {
  const std::string from = in.text(0, "");
  const std::string to = in.text(1, "");
  const size_t most = in.self.text().size() / std::max<size_t>(from.size(), 1);
  if (to.size() && most > kMaxBytes / to.size()) in.meter.bytes(kMaxBytes);
  return make_text(in.meter,
                   replace_text(in.self.text(), from, to, in.integer(2, -1)));
}

// The searched part self[start:end].
std::string part(Input& in) {
  if (!in.has(1) && !in.has(2)) return in.self.text();
  return slice(in.meter, in.self,
               {in.get(1, Value()), in.get(2, Value()), Value()})
      .text();
}

Value count_method(Input& in) {
  const std::string text = part(in);
  const std::string wanted = in.text(0, "");
  if (wanted.empty()) return count_points(text) + 1;
  int64_t count = 0;
  for (size_t at = 0; (at = text.find(wanted, at)) != std::string::npos;
       at += wanted.size()) {
    ++count;
  }
  return count;
}

template <bool from_right, bool required>
Value find_method(Input& in) {
  if (in.has(1) || in.has(2)) {
    in.meter.fail("bounds of find() are not supported");
  }
  const std::string& text = in.self.text();
  const size_t at =
      from_right ? text.rfind(in.text(0, "")) : text.find(in.text(0, ""));
  if (at != std::string::npos) return count_points(text.substr(0, at));
  if (required) in.meter.fail("substring not found");
  return -1;
}

template <bool at_end>
Value starts_method(Input& in) {
  const std::string text = part(in);
  const auto fits = [&](const Value& affix) {
    if (!affix.is_text()) {
      refuse_undefined(in.meter, affix);
      in.meter.fail("startswith and endswith want a str, not " +
                    type_name(affix));
    }
    return at_end ? text.ends_with(affix.text())
                  : text.starts_with(affix.text());
  };
  if (!in.given[0]->is(SequenceKind::tuple)) return fits(*in.given[0]);
  for (const Value& affix : in.given[0]->sequence().items) {
    if (fits(affix)) return true;
  }
  return false;
}

Value join_method(Input& in) {
  std::string out;
  bool first = true;
  for (const Value& item : to_values(in.meter, *in.given[0])) {
    if (!item.is_text()) {
      in.meter.fail("sequence item: expected str instance, " + type_name(item) +
                    " found");
    }
    if (!first) out += in.self.text();
    out += item.text();
    in.meter.output(out.size());
    first = false;
  }
  return make_text(in.meter, std::move(out));
}

Value remove_prefix(Input& in) {
  const std::string affix = in.text(0, "");
  const std::string& text = in.self.text();
  return text.starts_with(affix) ? text.substr(affix.size()) : text;
}

Value remove_suffix(Input& in) {
  const std::string affix = in.text(0, "");
  const std::string& text = in.self.text();
  return text.ends_with(affix) ? text.substr(0, text.size() - affix.size())
                               : text;
}

template <std::string (*change)(const std::string&)>
Value changed(Input& in) {
  return make_text(in.meter, change(in.self.text()));
}

Value is_digit_method(Input& in) {
  const auto digit = [](char32_t c) {
    const auto type =
        u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE);
    return type == U_NT_DECIMAL || type == U_NT_DIGIT;
  };
  const std::u32string all = points(in.self.text());
  return !all.empty() && std::all_of(all.begin(), all.end(), digit);
}

Value format_method(Input& in) {
  return make_text(in.meter, format_braces(in.meter, in.self.text(), in.raw));
}

}  // namespace

const Builtins& text_methods() {
  static const Builtins methods = {
      {"strip", {"chars"}, 0, strip_method<true, true>},
      {"lstrip", {"chars"}, 0, strip_method<true, false>},
      {"rstrip", {"chars"}, 0, strip_method<false, true>},
      {"split", {"sep", "maxsplit"}, 0, split_method<false>},
      {"rsplit", {"sep", "maxsplit"}, 0, split_method<true>},
      {"splitlines", {"keepends"}, 0, lines_method},
      {"startswith", {"prefix", "start", "end"}, 1, starts_method<false>},
      {"endswith", {"suffix", "start", "end"}, 1, starts_method<true>},
      {"replace", {"old", "new", "count"}, 2, replace_method},
      {"upper", {}, 0, changed<upper>},
      {"lower", {}, 0, changed<lower>},
      {"title", {}, 0, changed<title>},
      {"capitalize", {}, 0, changed<capitalize>},
      {"swapcase", {}, 0, changed<swap_case>},
      {"join", {"iterable"}, 1, join_method},
      {"isdigit", {}, 0, is_digit_method},
      {"count", {"sub", "start", "end"}, 1, count_method},
      {"find", {"sub", "start", "end"}, 1, find_method<false, false>},
      {"rfind", {"sub", "start", "end"}, 1, find_method<true, false>},
      {"index", {"sub", "start", "end"}, 1, find_method<false, true>},
      {"rindex", {"sub", "start", "end"}, 1, find_method<true, true>},
      {"removeprefix", {"prefix"}, 1, remove_prefix},
      {"removesuffix", {"suffix"}, 1, remove_suffix},
      {"format", {"*"}, 0, format_method},
  };
  return methods;
}

}  // namespace lethe::chat
