// Models that look whole words up: WordPiece (BERT) and WordLevel.
#pragma once

#include <memory>

#include "harness/text/model.h"

namespace lethe {

// WordPiece: the longest token that a word starts with, then the longest that
// the rest starts with when the continuing prefix is put before it; the unknown
// token for the whole word if a rest has none, or if it is too long.
//
// Paper: Schuster and Nakajima 2012, "Japanese and Korean voice search"; Devlin
// et al. 2018, arXiv:1810.04805. Peer: tokenizers 0.23.3, the same ids.
std::unique_ptr<const Model> make_word_piece(const Json& json,
                                             const Place& place,
                                             Vocabulary* vocabulary);

// WordLevel: a piece is a token or unknown.
std::unique_ptr<const Model> make_word_level(const Json& json,
                                             const Place& place,
                                             Vocabulary* vocabulary);

}  // namespace lethe
