// What Split and Replace look for: a text, a regular expression, or characters
// of a kind.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/text/regex.h"
#include "harness/text/utf8.h"

namespace lethe {

// A part of a text that is a match, or what lies between two.
struct Span {
  size_t start, end;
  bool match;
};

// The pattern {"String": text} or {"Regex": expression}; immutable.
class Pattern {
 public:
  // Throws: input error unless `json` has a "pattern" that is one of these.
  Pattern(const Json& json, const Place& place);

  // Puts the parts of `text` in order into `spans`: empty matches are there,
  // other empty parts are not, but for the one of an empty text.
  void find(std::string_view text, std::vector<Span>* spans) const;

  // Throws: input error if the pattern may match nothing: the peer then writes
  // parts of the text twice, or fails.
  void require_text(const Place& place) const;

  // `text` with every match replaced. If `origin` is not null, its bytes at the
  // start of `text` become those of the result that stem from them.
  std::string replaced(std::string text, std::string_view content,
                       size_t* origin = nullptr) const;

 private:
  std::string literal_;
  std::optional<Regex> regex_;
};

// The parts of `text` where every character for which `is(code point)` is a
// match of its own.
template <class Is>
void find_characters(std::string_view text, const Is& is,
                     std::vector<Span>* spans) {
  spans->clear();
  size_t done = 0;
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    if (is(c.value)) {
      if (done < i) spans->push_back({done, i, false});
      done = i + c.size;
      spans->push_back({i, done, true});
    }
    i += c.size;
  }
  if (done < text.size()) spans->push_back({done, text.size(), false});
}

// What becomes of a match when a text is cut at it.
enum class Behavior {
  removed,
  isolated,
  merged_with_previous,
  merged_with_next,
  contiguous
};

// Throws: input error unless `json` has a known "behavior".
Behavior require_behavior(const Json& json, const Place& place);

// Joins the spans as the behavior says; `match` then marks what is removed.
void apply_behavior(Behavior behavior, std::vector<Span>* spans);

}  // namespace lethe
