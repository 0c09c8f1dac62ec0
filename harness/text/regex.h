// Regular expressions, as tokenizer.json writes them: the syntax of Oniguruma
// (Ruby's), which the peer uses, with its Unicode classes.
//
// Read: alternatives, groups, (?i:...), look-around, atomic groups, greedy,
// lazy and possessive repeats, classes with \p{...}, \s \d \w \h, anchors \b
// ^ $ \A \z. Refused by name: back references, captures by name, intersections
// of classes, and whatever else is not read.
//
// General libraries fit badly: their Unicode versions differ from the peer's
// in thousands of characters, and with the classes written out an expression
// comes near what they compile (47 of PCRE2's 64 KiB for that of o200k), each
// of them searched range by range.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/text/component.h"

namespace lethe {

// What one character may be.
struct CharacterClass {
  struct Range {
    char32_t first, last;
  };

  bool has(char32_t c) const;

  bool negated = false;
  uint32_t categories = 0;  // bit i: kCategoryNames[i]
  uint8_t traits = 0;       // of unicode_traits()
  bool space = false;       // \s
  std::vector<Range> ranges;
  // What has() says of ASCII; set by finish().
  uint64_t ascii[2] = {0, 0};

  void finish();
  // Adds all characters of another class.
  void add(const CharacterClass& other);
};

// One step of a compiled expression; jumps are relative.
struct RegexOp {
  enum Kind : uint8_t {
    kMatch,
    kCharacter,  // a: the code point
    kClass,      // a: index of the class
    kRun,        // a: class, b to c of it, then the rest
    kFixedRun,   // as kRun, but gives nothing back
    kSplit,      // tries a, then b
    kJump,       // a
    kLook,       // a: flags, b: size of what follows, c: characters back
    kAtomic,     // b: size of what follows
    kLineStart,
    kLineEnd,
    kTextStart,
    kTextEnd,
    kLastLineEnd,
    kWordEdge,
    kNoWordEdge
  };
  Kind kind;
  int32_t a = 0, b = 0, c = 0;
};

// Immutable, so safe in threads.
class Regex {
 public:
  // Throws: input error if the expression is malformed, longer than 8 KiB, or
  // needs what is not supported.
  Regex(const std::string& expression, const Place& place);

  struct Match {
    size_t start, end;
  };

  // Appends the matches in `text`, left to right without overlap; an empty one
  // is not right behind another. REQUIRES: valid UTF-8.
  // Throws: input error after 10 million steps and 1,000 a byte.
  void find(std::string_view text, std::vector<Match>* matches) const;

  // False if every match has a character; true says less.
  bool may_be_empty() const { return may_be_empty_; }

 private:
  std::vector<RegexOp> code_;
  std::vector<CharacterClass> classes_;
  Place place_;
  std::string expression_;
  bool may_be_empty_ = true;
};

}  // namespace lethe
