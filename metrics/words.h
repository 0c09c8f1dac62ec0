// Words of a text and what two texts share, as ROUGE defines them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

using Words = std::vector<std::string>;

// The words of UTF-8 `text` as rouge_score 0.1.2 finds them: runs of a-z and
// 0-9 after lower-casing; everything else separates. Two letters beyond ASCII
// have such a run in their lower case: U+0130 gives "i", U+212A (Kelvin) "k".
// Accented letters split words and other scripts give none. With `stemmer`,
// words of more than three letters become their Porter stems.
Words words(std::string_view text, bool stemmer = false);

// The length of the longest common subsequence of two lists of words.
// O(|a| + |b| + |a| |b| / 64) time, linear memory.
size_t common_length(const Words& a, const Words& b);

// Which places of `line` belong to a longest common subsequence with one of
// `others`, in ascending order. Of several longest ones the one to which
// rouge_score traces its table back. O(|line| |others| / 64) time; memory of
// |line| |other| bits.
std::vector<size_t> common_places(const Words& line,
                                  const std::vector<Words>& others);

// For n = 1..longest: how many runs of `n` words of `got` stand in one of
// `wanted`, each at most as often as in the one that has it most often.
std::vector<size_t> shared_runs(const Words& got,
                                const std::vector<Words>& wanted,
                                size_t longest);

// Shares in [0, 1]; all 0 when nothing is common.
struct Overlap {
  double precision = 0;  // common / got
  double recall = 0;     // common / wanted
  double fmeasure = 0;   // their harmonic mean
};

// The overlap of `got` things with `wanted` ones, `common` of them in both.
Overlap overlap(size_t common, size_t got, size_t wanted);

}  // namespace lethe
