// Filters that only texts of tasks have.
#include "harness/chat/builtins.h"
#include "harness/chat/python_text.h"
#include "harness/text/regex.h"
#include "harness/text/utf8.h"

namespace lethe::chat {
namespace {

// re.sub without references to groups in the new text.
Value regex_replace(Input& in) {
  const std::string pattern = in.text(0, ""), with = in.text(1, "");
  if (with.find('\\') != std::string::npos) {
    in.meter.fail("regex_replace has a \\ in its new text",
                  "references to groups are not supported");
  }
  if (!in.self.is_text()) {
    refuse_undefined(in.meter, in.self);
    in.meter.fail("regex_replace wants a str, not " + type_name(in.self));
  }
  const std::string& text = in.self.text();
  in.meter.step(1 + text.size() / 8);
  std::vector<Regex::Match> matches;
  Regex(pattern, {"regex_replace", pattern}).find(text, &matches);
  std::string out;
  size_t end = 0;
  int64_t left = in.integer(2, 0);
  const bool all = left == 0;
  for (const auto& match : matches) {
    if (!all && left-- == 0) break;
    out += text.substr(end, match.start - end) + with;
    end = match.end;
    in.meter.output(out.size());
  }
  return make_text(in.meter, out + text.substr(end));
}

// What stands between `open` and the next `close` loses the white space at its
// ends.
std::string tight_inside(const std::string& text, char open, char close) {
  std::string out;
  size_t at = 0;
  while (true) {
    const size_t begin = text.find(open, at);
    const size_t end = begin == std::string::npos ? std::string::npos
                                                  : text.find(close, begin + 1);
    if (end == std::string::npos) return out + text.substr(at);
    out += text.substr(at, begin + 1 - at) +
           strip(text.substr(begin + 1, end - begin - 1), true, true) + close;
    at = end + 1;
  }
}

// The peer's pattern "/' [0-9]/" with its delimiters read as text: its new text
// is taken as it stands.
std::string with_slashed_digits(const std::string& text) {
  std::string out;
  size_t at = 0;
  for (size_t next; (next = text.find("/' ", at)) != std::string::npos;) {
    const bool hit = next + 4 < text.size() && text[next + 3] >= '0' &&
                     text[next + 3] <= '9' && text[next + 4] == '/';
    out += text.substr(at, next - at) + (hit ? "/'[0-9]/" : "/' ");
    at = next + (hit ? 5 : 3);
  }
  return out + text.substr(at);
}

// lm-eval tasks/wikitext/preprocess_wikitext.py.
std::string detokenized(std::string text) {
  const auto replace = [&](const char* from, const char* to) {
    text = replace_text(text, from, to, -1);
  };
  replace("s '", "s'");
  text = with_slashed_digits(text);
  replace(" @-@ ", "-");
  replace(" @,@ ", ",");
  replace(" @.@ ", ".");
  for (const char* mark : {":", ";", ".", "!", "?", ","}) {
    replace((" " + std::string(mark) + " ").c_str(),
            (std::string(mark) + " ").c_str());
  }
  text = tight_inside(text, '(', ')');
  text = tight_inside(text, '[', ']');
  text = tight_inside(text, '{', '}');
  text = tight_inside(text, '"', '"');
  text = tight_inside(text, '\'', '\'');
  replace("= = = =", "====");
  replace("= = =", "===");
  replace("= =", "==");
  replace(" \u00b0 ", "\u00b0");
  replace(" \n", "\n");
  replace("\n ", "\n");
  replace(" N ", " 1 ");
  replace(" 's", "'s");
  return text;
}

Value wikitext_detokenized(Input& in) {
  refuse_undefined(in.meter, in.self);
  if (!in.self.is_text()) in.meter.fail("wikitext_detokenized wants a str");
  in.meter.step(1 + in.self.text().size() / 8);
  return make_text(in.meter, detokenized(in.self.text()));
}

}  // namespace

const Builtins& task_filters() {
  static const Builtins filters = {
      {"regex_replace", {"pattern", "repl", "count"}, 2, regex_replace},
      {"wikitext_detokenized", {}, 0, wikitext_detokenized},
  };
  return filters;
}

}  // namespace lethe::chat
