// Repeats in regular expressions.
#include <utility>

#include "harness/text/regex_parser.h"

namespace lethe {
namespace {

// A repeat of a group is written out so many times.
constexpr int32_t kMaxCount = 1000;

}  // namespace

int32_t RegexParser::number() {
  int32_t value = 0;
  while (peek() >= '0' && peek() <= '9') {
    value = 10 * value + static_cast<int32_t>(next() - '0');
    if (value > kMaxCount) refuse("a count above 1000");
  }
  return value;
}

// The part with the repeats that follow it.
RegexPart RegexParser::repeats(RegexPart part) {
  bool braces = false;
  while (const auto times = counts(&braces)) {
    const bool lazy = take('?');
    const bool possessive = !lazy && !braces && take('+');
    part = repeated(part, *times, lazy);
    if (!possessive) continue;
    RegexOp& first = part.code.front();
    if (part.code.size() == 1 && first.kind == RegexOp::kRun) {
      first.kind = RegexOp::kFixedRun;
    } else {
      part = atomic(std::move(part));
    }
  }
  return part;
}

// The repeat that comes next, nothing if none does. Braces that are no repeat
// are characters.
std::optional<RegexParser::Counts> RegexParser::counts(bool* braces) {
  *braces = false;
  if (take('*')) return Counts{0, -1};
  if (take('+')) return Counts{1, -1};
  if (take('?')) return Counts{0, 1};
  if (peek() != '{') return std::nullopt;
  const size_t start = at_;
  next();
  *braces = true;
  const bool has_least = peek() >= '0' && peek() <= '9';
  Counts found{number(), 0};
  found.most = found.least;
  bool has_most = has_least;
  if (take(',')) {
    has_most = peek() >= '0' && peek() <= '9';
    found.most = has_most ? number() : -1;
  }
  if ((has_least || has_most) && take('}')) {
    if (found.most >= 0 && found.most < found.least) refuse("{n,m} with m < n");
    return found;
  }
  at_ = start;
  *braces = false;
  return std::nullopt;
}

RegexPart RegexParser::repeated(const RegexPart& part, Counts counts,
                                bool lazy) {
  const bool single =
      part.code.size() == 1 && (part.code[0].kind == RegexOp::kClass ||
                                part.code[0].kind == RegexOp::kCharacter);
  RegexPart all = single && !lazy ? repeated_one(part.code[0], counts)
                                  : repeated_group(part, counts, lazy);
  all.may_be_empty = part.may_be_empty || counts.least == 0;
  all.width = part.width;
  if (counts.least == counts.most && part.width) {
    // The length written out bounds it.
    *all.width *= counts.least;
  } else {
    all.width.reset();
  }
  return all;
}

RegexPart RegexParser::repeated_one(const RegexOp& one, Counts counts) {
  int32_t index = one.a;
  if (one.kind == RegexOp::kCharacter) {
    CharacterClass set;
    const auto c = static_cast<char32_t>(one.a);
    set.ranges.push_back({c, c});
    index = class_index(std::move(set));
  }
  RegexPart all;
  all.code.push_back({RegexOp::kRun, index, counts.least, counts.most});
  return all;
}

RegexPart RegexParser::repeated_group(const RegexPart& part, Counts counts,
                                      bool lazy) {
  if (counts.most < 0 && part.may_be_empty) {
    refuse("a repeat of what may be empty");
  }
  const auto copies =
      static_cast<size_t>(counts.most < 0 ? counts.least + 1 : counts.most);
  if (copies * (part.code.size() + 2) > RegexPart::kMaxCode) {
    refuse("its length written out");
  }
  RegexPart all;
  for (int32_t i = 0; i < counts.least; ++i) append(part, &all);
  const auto choice = [&](int32_t leave) {
    all.code.push_back(lazy ? RegexOp{RegexOp::kSplit, leave, 1}
                            : RegexOp{RegexOp::kSplit, 1, leave});
  };
  if (counts.most < 0) {
    choice(part.size() + 2);
    append(part, &all);
    all.code.push_back({RegexOp::kJump, -(part.size() + 1)});
  }
  for (int32_t left = counts.most - counts.least; left > 0; --left) {
    choice(left * (part.size() + 1));
    append(part, &all);
  }
  return all;
}

}  // namespace lethe
