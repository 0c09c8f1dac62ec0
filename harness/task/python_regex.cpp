#include "harness/task/python_regex.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "harness/base/error.h"
#include "harness/text/regex.h"

namespace lethe {
namespace {

// str.isalnum() and "_": what \w is to Python.
constexpr char kWord[] = R"(\p{L}\p{N}_)";
constexpr int kMaxNesting = 50;

// One atom with its repeats.
struct Item {
  std::string text;
  bool capture = false;     // a group that findall gives
  bool zero_width = false;  // takes no character
  bool one_character = false;
  bool repeated = false;
};
using Sequence = std::vector<Item>;

std::string joined(const Sequence& items) {
  std::string text;
  for (const Item& item : items) text += item.text;
  return text;
}

std::string written(const std::vector<Sequence>& alternatives) {
  std::string text;
  for (size_t i = 0; i < alternatives.size(); ++i) {
    text += (i > 0 ? "|" : "") + joined(alternatives[i]);
  }
  return text;
}

class Translator {
 public:
  Translator(const std::string& pattern, const std::string& where)
      : pattern_(pattern), where_(where) {
    flags();
    alternatives_ = alternation();
    if (at_ < pattern_.size()) refuse("a ) without its (");
  }

  const std::vector<Sequence>& alternatives() const { return alternatives_; }
  int captures() const { return captures_; }  // everywhere

  // With the flags that stand before the whole.
  std::string finished(const std::string& text) const {
    std::string all = text;
    if (all_lines_) all = "(?m:" + all + ")";
    if (any_case_) all = "(?i:" + all + ")";
    try {
      Regex(all, {where_, "expression"});
    } catch (const Error& error) {
      refuse(error.what());
    }
    return all;
  }

  [[noreturn]] void refuse(const std::string& what) const {
    fail_input(where_,
               "the expression " + printable(pattern_, 80) + " has " + what,
               "write a simpler one");
  }

 private:
  bool more() const { return at_ < pattern_.size(); }
  bool ahead(std::string_view text) const {
    return std::string_view(pattern_).substr(at_, text.size()) == text;
  }
  bool skip(std::string_view text) {
    if (!ahead(text)) return false;
    at_ += text.size();
    return true;
  }

  void flags() {
    if (!ahead("(?") || at_ + 2 >= pattern_.size()) return;
    const size_t end = pattern_.find_first_not_of("aiLmsux", 2);
    if (end == 2 || end == std::string::npos || pattern_[end] != ')') return;
    for (const char flag : pattern_.substr(2, end - 2)) {
      if (flag == 'i') {
        any_case_ = true;
      } else if (flag == 's') {
        all_lines_ = true;
      } else if (flag != 'u') {
        refuse(fmt::format("the flag {}", flag));
      }
    }
    at_ = end + 1;
  }

  std::vector<Sequence> alternation() {
    if (++nesting_ > kMaxNesting) refuse("too many groups in groups");
    std::vector<Sequence> all(1);
    while (more() && pattern_[at_] != ')') {
      if (skip("|")) {
        all.emplace_back();
      } else {
        all.back().push_back(repeated(atom()));
      }
    }
    --nesting_;
    return all;
  }

  Item atom() {
    const char c = pattern_[at_];
    if (c == '(') return group();
    if (c == '[') return {character_class(), false, false, true};
    if (c == '\\') return escape();
    if (c == '^') return ++at_, Item{"\\A", false, true, false};
    if (c == '$') return ++at_, Item{"(?=\\n?\\z)", false, true, false};
    if (c == '.') return ++at_, Item{".", false, false, true};
    if (c == '*' || c == '+' || c == '?') refuse("a repeat of nothing");
    return {plain(character()), false, false, true};
  }

  // The bytes of the next character.
  std::string character() {
    const size_t begin = at_++;
    while (more() && (static_cast<unsigned char>(pattern_[at_]) & 0xC0) == 0x80)
      ++at_;
    return pattern_.substr(begin, at_ - begin);
  }

  static std::string plain(const std::string& character) {
    const bool special =
        character.size() == 1 &&
        std::string_view(".^$*+?{}[]\\|()").find(character[0]) !=
            std::string_view::npos;
    return special ? "\\" + character : character;
  }

  Item escape() {
    ++at_;
    if (!more()) refuse("a \\ at its end");
    const std::string c = character();
    const std::string edge =
        fmt::format("(?:(?<=[{0}])(?![{0}])|(?<![{0}])(?=[{0}]))", kWord);
    if (c == "b") return {edge, false, true, false};
    if (c == "B") return {"(?!" + edge + ")", false, true, false};
    if (c == "A") return {"\\A", false, true, false};
    if (c == "Z") return {"\\z", false, true, false};
    if (c == "w") return {fmt::format("[{}]", kWord), false, false, true};
    if (c == "W") return {fmt::format("[^{}]", kWord), false, false, true};
    return {shared_escape(c), false, false, true};
  }

  // \d, \s, \n and escaped signs mean the same on both sides.
  std::string shared_escape(const std::string& c) {
    if (std::string_view("dDsSnrt").find(c) != std::string_view::npos) {
      return "\\" + c;
    }
    const bool sign =
        c.size() > 1 || !std::isalnum(static_cast<unsigned char>(c[0]));
    if (!sign) refuse("\\" + c);
    return plain(c);
  }

  Item group() {
    ++at_;
    Item item;
    std::string open = "(?:";
    const int before = captures_;
    if (skip("?:")) {
    } else if (skip("?i:")) {
      open = "(?i:";
    } else if (skip("?s:")) {
      open = "(?m:";
    } else if (ahead("?=") || ahead("?!") || ahead("?<=") || ahead("?<!")) {
      open = "(" + pattern_.substr(at_, pattern_[at_ + 1] == '<' ? 3 : 2);
      at_ += open.size() - 1;
      item.zero_width = true;
    } else if (ahead("?")) {
      refuse("a group (" + pattern_.substr(at_, 3));
    } else {
      item.capture = true;
      ++captures_;
    }
    const std::vector<Sequence> inner = alternation();
    if (!skip(")")) refuse("a ( without its )");
    // Of groups in a group findall's first is the outer one.
    if (item.capture) captures_ = before + 1;
    item.text = open + written(inner) + ")";
    return item;
  }

  // What one character of a class is: "a", or "\\d" with `set`.
  std::string class_item(bool* set) {
    *set = false;
    if (!more()) refuse("a [ without its ]");
    if (pattern_[at_] != '\\') {
      const std::string c = character();
      return std::string_view("[]&^-\\").find(c) != std::string_view::npos
                 ? "\\" + c
                 : c;
    }
    ++at_;
    if (!more()) refuse("a \\ at its end");
    const std::string c = character();
    *set = std::string_view("dDsSw").find(c) != std::string_view::npos;
    if (c == "w") return kWord;
    const std::string same = shared_escape(c);
    return std::string_view("&^-").find(c) != std::string_view::npos ? "\\" + c
                                                                     : same;
  }

  std::string character_class() {
    std::string text = "[";
    ++at_;
    if (skip("^")) text += "^";
    for (bool first = true; first || !ahead("]"); first = false) {
      bool set = false, to_set = false;
      text += class_item(&set);
      const bool range =
          ahead("-") && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']';
      if (!range) continue;
      ++at_;
      text += "-" + class_item(&to_set);
      if (set || to_set) refuse("a range of a class");
    }
    ++at_;
    return text + "]";
  }

  // {2,3} at the place; empty where a { is a {.
  std::string braces() const {
    const size_t end = pattern_.find('}', at_);
    if (end == std::string::npos) return "";
    const std::string inside = pattern_.substr(at_ + 1, end - at_ - 1);
    const size_t comma = inside.find(',');
    if (inside.empty() ||
        inside.find_first_not_of("0123456789,") != std::string::npos ||
        (comma != std::string::npos &&
         inside.find(',', comma + 1) != std::string::npos)) {
      return "";
    }
    return comma == 0 ? "{0" + inside + "}" : "{" + inside + "}";
  }

  Item repeated(Item item) {
    std::string repeat;
    if (ahead("*") || ahead("+") || ahead("?")) {
      repeat = pattern_[at_++];
    } else if (ahead("{") && !(repeat = braces()).empty()) {
      at_ = pattern_.find('}', at_) + 1;
    }
    if (repeat.empty()) return item;
    if (item.zero_width) refuse("a repeat of what takes no character");
    const bool braced = repeat[0] == '{';
    if (ahead("?") || ahead("+")) {
      if (braced && (ahead("+") || repeat.find(',') == std::string::npos)) {
        refuse("the repeat " + repeat + pattern_[at_]);
      }
      repeat += pattern_[at_++];
    }
    item.text += repeat;
    item.one_character = false;
    item.repeated = true;
    return item;
  }

  const std::string& pattern_;
  const std::string& where_;
  size_t at_ = 0;
  int captures_ = 0;
  int nesting_ = 0;
  bool any_case_ = false, all_lines_ = false;
  std::vector<Sequence> alternatives_;
};

bool takes_nothing(const Item& item) { return item.zero_width; }

// The group of one alternative as its whole match. `alone`: there is no other
// alternative and the first match is wanted, so that what stands around the
// group may be looked at without being taken.
std::string group_alone(const Sequence& items, bool alone,
                        const Translator& translator) {
  const auto group = std::find_if(items.begin(), items.end(),
                                  [](const Item& i) { return i.capture; });
  if (group == items.end()) translator.refuse("an alternative with no group");
  if (group->repeated) {
    translator.refuse("a repeated group: only its last is found");
  }
  std::string before = joined({items.begin(), group});
  std::string after = joined({group + 1, items.end()});
  const bool free_before = std::all_of(items.begin(), group, takes_nothing);
  const bool free_after = std::all_of(group + 1, items.end(), takes_nothing);
  if ((!free_before || !free_after) && !alone) {
    translator.refuse("more than the group that is taken");
  }
  if (!free_before) {
    const bool fixed = std::all_of(items.begin(), group, [](const Item& i) {
      return i.zero_width || i.one_character;
    });
    if (!fixed) translator.refuse("text of any length before its group");
    before = "(?<=" + before + ")";
  }
  if (!free_after) after = "(?=" + after + ")";
  return before + group->text + after;
}

}  // namespace

std::string from_python_regex(const std::string& pattern,
                              const std::string& where) {
  const Translator translator(pattern, where);
  return translator.finished(written(translator.alternatives()));
}

std::string from_python_findall(const std::string& pattern, bool last,
                                const std::string& where) {
  const Translator translator(pattern, where);
  if (translator.captures() == 0) {
    const std::string text = from_python_regex(pattern, where);
    if (last && Regex(text, {where, "expression"}).may_be_empty()) {
      translator.refuse("matches without a character");
    }
    return text;
  }
  const auto& all = translator.alternatives();
  int groups = 0;
  std::string text;
  for (const Sequence& items : all) {
    for (const Item& item : items) groups += item.capture ? 1 : 0;
    text += (text.empty() ? "" : "|") +
            group_alone(items, all.size() == 1 && !last, translator);
  }
  if (groups != static_cast<int>(all.size()) ||
      groups != translator.captures()) {
    translator.refuse("several groups in one match");
  }
  text = translator.finished(text);
  const bool several = all.size() > 1;
  if ((several || last) && Regex(text, {where, "expression"}).may_be_empty()) {
    translator.refuse("matches without a character");
  }
  return text;
}

}  // namespace lethe
