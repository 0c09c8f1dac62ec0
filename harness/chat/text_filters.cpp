// Filters that make text.
#include "harness/chat/builtins.h"
#include "harness/chat/operators.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

std::string self_text(Input& in) { return to_text(in.meter, in.self); }

template <std::string (*change)(const std::string&)>
Value changed(Input& in) {
  return make_text(in.meter, change(self_text(in)));
}

Value trim(Input& in) {
  std::optional<std::string> chars;
  if (in.has(0) && !in.given[0]->is_none()) chars = in.text(0, "");
  return make_text(in.meter, strip(self_text(in), true, true, chars));
}

// jinja2's own: words begin after white space, - and brackets.
Value title_filter(Input& in) {
  std::string out, word;
  const auto flush = [&] {
    if (word.empty()) return;
    const std::u32string all = points(word);
    out += upper(from_points({all.data(), 1})) +
           lower(from_points({all.data() + 1, all.size() - 1}));
    word.clear();
  };
  bool inside = true;  // a word, not the marks between words
  for (const char32_t c : points(self_text(in))) {
    const bool mark =
        is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
    if (mark == inside) flush();
    inside = !mark;
    word += from_points({&c, 1});
  }
  flush();
  return make_text(in.meter, std::move(out));
}

Value escape(Input& in) {
  std::string out;
  for (const char c : self_text(in)) {
    out += c == '&'    ? "&amp;"
           : c == '<'  ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '\'' ? "&#39;"
           : c == '"'  ? "&#34;"
                       : std::string(1, c);
  }
  return make_text(in.meter, std::move(out));
}

Value string_filter(Input& in) { return make_text(in.meter, self_text(in)); }

Value replace_filter(Input& in) {
  const std::string from = to_text(in.meter, *in.given[0]);
  const std::string to = to_text(in.meter, *in.given[1]);
  const std::string text = self_text(in);
  const size_t most = text.size() / std::max<size_t>(from.size(), 1) + 1;
  if (to.size() && most > kMaxBytes / to.size()) in.meter.bytes(kMaxBytes);
  const bool all = !in.has(2) || in.given[2]->is_none();
  return make_text(in.meter,
                   replace_text(text, from, to, all ? -1 : in.integer(2, -1)));
}

Value join(Input& in) {
  const std::string separator =
      in.has(0) ? to_text(in.meter, *in.given[0]) : "";
  std::string out;
  bool first = true;
  for (const Value& item : to_values(in.meter, in.self)) {
    if (!first) out += separator;
    first = false;
    if (in.has(1) && !in.given[1]->is_none()) {
      const Values picked = to_values(
          in.meter, run_filter(in.meter, "map", make_list(in.meter, {item}),
                               {{}, {{"attribute", *in.given[1]}}}));
      out += to_text(in.meter, picked[0]);
    } else {
      out += to_text(in.meter, item);
    }
    in.meter.output(out.size());
  }
  return make_text(in.meter, std::move(out));
}

Value indent(Input& in) {
  std::string width(4, ' ');
  if (in.has(0)) {
    const int64_t count =
        in.given[0]->is_text() ? 0 : std::max<int64_t>(in.integer(0, 4), 0);
    in.meter.bytes(static_cast<size_t>(count));
    width =
        in.given[0]->is_text() ? in.given[0]->text() : std::string(count, ' ');
  }
  if (!in.self.is_text()) in.meter.fail("indent wants a text");
  const bool blank = in.flag(2);
  auto lines = split_lines(in.self.text() + "\n", false);
  std::string out = in.flag(1) ? width : "";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += "\n";
    if (i > 0 && (blank || !lines[i].empty())) out += width;
    out += lines[i];
    in.meter.output(out.size());
  }
  return make_text(in.meter, std::move(out));
}

Value format_filter(Input& in) {
  if (!in.raw.named.empty()) {
    in.meter.fail("named arguments of format are not supported");
  }
  return make_text(in.meter,
                   format_percent(in.meter, self_text(in),
                                  make_list(in.meter, in.raw.positional,
                                            SequenceKind::tuple)));
}

Value tojson(Input& in) {
  JsonStyle style;
  style.ascii = in.flag(0);
  style.sort = in.flag(3);
  if (in.has(1) && !in.given[1]->is_none()) {
    style.comma = ",";
    if (in.given[1]->is_text()) {
      style.indent = in.given[1]->text();
    } else {
      const int64_t width = std::max<int64_t>(in.integer(1, 0), 0);
      in.meter.bytes(static_cast<size_t>(width));
      style.indent = std::string(width, ' ');
    }
  }
  if (in.has(2) && !in.given[2]->is_none()) {
    const Values pair = to_values(in.meter, *in.given[2]);
    if (pair.size() != 2 || !pair[0].is_text() || !pair[1].is_text()) {
      in.meter.fail("separators of tojson are two texts");
    }
    style.comma = pair[0].text();
    style.colon = pair[1].text();
  }
  return make_text(in.meter, to_json(in.meter, in.self, style));
}

}  // namespace

const Builtins& text_filters() {
  static const Builtins filters = {
      {"trim", {"chars"}, 0, trim},
      {"upper", {}, 0, changed<upper>},
      {"lower", {}, 0, changed<lower>},
      {"capitalize", {}, 0, changed<capitalize>},
      {"title", {}, 0, title_filter},
      {"escape", {}, 0, escape},
      {"e", {}, 0, escape},
      {"safe", {}, 0, string_filter},
      {"string", {}, 0, string_filter},
      {"replace", {"old", "new", "count"}, 2, replace_filter},
      {"join", {"d", "attribute"}, 0, join},
      {"indent", {"width", "first", "blank"}, 0, indent},
      {"format", {"*"}, 0, format_filter},
      {"tojson",
       {"ensure_ascii", "indent", "separators", "sort_keys"},
       0,
       tojson},
  };
  return filters;
}

}  // namespace lethe::chat
