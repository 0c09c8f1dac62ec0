#include "harness/text/regex_parser.h"

#include <unicode/ustring.h>

#include <array>

#include "harness/text/characters.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr size_t kMaxExpression = 8192;
constexpr size_t kMaxClasses = 512;
constexpr int kMaxDepth = 32;

// Whether the character is several ones without case.
bool long_case(char32_t c) {
  std::array<UChar, 2> units;
  int32_t size = 0;
  UErrorCode error = U_ZERO_ERROR;
  u_strFromUTF32(units.data(), 2, &size, reinterpret_cast<const UChar32*>(&c),
                 1, &error);
  std::array<UChar, 8> folded;
  const int32_t folded_size =
      u_strFoldCase(folded.data(), 8, units.data(), size, 0, &error);
  return U_FAILURE(error) || folded_size != size;
}

}  // namespace

RegexParser::RegexParser(const std::string& expression, const Place& place,
                         std::vector<CharacterClass>* classes)
    : expression_(expression), place_(place), classes_(classes) {
  if (expression.size() > kMaxExpression) refuse("its length");
  for (size_t i = 0; i < expression.size();) {
    const CodePoint c = code_point_at(expression.data() + i);
    points_ += c.value;
    i += c.size;
  }
}

std::vector<RegexOp> RegexParser::parse(bool* may_be_empty) {
  RegexPart part = alternatives({});
  if (!done()) refuse("a closing parenthesis without an opening one");
  *may_be_empty = part.may_be_empty;
  part.code.push_back({RegexOp::kMatch});
  return std::move(part.code);
}

void RegexParser::refuse(const std::string& what) const {
  const std::string shown = expression_.size() > 200
                                ? repaired_utf8(expression_.substr(0, 200))
                                : expression_;
  refuse_option(
      "pattern Regex " +
          Json(shown).dump(-1, ' ', false, Json::error_handler_t::replace) +
          ", for " +
          Json(what).dump(-1, ' ', false, Json::error_handler_t::replace) + ",",
      place_);
}

// The character, 0 behind the end.
char32_t RegexParser::peek(size_t ahead) const {
  return at_ + ahead < points_.size() ? points_[at_ + ahead] : 0;
}

bool RegexParser::take(char32_t c) {
  if (done() || points_[at_] != c) return false;
  ++at_;
  return true;
}

char32_t RegexParser::next() {
  if (done()) refuse("its sudden end");
  return points_[at_++];
}

RegexPart RegexParser::alternatives(Flags flags) {
  if (++depth_ > kMaxDepth) refuse("groups nested deeper than 32");
  std::vector<RegexPart> parts;
  do {
    // (?i) holds up to the end of the group, further alternatives included.
    parts.push_back(sequence(&flags));
  } while (take('|'));
  --depth_;
  RegexPart all = std::move(parts.back());
  for (size_t i = parts.size() - 1; i-- > 0;) {
    all = alternative(std::move(parts[i]), std::move(all));
  }
  return all;
}

RegexPart RegexParser::sequence(Flags* flags) {
  RegexPart all;
  while (!done() && peek() != '|' && peek() != ')') {
    append(repeats(atom(flags)), &all);
    if (all.code.size() > RegexPart::kMaxCode) refuse("its length written out");
  }
  return all;
}

void RegexParser::append(const RegexPart& part, RegexPart* to) {
  to->code.insert(to->code.end(), part.code.begin(), part.code.end());
  to->may_be_empty = to->may_be_empty && part.may_be_empty;
  if (to->width && part.width) {
    *to->width += *part.width;
  } else {
    to->width.reset();
  }
}

RegexPart RegexParser::alternative(RegexPart a, RegexPart b) {
  RegexPart both;
  both.code.push_back({RegexOp::kSplit, 1, a.size() + 2});
  both.code.insert(both.code.end(), a.code.begin(), a.code.end());
  both.code.push_back({RegexOp::kJump, b.size() + 1});
  both.code.insert(both.code.end(), b.code.begin(), b.code.end());
  both.may_be_empty = a.may_be_empty || b.may_be_empty;
  if (a.width != b.width) {
    both.width.reset();
  } else {
    both.width = a.width;
  }
  return both;
}

RegexPart RegexParser::atomic(RegexPart part) {
  part.code.push_back({RegexOp::kMatch});
  part.code.insert(part.code.begin(), {RegexOp::kAtomic, 0, part.size()});
  return part;
}

RegexPart RegexParser::atom(Flags* flags) {
  const char32_t c = next();
  switch (c) {
    case '(':
      return group(flags);
    case '[':
      return class_part(bracket(*flags));
    case '\\':
      return escape(*flags);
    case '^':
      return anchor(RegexOp::kLineStart);
    case '$':
      return anchor(RegexOp::kLineEnd);
    case '.': {
      CharacterClass set;
      set.negated = true;
      if (!flags->dot_all) set.ranges = {{'\n', '\n'}};
      return class_part(std::move(set));
    }
    case '*':
    case '+':
    case '?':
      refuse("a repeat of nothing");
    default:
      return character(c, *flags);
  }
}

// What follows an opening parenthesis.
RegexPart RegexParser::group(Flags* flags) {
  RegexPart part;
  if (!take('?')) {
    part = alternatives(*flags);
  } else if (take(':')) {
    part = alternatives(*flags);
  } else if (take('>')) {
    part = atomic(alternatives(*flags));
  } else if (peek() == '=' || peek() == '!') {
    part = look(false, *flags);
  } else if (peek() == '<' && (peek(1) == '=' || peek(1) == '!')) {
    next();
    part = look(true, *flags);
  } else {
    return flag_group(flags);
  }
  if (!take(')')) refuse("a group without an end");
  return part;
}

// (?im-im) or (?im-im:...).
RegexPart RegexParser::flag_group(Flags* flags) {
  Flags set = *flags;
  bool on = true;
  while (peek() != ':' && peek() != ')') {
    const char32_t c = next();
    if (c == '-') {
      on = false;
    } else if (c == 'i') {
      set.fold = on;
    } else if (c == 'm') {
      set.dot_all = on;
    } else {
      refuse("group (?" + utf8(c));
    }
  }
  if (take(')')) {
    *flags = set;
    // Oniguruma takes all that follows, with its alternatives, as one part.
    if (at_ < points_.size() && peek() != ')') return alternatives(set);
    return {};
  }
  next();
  RegexPart part = alternatives(set);
  if (!take(')')) refuse("a group without an end");
  return part;
}

RegexPart RegexParser::look(bool behind, Flags flags) {
  const bool negated = next() == '!';
  RegexPart inside = alternatives(flags);
  if (behind && !inside.width) refuse("a look behind of any length");
  const int32_t back = behind ? *inside.width : 0;
  inside.code.push_back({RegexOp::kMatch});
  RegexPart part;
  part.code.push_back({RegexOp::kLook, negated ? 1 : 0, inside.size(), back});
  part.code.insert(part.code.end(), inside.code.begin(), inside.code.end());
  return part;
}

RegexPart RegexParser::escape(Flags flags) {
  const char32_t letter = next();
  switch (letter) {
    case 'A':
      return anchor(RegexOp::kTextStart);
    case 'z':
      return anchor(RegexOp::kTextEnd);
    case 'Z':
      return anchor(RegexOp::kLastLineEnd);
    case 'b':
      return anchor(RegexOp::kWordEdge);
    case 'B':
      return anchor(RegexOp::kNoWordEdge);
    default:
      break;
  }
  if (auto known = shorthand(letter)) return class_part(std::move(*known));
  return character(escaped_character(letter, false), flags);
}

RegexPart RegexParser::anchor(RegexOp::Kind kind) const {
  RegexPart part;
  part.code.push_back({kind});
  return part;
}

RegexPart RegexParser::character(char32_t c, Flags flags) {
  if (flags.fold) refuse_long_case(c);
  const std::u32string others = flags.fold ? other_cases(c) : U"";
  if (!others.empty()) {
    CharacterClass set;
    set.ranges.push_back({c, c});
    for (const char32_t other : others) set.ranges.push_back({other, other});
    return class_part(std::move(set));
  }
  RegexPart part;
  part.code.push_back({RegexOp::kCharacter, static_cast<int32_t>(c)});
  part.may_be_empty = false;
  part.width = 1;
  return part;
}

// Without case the peer takes some characters for two or three, such as the
// sharp s for ss, and the other way around.
void RegexParser::refuse_long_case(char32_t c) const {
  std::u32string before;
  if (at_ >= 2) before = other_cases(points_[at_ - 2]) + points_[at_ - 2];
  const std::u32string own = other_cases(c) + c;
  const auto among = [](const std::u32string& cases, char32_t one) {
    return cases.find(one) != std::u32string::npos;
  };
  for (const std::string_view pair : {"ss", "ff", "fi", "fl", "st"}) {
    if (among(before, static_cast<char32_t>(pair[0])) &&
        among(own, static_cast<char32_t>(pair[1]))) {
      refuse("a ligature without case");
    }
  }
  if (c >= 0x80 && long_case(c)) refuse("a long case of " + utf8(c));
}

RegexPart RegexParser::class_part(CharacterClass set) {
  RegexPart part;
  part.code.push_back({RegexOp::kClass, class_index(std::move(set))});
  part.may_be_empty = false;
  part.width = 1;
  return part;
}

int32_t RegexParser::class_index(CharacterClass set) {
  if (classes_->size() >= kMaxClasses) refuse("more than 512 classes");
  set.finish();
  classes_->push_back(std::move(set));
  return static_cast<int32_t>(classes_->size() - 1);
}

}  // namespace lethe
