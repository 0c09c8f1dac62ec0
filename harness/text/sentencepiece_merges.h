// The merges that a byte-pair model of sentencepiece stands for: it lists
// pieces with scores, and joins any two neighbours that make one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/text/sentencepiece.h"

namespace lethe {

// One way to make a piece of two others. The texts lie in the model.
struct Merge {
  std::string_view left, right;
  uint32_t product;  // the id of the piece
};

// As transformers derives them: of all pieces, by id, short left halves first.
// Throws: input error above 2^22 merges (published models have some 600,000),
// or if the squares of the pieces' bytes are more than 2^28 together.
std::vector<Merge> merges_by_id(const SentencePieceModel& model);

// As the library merges: of normal pieces, the highest score first; merges of
// one score go from left to right.
// Throws: input error as above, on an unused piece, and on a piece with a
// character that is no piece: the library merges it, but nothing here can.
std::vector<Merge> merges_by_score(const SentencePieceModel& model);

}  // namespace lethe
