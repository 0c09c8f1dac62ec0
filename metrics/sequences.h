// An output beside its reference as sequences of numbers, and what they share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/observation.h"

namespace lethe {

// Tokens, words or code points, each as its number; equal ones alike.
struct Sequences {
  std::vector<uint32_t> got;
  std::vector<uint32_t> wanted;
  size_t kinds = 0;  // every number is below it
};

// The words of two texts, as ROUGE finds them (numbered_words.h).
Sequences word_sequences(const std::string& got, const std::string& wanted);

// The code points of two texts; what isn't UTF-8 becomes U+FFFD.
Sequences point_sequences(const std::string& got, const std::string& wanted);

// Throws: input error, with the id, when there is no text to compare with.
// For an item whose reference_ids are absent or don't matter.
void require_reference(const Observation& seen);

// The output beside its reference_ids where it has some; else `of_texts` of
// the output and each reference. Never empty.
// Throws: as require_reference.
std::vector<Sequences> sequences(const Observation& seen,
                                 Sequences (*of_texts)(const std::string&,
                                                       const std::string&));

// The length of the longest run that stands in both without a gap.
// O(|got| + |wanted| + pairs of equal things) time, so |got| |wanted| at worst;
// linear memory.
size_t longest_run(const Sequences& both);

// The fewest insertions, deletions and replacements of one thing that make one
// sequence the other (Levenshtein). O(|got| |wanted| / 64) time, linear memory.
size_t edit_distance(const Sequences& both);

}  // namespace lethe
