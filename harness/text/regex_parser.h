// The compiler of regular expressions (regex.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/text/regex.h"

namespace lethe {

// A part of an expression as code, and what is known of its matches.
struct RegexPart {
  std::vector<RegexOp> code;
  bool may_be_empty = true;
  std::optional<int32_t> width = 0;  // characters, if always as many

  // More steps are refused.
  static constexpr size_t kMaxCode = 16384;
  int32_t size() const { return static_cast<int32_t>(code.size()); }
};

class RegexParser {
 public:
  // `classes` gets the classes that the code refers to.
  RegexParser(const std::string& expression, const Place& place,
              std::vector<CharacterClass>* classes);

  // The code of the whole expression, with kMatch at its end.
  std::vector<RegexOp> parse(bool* may_be_empty);

 private:
  struct Flags {
    bool fold = false;     // (?i)
    bool dot_all = false;  // (?m), as Ruby has it
  };
  struct Counts {
    int32_t least, most;  // -1: any number
  };

  [[noreturn]] void refuse(const std::string& what) const;
  bool done() const { return at_ >= points_.size(); }
  char32_t peek(size_t ahead = 0) const;
  bool take(char32_t c);
  char32_t next();

  RegexPart alternatives(Flags flags);
  RegexPart sequence(Flags* flags);
  RegexPart atom(Flags* flags);
  RegexPart group(Flags* flags);
  RegexPart flag_group(Flags* flags);
  RegexPart look(bool behind, Flags flags);
  RegexPart escape(Flags flags);
  static RegexPart alternative(RegexPart a, RegexPart b);
  static RegexPart atomic(RegexPart part);
  static void append(const RegexPart& part, RegexPart* to);

  RegexPart character(char32_t c, Flags flags);
  void refuse_long_case(char32_t c) const;
  RegexPart class_part(CharacterClass set);
  RegexPart anchor(RegexOp::Kind kind) const;
  int32_t class_index(CharacterClass set);

  // regex_repeat.cpp
  RegexPart repeats(RegexPart part);
  std::optional<Counts> counts(bool* braces);
  RegexPart repeated(const RegexPart& part, Counts counts, bool lazy);
  RegexPart repeated_one(const RegexOp& one, Counts counts);
  RegexPart repeated_group(const RegexPart& part, Counts counts, bool lazy);
  int32_t number();

  // regex_class.cpp
  CharacterClass bracket(Flags flags);
  std::optional<CharacterClass> shorthand(char32_t letter);
  CharacterClass property(bool negated);
  char32_t escaped_character(char32_t letter, bool in_class);
  char32_t hexadecimal(int digits);

  const std::string& expression_;
  const Place& place_;
  std::vector<CharacterClass>* const classes_;
  std::u32string points_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace lethe
