#include "harness/text/regex.h"

#include "harness/text/characters.h"
#include "harness/text/regex_parser.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr uint64_t kSteps = 10'000'000;
constexpr uint64_t kStepsPerByte = 1000;
constexpr size_t kMaxChoices = size_t{1} << 22;  // 96 MiB
constexpr size_t kNowhere = SIZE_MAX;

// Backtracking over one text.
class Matcher {
 public:
  Matcher(const std::vector<RegexOp>& code,
          const std::vector<CharacterClass>& classes, std::string_view text)
      : code_(code),
        classes_(classes),
        text_(text),
        steps_(kSteps + kStepsPerByte * text.size()) {}

  // The end of a match of the code at `op` from `at` on, kNowhere if none.
  // Code inside of code (look-around) nests as deep as the expression does.
  size_t match(size_t op, size_t at);

  bool out_of_steps() const { return steps_ == 0; }

 private:
  // Where to go on after a failure: at `op`, from `at` on and, where that is
  // higher than `least`, later from one character less.
  struct Choice {
    size_t op, at, least;
  };

  bool step() {
    if (choices_.size() > kMaxChoices) steps_ = 0;
    if (steps_ == 0) return false;
    --steps_;
    return true;
  }
  bool in_class(int32_t index, char32_t c) const {
    const CharacterClass& set = classes_[static_cast<size_t>(index)];
    return c < 128 ? (set.ascii[c / 64] >> c % 64 & 1) != 0 : set.has(c);
  }
  size_t run_end(const RegexOp& op, size_t at, size_t* least);
  bool one(const RegexOp& op, size_t* at) const;
  bool look(size_t op, size_t at);
  bool at_anchor(RegexOp::Kind kind, size_t at) const;
  bool word(size_t at, bool before) const;
  bool next_choice(size_t base, size_t* op, size_t* at);

  const std::vector<RegexOp>& code_;
  const std::vector<CharacterClass>& classes_;
  const std::string_view text_;
  uint64_t steps_;
  std::vector<Choice> choices_;
};

size_t Matcher::match(size_t op, size_t at) {
  const size_t base = choices_.size();
  while (step()) {
    const RegexOp& now = code_[op];
    bool good = true;
    switch (now.kind) {
      case RegexOp::kMatch:
        choices_.resize(base);
        return at;
      case RegexOp::kCharacter:
      case RegexOp::kClass:
        good = one(now, &at);
        ++op;
        break;
      case RegexOp::kRun:
      case RegexOp::kFixedRun: {
        size_t least = 0;
        const size_t end = run_end(now, at, &least);
        good = end != kNowhere;
        ++op;
        if (!good) break;
        at = end;
        if (now.kind == RegexOp::kRun && at > least) {
          choices_.push_back({op, at, least});
        }
        break;
      }
      case RegexOp::kSplit:
        choices_.push_back({op + static_cast<size_t>(now.b), at, kNowhere});
        op += static_cast<size_t>(now.a);
        break;
      case RegexOp::kJump:
        op += static_cast<size_t>(static_cast<int64_t>(now.a));
        break;
      case RegexOp::kLook:
        good = look(op, at);
        op += 1 + static_cast<size_t>(now.b);
        break;
      case RegexOp::kAtomic: {
        const size_t end = match(op + 1, at);
        good = end != kNowhere;
        at = end;
        op += 1 + static_cast<size_t>(now.b);
        break;
      }
      default:
        good = at_anchor(now.kind, at);
        ++op;
    }
    if (!good && !next_choice(base, &op, &at)) return kNowhere;
  }
  choices_.resize(base);
  return kNowhere;
}

// Takes up the last choice; false if there is none above `base`.
bool Matcher::next_choice(size_t base, size_t* op, size_t* at) {
  if (choices_.size() == base) return false;
  Choice& choice = choices_.back();
  *op = choice.op;
  *at = choice.at;
  if (choice.least == kNowhere) {
    choices_.pop_back();
    return true;
  }
  choice.at -= code_point_before(text_.data() + choice.at).size;
  *at = choice.at;
  if (choice.at <= choice.least) choices_.pop_back();
  return true;
}

// The end of as many characters of the class as there are, and in `least` that
// of as few as there must be; kNowhere if there are fewer.
size_t Matcher::run_end(const RegexOp& op, size_t at, size_t* least) {
  int32_t count = 0;
  *least = at;
  while (at < text_.size() && count != op.c && step()) {
    const CodePoint c = code_point_at(text_.data() + at);
    if (!in_class(op.a, c.value)) break;
    at += c.size;
    if (++count == op.b) *least = at;
  }
  return count < op.b ? kNowhere : at;
}

bool Matcher::one(const RegexOp& op, size_t* at) const {
  if (*at >= text_.size()) return false;
  const CodePoint c = code_point_at(text_.data() + *at);
  const bool same = op.kind == RegexOp::kClass
                        ? in_class(op.a, c.value)
                        : c.value == static_cast<char32_t>(op.a);
  if (same) *at += c.size;
  return same;
}

bool Matcher::look(size_t op, size_t at) {
  const RegexOp& now = code_[op];
  const bool negated = now.a != 0;
  for (int32_t i = 0; i < now.c; ++i) {
    if (at == 0) return negated;
    at -= code_point_before(text_.data() + at).size;
  }
  return (match(op + 1, at) != kNowhere) != negated;
}

bool Matcher::word(size_t at, bool before) const {
  if (before ? at == 0 : at >= text_.size()) return false;
  const CodePoint c = before ? code_point_before(text_.data() + at)
                             : code_point_at(text_.data() + at);
  return (unicode_traits()[c.value] & kRegexWord) != 0;
}

bool Matcher::at_anchor(RegexOp::Kind kind, size_t at) const {
  const size_t size = text_.size();
  switch (kind) {
    case RegexOp::kLineStart:
      return at == 0 || (at < size && text_[at - 1] == '\n');
    case RegexOp::kLineEnd:
      return at == size || text_[at] == '\n';
    case RegexOp::kTextStart:
      return at == 0;
    case RegexOp::kTextEnd:
      return at == size;
    case RegexOp::kLastLineEnd:
      return at == size || (at + 1 == size && text_[at] == '\n');
    case RegexOp::kWordEdge:
      return word(at, true) != word(at, false);
    default:
      return word(at, true) == word(at, false);
  }
}

}  // namespace

Regex::Regex(const std::string& expression, const Place& place)
    : place_(place), expression_(expression) {
  code_ = RegexParser(expression_, place_, &classes_).parse(&may_be_empty_);
}

void Regex::find(std::string_view text, std::vector<Match>* matches) const {
  Matcher matcher(code_, classes_, text);
  size_t last_end = kNowhere;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = matcher.match(0, at);
    if (matcher.out_of_steps()) {
      fail_input(place_.where(),
                 "pattern Regex takes too long on a text of " +
                     std::to_string(text.size()) + " bytes",
                 "simplify it, or split the text");
    }
    const bool found =
        end != kNowhere && (end > at || last_end == kNowhere || at != last_end);
    if (found) {
      matches->push_back({at, end});
      last_end = end;
    }
    if (found && end > at) {
      at = end;
    } else if (at < text.size()) {
      at += code_point_at(text.data() + at).size;
    } else {
      break;
    }
  }
}

}  // namespace lethe
