// Words and pairs of words in small letters that are particular to a text. For
// the extractor.
#pragma once

#include <vector>

#include "harness/anchors/extract.h"
#include "harness/anchors/usage.h"

namespace lethe {

struct FoundPhrase {
  WordIds ids;  // one or two
  std::string spelling;
  int64_t count = 0;
  double score = 0;  // G^2
};

// As ExtractOptions has it: nouns by what stands before them (a determiner in
// 30 % of the places), pairs that are said together (5 bits of pointwise mutual
// information), none of the words in `taken`.
std::vector<FoundPhrase> find_phrases(const ReadSide& target,
                                      const ReadSide& background,
                                      const WordTable& table,
                                      const std::vector<bool>& taken,
                                      const ExtractOptions& options);

}  // namespace lethe
