// Which bytes of a text each of its tokens stands for. The tokenizer gives ids
// without offsets; they are computed from the tokens' spellings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/text/tokenizer.h"

namespace lethe {

struct TokenSpan {
  size_t begin, end;  // bytes of the text
};

// One span a token, in order and without gaps between: together they are the
// text. Empty for special tokens put around it and for the space that
// sentencepiece puts before a text. A space before a word belongs to the word's
// token where the tokenizer has it so; the bytes of a character can belong to
// several tokens.
//
// `ids` are those that encode() gave for `text`. Byte-level BPE, sentencepiece
// with byte fallback and plain vocabularies are read.
// Throws: input error, which names `where`, where the spellings do not make up
// the text: a tokenizer that changes it (small letters, NFKC, WordPiece), or an
// unknown character.
std::vector<TokenSpan> token_spans(const Tokenizer& tokenizer,
                                   std::string_view text,
                                   const std::vector<int64_t>& ids,
                                   const std::string& where = "tokenizer");

}  // namespace lethe
