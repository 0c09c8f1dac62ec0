#include "harness/text/word_split.h"

#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// The classes that the expressions tell apart; "other" is none of them.
constexpr uint8_t kKinds = kLetter | kNumber | kSpace;
constexpr uint8_t kOther = 0;

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

// What the expressions have in common. Positions are pointers into the text.
class Splitter {
 public:
  explicit Splitter(std::string_view text)
      : end_(text.data() + text.size()), classes_(unicode_classes()) {}

 protected:
  uint8_t kind_at(const char* p) const {
    return classes_[code_point_at(p).value] & kKinds;
  }

  // Whether a character of this kind is at `p`, which may be the end.
  bool is(const char* p, uint8_t kind) const {
    return p < end_ && kind_at(p) == kind;
  }

  // The end of the characters of this kind from `p` on, at most `most`.
  const char* run_end(const char* p, uint8_t kind, int most = -1) const {
    for (; p < end_ && most != 0; --most) {
      const CodePoint c = code_point_at(p);
      if ((classes_[c.value] & kKinds) != kind) break;
      p += c.size;
    }
    return p;
  }

  // \s+(?!\S)|\s+ : the last space before a word is left to the word, unless
  // it is alone.
  const char* spaces_end(const char* p) const {
    const char* run = run_end(p, kSpace);
    if (run == end_) return run;
    const char* last = run - code_point_before(run).size;
    return last == p ? run : last;
  }

  // The size of 's, 't, 'm, 'd, 're, 've or 'll at `p`, 0 if none is there.
  // `bit` is set in both letters to compare them: 0x20 folds the case.
  int contraction(const char* p, char bit) const {
    if (*p != '\'' || end_ - p < 2) return 0;
    const char a = p[1] | bit;
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
    if (end_ - p < 3) return 0;
    const char b = p[2] | bit;
    const bool found = (a == 'r' && b == 'e') || (a == 'v' && b == 'e') ||
                       (a == 'l' && b == 'l');
    return found ? 3 : 0;
  }

  const char* const end_;
  const uint8_t* const classes_;
};

class Gpt2 final : public Splitter {
 public:
  using Splitter::Splitter;

  const char* piece_end(const char* p) const {
    if (const int size = contraction(p, 0)) return p + size;
    const uint8_t kind = kind_at(p);
    if (kind != kSpace) return run_end(p, kind);
    if (*p == ' ' && p + 1 < end_) {
      const uint8_t next = kind_at(p + 1);
      if (next != kSpace) return run_end(p + 1, next);
    }
    return spaces_end(p);
  }
};

class Llama3 final : public Splitter {
 public:
  Llama3(std::string_view text, int most_digits)
      : Splitter(text), most_digits_(most_digits) {}

  const char* piece_end(const char* p) const {
    if (const int size = folded_contraction(p)) return p + size;
    const uint8_t kind = kind_at(p);
    if (kind == kLetter) return run_end(p, kLetter);
    if (kind == kNumber) return run_end(p, kNumber, most_digits_);
    const char* next = p + code_point_at(p).size;
    if (!is_line_end(*p) && is(next, kLetter)) return run_end(next, kLetter);
    if (kind == kOther) return signs_end(p);
    if (*p == ' ' && is(next, kOther)) return signs_end(next);
    return lines_end(p);
  }

 private:
  int folded_contraction(const char* p) const {
    if (const int size = contraction(p, 0x20)) return size;
    // The long s, U+017F, is an s in another case.
    const std::string_view long_s = "'\xC5\xBF";
    const auto left = static_cast<size_t>(end_ - p);
    return std::string_view(p, left).substr(0, 3) == long_s ? 3 : 0;
  }

  // [^\s\p{L}\p{N}]+[\r\n]*
  const char* signs_end(const char* p) const {
    p = run_end(p, kOther);
    while (p < end_ && is_line_end(*p)) ++p;
    return p;
  }

  // \s*[\r\n]+ takes spaces up to their last line end.
  const char* lines_end(const char* p) const {
    const char* last = run_end(p, kSpace);
    while (last > p && !is_line_end(last[-1])) --last;
    return last > p ? last : spaces_end(p);
  }

  const int most_digits_;
};

template <class Kind>
void split(std::string_view text, const Kind& kind,
           std::vector<std::string_view>* pieces) {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char* const next = kind.piece_end(p);
    pieces->emplace_back(p, static_cast<size_t>(next - p));
    p = next;
  }
}

}  // namespace

void gpt2_split(std::string_view text, std::vector<std::string_view>* pieces) {
  split(text, Gpt2(text), pieces);
}

void llama3_split(std::string_view text, int most_digits,
                  std::vector<std::string_view>* pieces) {
  split(text, Llama3(text, most_digits), pieces);
}

}  // namespace lethe
