// Models: how a piece of text becomes token ids.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/text/component.h"
#include "harness/text/vocabulary.h"

namespace lethe {

// Immutable, so safe in threads that each have their own Memory.
class Model {
 public:
  // What a model keeps from one piece to the next: caches and buffers.
  struct Memory {
    virtual ~Memory() = default;
  };

  virtual ~Model() = default;
  virtual std::unique_ptr<Memory> make_memory() const = 0;

  // Appends the ids of a piece. `memory` is from this model's make_memory().
  virtual void encode(std::string_view piece, Memory* memory,
                      std::vector<int64_t>* ids) const = 0;
};

// Adds the tokens of the object {token: id} at "vocab".
// Throws: input error if it is malformed.
void read_vocabulary(const Json& json, const Place& place,
                     Vocabulary* vocabulary);

// Whether the model can read pieces that a ByteLevel pre-tokenizer left as
// plain bytes; the model of `json` need not be well formed.
bool model_reads_bytes(const Json& json);

// What the models of sentencepiece's library have and a tokenizer.json cannot
// say. All defaults: the model that the JSON describes.
struct ModelExtras {
  // Unigram: the scores are exact, not numbers read from a text.
  bool exact_scores = false;
  // Unigram: sums of scores are rounded to 32 bits.
  bool round_sums = false;
  // Unigram: the score of an unknown character; empty: 10 below the lowest.
  std::optional<double> unknown_score = {};
  // Unigram: by id, whether no text is to become this token; empty: none.
  std::vector<bool> hidden = {};
  // BPE: the ranks of "merges", several of one rank being applied from the left
  // to the right; empty: their places.
  std::vector<uint32_t> ranks = {};
};

// The model of a tokenizer.json, whose tokens are added to `vocabulary`. With
// `bytes` its pieces are plain bytes that stand for characters of the byte
// alphabet (pre_tokenizer.h).
// Throws: input error if the type is unknown or anything is malformed.
std::unique_ptr<const Model> make_model(const Json& json, const Place& place,
                                        bool bytes, Vocabulary* vocabulary,
                                        const ModelExtras& extras = {});

}  // namespace lethe
