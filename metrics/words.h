// What lists of words share, as ROUGE and BLEU count it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

using Words = std::vector<std::string>;

// A text's words as numbers; equal words have equal numbers, each below the
// number of `kinds` (numbered_words.h).
using Numbers = std::vector<uint32_t>;

// The length of the longest common subsequence of two lists.
// O(kinds + |a| |b| / 64) time; memory of kinds and |b|.
size_t common_length(const Numbers& a, const Numbers& b, size_t kinds);

// Which places of `line` belong to a longest common subsequence with one of
// `others`, in ascending order. Of several longest ones the one to which
// rouge_score traces its table back. O(|line| |others| / 64) time; memory of
// |line| |other| bits.
std::vector<size_t> common_places(const Numbers& line,
                                  const std::vector<Numbers>& others,
                                  size_t kinds);

// For n = 1..longest: how many runs of `n` words of `got` stand in one of
// `wanted`, each at most as often as in the one that has it most often.
std::vector<size_t> shared_runs(const Words& got,
                                const std::vector<Words>& wanted,
                                size_t longest);
std::vector<size_t> shared_runs(const Numbers& got,
                                const std::vector<Numbers>& wanted,
                                size_t kinds, size_t longest);

// Shares in [0, 1]; all 0 when nothing is common.
struct Overlap {
  double precision = 0;  // common / got
  double recall = 0;     // common / wanted
  double fmeasure = 0;   // their harmonic mean
};

// The overlap of `got` things with `wanted` ones, `common` of them in both.
Overlap overlap(size_t common, size_t got, size_t wanted);

}  // namespace lethe
