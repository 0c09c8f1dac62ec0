#include "harness/chat/lexer.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "harness/base/error.h"
#include "harness/chat/python_text.h"
#include "harness/text/utf8.h"

namespace lethe::chat {
namespace {

constexpr std::array kOperators = {
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
    "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(const std::string& source, Meter& meter)
      : meter_(meter), trims_(meter.dialect() == Dialect::chat) {
    for (size_t i = 0; i < source.size(); ++i) {
      const bool pair = source[i] == '\r' && source.substr(i + 1, 1) == "\n";
      if (!pair) source_ += source[i] == '\r' ? '\n' : source[i];
    }
    const bool cut = !source_.empty() && source_.back() == '\n';
    if (cut && trims_) source_.pop_back();
  }

  std::vector<Token> run() {
    while (at_ < source_.size()) root();
    add(TokenKind::end, "");
    return std::move(tokens_);
  }

 private:
  bool starts(const std::string& text, size_t at) const {
    return source_.compare(at, text.size(), text) == 0;
  }

  size_t skip_space(size_t at) const {
    while (at < source_.size()) {
      const CodePoint c = code_point_at(source_.data() + at);
      if (!is_space(c.value)) break;
      at += c.size;
    }
    return at;
  }

  // Moves to `end`; what comes next may start a line.
  void move(size_t end) {
    line_ += static_cast<int>(
        std::count(source_.begin() + at_, source_.begin() + end, '\n'));
    if (end > at_) line_starting_ = source_[end - 1] == '\n';
    at_ = end;
    meter_.at(line_);
  }

  void add(TokenKind kind, std::string text) {
    Token token;
    token.kind = kind;
    token.text = std::move(text);
    token.line = line_;
    tokens_.push_back(std::move(token));
  }

  // The end of "-%}\s*", "+%}" or "%}\n?" at `at`, npos if there is none.
  size_t close(size_t at, const std::string& bracket) const {
    if (starts("+" + bracket, at)) return at + 1 + bracket.size();
    if (starts("-" + bracket, at)) {
      return skip_space(at + 1 + bracket.size());
    }
    if (!starts(bracket, at)) return std::string::npos;
    const size_t end = at + bracket.size();
    return trims_ && starts("\n", end) ? end + 1 : end;
  }

  // The text before a tag, cut as the tag's sign and lstrip_blocks say.
  std::string before(size_t tag, char sign, bool variable) const {
    const std::string text = source_.substr(at_, tag - at_);
    if (sign == '-') return strip(text, false, true);
    if (sign == '+' || variable || !trims_) return text;
    const size_t line = text.rfind('\n') + 1;  // 0 if there is none
    if (line == 0 && !line_starting_) return text;
    const std::string last = text.substr(line);
    return strip(last, true, false).empty() ? text.substr(0, line) : text;
  }

  void data(const std::string& text) {
    if (!text.empty()) add(TokenKind::data, text);
  }

  char sign_at(size_t at) const {
    return starts("-", at) || starts("+", at) ? source_[at] : ' ';
  }

  // The end of "{% raw %}", npos if the block is another one.
  size_t raw_begin(size_t tag) const {
    if (!starts("{%", tag)) return std::string::npos;
    size_t at = skip_space(tag + 2 + (sign_at(tag + 2) != ' '));
    if (!starts("raw", at)) return std::string::npos;
    at = skip_space(at + 3);
    if (starts("-%}", at)) return skip_space(at + 3);
    return starts("%}", at) ? at + 2 : std::string::npos;
  }

  void root() {
    size_t tag = at_;
    while ((tag = source_.find('{', tag)) != std::string::npos) {
      const char next = tag + 1 < source_.size() ? source_[tag + 1] : ' ';
      if (next == '{' || next == '%' || next == '#') break;
      ++tag;
    }
    if (tag == std::string::npos) {
      data(source_.substr(at_));
      move(source_.size());
      return;
    }
    const char kind = source_[tag + 1];
    const char sign = sign_at(tag + 2);
    data(before(tag, sign, kind == '{'));
    const size_t raw = raw_begin(tag);
    if (raw != std::string::npos) {
      move(raw);
      return raw_block();
    }
    move(tag + 2 + (sign != ' '));
    if (kind == '#') return comment();
    const bool block = kind == '%';
    add(block ? TokenKind::block_begin : TokenKind::variable_begin, "");
    inside(block);
  }

  void comment() {
    size_t end = at_;
    while ((end = source_.find("#}", end)) != std::string::npos) {
      const char sign = end > at_ ? source_[end - 1] : ' ';
      const bool signed_end = sign == '-' || sign == '+';
      return move(close(signed_end ? end - 1 : end, "#}"));
    }
    meter_.fail("a comment has no end", "close it with #}");
  }

  void raw_block() {
    for (size_t tag = at_; (tag = source_.find("{%", tag)) != std::string::npos;
         ++tag) {
      const char sign = sign_at(tag + 2);
      size_t at = skip_space(tag + 2 + (sign != ' '));
      if (!starts("endraw", at)) continue;
      at = close(skip_space(at + 6), "%}");
      if (at == std::string::npos) continue;
      data(before(tag, sign, false));
      return move(at);
    }
    meter_.fail("a raw block has no end", "close it with {% endraw %}");
  }

  // Tokens of an expression or a block up to its end.
  void inside(bool block) {
    std::string brackets;
    while (true) {
      if (brackets.empty()) {
        const size_t end = close_of(block);
        if (end != std::string::npos) {
          add(block ? TokenKind::block_end : TokenKind::variable_end, "");
          return move(end);
        }
      }
      const size_t text = skip_space(at_);
      if (text > at_) {
        move(text);
        continue;
      }
      if (at_ >= source_.size()) {
        meter_.fail(block ? "a block has no end" : "an expression has no end",
                    block ? "close it with %}" : "close it with }}");
      }
      if (!number() && !word() && !literal()) op(&brackets);
    }
  }

  size_t close_of(bool block) const {
    if (block) return close(at_, "%}");
    if (starts("-}}", at_)) return skip_space(at_ + 3);
    return starts("}}", at_) ? at_ + 2 : std::string::npos;
  }

  // The end of digits with single underscores between them.
  size_t digits(size_t at) const {
    if (at >= source_.size() || !is_digit(source_[at])) return at;
    while (at < source_.size()) {
      if (is_digit(source_[at])) {
        ++at;
      } else if (source_[at] == '_' && at + 1 < source_.size() &&
                 is_digit(source_[at + 1])) {
        at += 2;
      } else {
        break;
      }
    }
    return at;
  }

  bool number() {
    if (!is_digit(source_[at_])) return false;
    const size_t whole = digits(at_);
    size_t end = whole;
    // "a.0.1" are two subscripts, no float.
    if (at_ == 0 || source_[at_ - 1] != '.') {
      if (starts(".", end) && digits(end + 1) > end + 1) end = digits(end + 1);
      size_t power = end;
      if (starts("e", power) || starts("E", power)) {
        power += 1 + (sign_at(power + 1) != ' ');
        if (digits(power) > power) end = digits(power);
      }
    }
    if (end == whole) return integer();
    std::string text = source_.substr(at_, end - at_);
    text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
    add(TokenKind::real, text);
    tokens_.back().real = std::strtod(text.c_str(), nullptr);  // or infinity
    move(end);
    return true;
  }

  bool integer() {
    int base = 10;
    size_t end = digits(at_);
    const char mark = static_cast<char>(
        at_ + 1 < source_.size() ? source_[at_ + 1] | 0x20 : ' ');
    if (source_[at_] == '0' && (mark == 'x' || mark == 'b' || mark == 'o')) {
      base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
      end = at_ + 2;
      while (end < source_.size() &&
             (isxdigit(source_[end]) != 0 || source_[end] == '_')) {
        ++end;
      }
    }
    std::string text = source_.substr(at_, end - at_);
    text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
    add(TokenKind::integer, text);
    errno = 0;
    const char* start = text.c_str() + (base == 10 ? 0 : 2);
    char* stop = nullptr;
    tokens_.back().integer = std::strtoll(start, &stop, base);
    if (errno || *stop || stop == start) {
      meter_.fail("integer " + text + " is malformed or too big",
                  "write one of 64 bits");
    }
    move(end);
    return true;
  }

  bool word() {
    size_t end = at_;
    while (end < source_.size()) {
      const CodePoint c = code_point_at(source_.data() + end);
      if (c.value < 0x80 ? !isalnum(static_cast<int>(c.value)) && c.value != '_'
                         : is_space(c.value)) {
        break;
      }
      end += c.size;
    }
    if (end == at_) return false;
    const std::string name = source_.substr(at_, end - at_);
    if (!is_identifier(name)) {
      meter_.fail("\"" + name + "\" is no name", "use letters and digits");
    }
    add(TokenKind::name, name);
    move(end);
    return true;
  }

  bool literal() {
    const char quote = source_[at_];
    if (quote != '\'' && quote != '"') return false;
    size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) {
      end += source_[end] == '\\' ? 2 : 1;
    }
    if (end >= source_.size()) {
      meter_.fail("a string has no end", "close it with its quote");
    }
    add(TokenKind::string,
        unescape(source_.substr(at_ + 1, end - at_ - 1), meter_));
    move(end + 1);
    return true;
  }

  void op(std::string* brackets) {
    for (const char* text : kOperators) {
      if (!starts(text, at_)) continue;
      const char c = text[0];
      if (c == '{' || c == '(' || c == '[') {
        *brackets += c == '{' ? '}' : c == '(' ? ')' : ']';
      } else if (c == '}' || c == ')' || c == ']') {
        if (brackets->empty() || brackets->back() != c) {
          meter_.fail(std::string("unexpected '") + c + "'",
                      "balance the brackets");
        }
        brackets->pop_back();
      }
      add(TokenKind::op, text);
      return move(at_ + tokens_.back().text.size());
    }
    const size_t size = code_point_at(source_.data() + at_).size;
    meter_.fail("unexpected char '" + source_.substr(at_, size) + "'",
                "remove it");
  }

  Meter& meter_;
  const bool trims_;  // trim_blocks, lstrip_blocks, no newline at the end
  std::string source_;
  size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(const std::string& source, Meter& meter) {
  return Lexer(source, meter).run();
}

}  // namespace lethe::chat
