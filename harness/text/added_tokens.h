// Added tokens: strings of a text that are tokens as they stand, special ones
// (<s>, <|endoftext|>) among them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/text/flat_map.h"
#include "harness/text/normalizer.h"
#include "harness/text/vocabulary.h"

namespace lethe {

struct AddedToken {
  uint32_t id;
  std::string content;
  bool single_word;  // found only where no word character touches it
  bool lstrip;       // takes the white space before it along
  bool rstrip;       // takes the white space after it along
  bool normalized;   // looked for, normalized too, in the normalized text
  bool special;
};

// The list "added_tokens" of a tokenizer.json, each new token added to
// `vocabulary`. Throws: input error if malformed, or if an id is not the one
// that the peer would give (it numbers new tokens by itself, in order).
std::vector<AddedToken> read_added_tokens(const Json& json, const Place& place,
                                          Vocabulary* vocabulary);

// Finds added tokens in a text: leftmost first, of those the longest.
class TokenFinder {
 public:
  // A part of a text: an added token, or (null) what lies between two.
  using Visit =
      std::function<void(const AddedToken* token, std::string_view part)>;

  // `pattern` is the token's content as it stands in the text searched.
  void add(const AddedToken& token, const std::string& pattern);

  // Visits the parts of `text` in order; with `skip_special` special tokens
  // are left in the text. Parts can overlap, as in the peer: white space that a
  // token took along may begin the next token as well.
  void split(std::string_view text, bool skip_special,
             const Visit& visit) const;

 private:
  struct Match {
    const AddedToken* token;
    size_t size;
  };

  Match longest_at(std::string_view text, size_t from) const;

  // A trie: node << 8 | byte -> {next node, 1 + token index or 0}.
  FlatMap edges_;
  uint32_t nodes_ = 1;
  bool starts_[256] = {};  // bytes that some pattern starts with
  std::vector<AddedToken> tokens_;
};

}  // namespace lethe
