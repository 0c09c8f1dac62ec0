// Texts that differ from a text in a few tokens.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "harness/plugin/mask_filler.h"

namespace lethe {

// What is put where: (place in the ids, new token).
using Swaps = std::vector<std::pair<int64_t, int64_t>>;

struct NeighbourOptions {
  int64_t neighbours = 25;
  int64_t swaps = 1;  // in each neighbour
  // The likeliest single swaps, in place of random ones.
  bool best = false;
  int64_t seed = 0;
  size_t number = 0;  // of the text
};

// Which of `places` are asked about: all for the best, else four times as many
// as are replaced at once, drawn.
std::vector<int64_t> chosen_places(const std::vector<int64_t>& places,
                                   const NeighbourOptions& options);

// Neighbours from what may stand in the chosen places; `take` is called with
// each until it returned true for as many as are wanted.
//   best: single swaps by p(new) / (1 - p(own)), the highest first
//   else: `swaps` of the places, drawn anew each time, each with one of its
//         candidates, drawn by their probability; so many attempts, whatever
//         `take` says
void neighbours(const std::vector<int64_t>& chosen,
                const std::vector<MaskFill>& fills,
                const NeighbourOptions& options,
                const std::function<bool(const Swaps&)>& take);

std::vector<int64_t> swapped(std::vector<int64_t> ids, const Swaps& swaps);

// A text as a masked language model reads it: ids of what comes after the
// prompt. What decoding loses at its ends, blanks, is put back.
class FilledText {
 public:
  FilledText(const MaskFiller& filler, const std::string& text,
             const std::string& prompt);

  const std::vector<int64_t>& ids() const { return ids_; }
  // Every token but special ones.
  std::vector<int64_t> places() const;
  // The whole text with these swaps, prompt included.
  std::string with(const Swaps& swaps) const;

 private:
  const MaskFiller& filler_;
  std::string before_, after_;  // prompt and blanks; blanks
  std::vector<int64_t> ids_;
};

}  // namespace lethe
