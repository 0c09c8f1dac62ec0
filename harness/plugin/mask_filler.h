// A masked language model as attacks see one: what may stand in a place of a
// text, judged from both sides. Numbers and texts, no LibTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

// One token of one of the texts that are asked about.
struct MaskPlace {
  size_t text = 0;
  int64_t at = 0;  // in its ids
};

// What may stand in a place, likeliest first; never the text's own token, nor
// one that is no text.
struct MaskFill {
  std::vector<int64_t> ids;
  std::vector<double> probabilities;  // under the whole vocabulary
  double own = 0;                     // the probability of the text's own
};

struct MaskFillOptions {
  // As many, or as the vocabulary has.
  int64_t candidates = 6;
  // Share of the place's word embedding that is 0; the rest is divided by what
  // is left of 1. 0: the token is seen, 1: nothing of it is.
  double dropout = 0;
  int64_t seed = 0;  // what is dropped, with the place
};

class MaskFiller {
 public:
  virtual ~MaskFiller() = default;

  // The ids of a text without special tokens around it; special strings in it
  // stay text.
  virtual std::vector<int64_t> encode(const std::string& text) const = 0;

  virtual std::string decode(const std::vector<int64_t>& ids) const = 0;

  // Whether an id is no text: a special token, or no token at all.
  virtual bool special(int64_t id) const = 0;

  // One fill a place, in order. Texts are ids of encode(); one that is longer
  // than the window is read as far as it fits around the place.
  virtual std::vector<MaskFill> fill(
      const std::vector<std::vector<int64_t>>& texts,
      const std::vector<MaskPlace>& places,
      const MaskFillOptions& options) const = 0;
};

}  // namespace lethe
