#include "harness/task/lm_eval_template.h"

#include <vector>

#include "harness/base/error.h"

namespace lethe {
namespace {

constexpr char kSpace[] = " \t\n\r\f\v";
constexpr int kMaxNesting = 20;

std::string stripped(const std::string& text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

struct Part {
  enum class Kind { text, print, statement } kind;
  std::string text;
};

// Texts, {{ }} and {% %} in their order; comments are dropped.
class Cutter {
 public:
  Cutter(const std::string& text, const std::string& where)
      : text_(text), where_(where) {}

  std::vector<Part> cut() {
    while (at_ < text_.size()) {
      const size_t next = opening();
      add_text(text_.substr(at_, next - at_));
      at_ = next;
      if (at_ < text_.size()) add_tag();
    }
    return parts_;
  }

 private:
  size_t opening() const {
    for (size_t i = at_; i + 1 < text_.size(); ++i) {
      const char c = text_[i + 1];
      if (text_[i] == '{' && (c == '{' || c == '%' || c == '#')) return i;
    }
    return text_.size();
  }

  // Where the tag that begins at at_ ends: strings and brackets hide ends.
  size_t closing(const std::string& end) const {
    int open = 0;
    for (size_t i = at_ + 2; i < text_.size(); ++i) {
      const char c = text_[i];
      if (text_.compare(i, 2, end) == 0 && (open == 0 || end == "#}")) return i;
      if (end == "#}") continue;
      if (c == '(' || c == '[' || c == '{') ++open;
      if (c == ')' || c == ']' || c == '}') --open;
      if (c != '"' && c != '\'') continue;
      for (++i; i < text_.size() && text_[i] != c; ++i) {
        if (text_[i] == '\\') ++i;
      }
    }
    fail_input(where_, "has a tag without its end", "close it");
  }

  void add_text(std::string text) {
    if (eat_left_) text.erase(0, text.find_first_not_of(kSpace));
    eat_left_ = false;
    text_before_ = !text.empty();
    if (text_before_) parts_.push_back({Part::Kind::text, text});
  }

  void add_tag() {
    const char kind = text_[at_ + 1];
    const size_t end = closing(kind == '{' ? "}}" : kind == '%' ? "%}" : "#}");
    std::string inside = text_.substr(at_ + 2, end - at_ - 2);
    at_ = end + 2;
    const bool eats_before = !inside.empty() && inside.front() == '-';
    if (eats_before || (!inside.empty() && inside.front() == '+')) {
      inside.erase(0, 1);
    }
    const bool eats_after = !inside.empty() && inside.back() == '-';
    if (eats_after || (!inside.empty() && inside.back() == '+')) {
      inside.pop_back();
    }
    if (eats_before && text_before_) {
      std::string& before = parts_.back().text;
      before.erase(before.find_last_not_of(kSpace) + 1);
      if (before.empty()) parts_.pop_back();
    }
    text_before_ = false;
    eat_left_ = eats_after;
    if (kind == '#') return;
    parts_.push_back({kind == '{' ? Part::Kind::print : Part::Kind::statement,
                      stripped(inside)});
  }

  const std::string& text_;
  const std::string& where_;
  size_t at_ = 0;
  bool eat_left_ = false;
  bool text_before_ = false;  // right before; a comment leaves no part
  std::vector<Part> parts_;
};

class Writer {
 public:
  Writer(const std::vector<Part>& parts, const std::string& where)
      : parts_(parts), where_(where) {}

  // Up to the end, or to the statement that ends a branch.
  std::string write() {
    if (++nesting_ > kMaxNesting) refuse("too many ifs in ifs");
    struct Piece {
      std::string text;
      bool quoted;
    };
    std::vector<Piece> pieces;
    for (; at_ < parts_.size() && !ends_branch(); ++at_) {
      const Part& part = parts_[at_];
      if (part.kind == Part::Kind::text) {
        pieces.push_back({jinja_text(part.text), true});
      } else if (part.kind == Part::Kind::print) {
        pieces.push_back({part.text, false});
      } else {
        pieces.push_back({branch(), false});
      }
    }
    --nesting_;
    if (pieces.empty()) return "''";
    if (pieces.size() == 1) return pieces[0].text;
    std::string all;
    for (const auto& [text, quoted] : pieces) {
      all += (all.empty() ? "" : " ~ ") + (quoted ? text : "(" + text + ")");
    }
    return all;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail_input(where_, "has " + what, "write expressions, and if with else");
  }

  std::string word() const {
    const std::string& text = parts_[at_].text;
    return text.substr(0, text.find_first_of(kSpace));
  }

  bool ends_branch() const {
    return parts_[at_].kind == Part::Kind::statement &&
           (word() == "elif" || word() == "else" || word() == "endif");
  }

  // From {% if %} or {% elif %} to {% endif %}, where it stays.
  std::string branch() {
    if (word() != "if" && word() != "elif") {
      refuse("the statement " + printable(word(), 40));
    }
    const std::string condition =
        stripped(parts_[at_].text.substr(word().size()));
    ++at_;
    const std::string then = write();
    std::string otherwise = "''";
    if (at_ < parts_.size() && word() == "elif") {
      otherwise = branch();
    } else if (at_ < parts_.size() && word() == "else") {
      ++at_;
      otherwise = write();
    }
    if (at_ >= parts_.size() || word() != "endif") refuse("an if without end");
    return "(" + then + ") if (" + condition + ") else (" + otherwise + ")";
  }

  const std::vector<Part>& parts_;
  const std::string& where_;
  size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

std::string jinja_text(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\r') {
      quoted += "\\r";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string with_unix_lines(const std::string& text) {
  std::string lines;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      lines += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      lines += '\n';
    }
  }
  return lines;
}

std::string only_expression(const std::string& text, const std::string& where) {
  std::string found;
  for (const Part& part : Cutter(text, where).cut()) {
    const bool blank = part.kind == Part::Kind::text &&
                       part.text.find_first_not_of(kSpace) == std::string::npos;
    if (blank) continue;
    if (part.kind != Part::Kind::print || !found.empty()) return "";
    found = part.text;
  }
  return found;
}

std::string template_as_expression(const std::string& text,
                                   const std::string& where) {
  const std::vector<Part> parts = Cutter(text, where).cut();
  return Writer(parts, where).write();
}

}  // namespace lethe
