// The one teacher-forced pass: token statistics that feed every one-pass
// metric and attack, and log-likelihoods of continuations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "harness/base/observation.h"
#include "harness/model/model.h"
#include "harness/plugin/generation.h"
#include "harness/plugin/scoring.h"

namespace lethe {

struct ScoreOptions {
  int64_t batch_tokens = 0;     // tokens a batch; 0: chosen for the device
  bool full_statistics = true;  // false: log-prob and argmax only
  // Tokens that are read at once; 0: the model's window. More than that only
  // for rotary positions.
  int64_t max_length = 0;
  // Log-probs of the distribution that one draw is from (its temperature, top_k
  // and top_p) in place of the model's own; null: the model's. Must outlive the
  // scoring.
  const GenerateOptions* sampling = nullptr;
  // Each item by itself, in the order given: nothing shared, nothing batched,
  // so that a value depends on its item alone, to the bit.
  bool alone = false;
  // Called with the number of tokens computed, after every batch.
  std::function<void(int64_t tokens)> progress;
};

struct ScoreResult {
  std::vector<std::shared_ptr<const TokenStatistics>> statistics;  // per item
  ScoreCost cost;
};

// Statistics of every item, in the order given: float32 log-softmax whatever
// the model's dtype. First tokens that items have in common (few-shot blocks,
// questions, prompts) are computed once, as are equal items. Items longer than
// that are cut from the left and marked. Batches hold at most
// `batch_tokens` tokens, longest first; running out of memory halves the batch
// and goes on. Throws: input error when an id is outside the vocabulary,
// runtime error when one item alone does not fit.
ScoreResult score(const Model& model, const std::vector<ScoreItem>& items,
                  const ScoreOptions& options = {});

struct LikelihoodResult {
  std::vector<Likelihood> likelihoods;  // per item
  ScoreCost cost;
};

// As score(), in the memory of a few numbers an item.
LikelihoodResult likelihoods(const Model& model,
                             const std::vector<ScoreItem>& items,
                             const ScoreOptions& options = {});

// Statistics of targets [M] after rows of hidden states [R, H]: target m
// follows row places[m]. One entry a target; rows go through the head in
// chunks, so that no block [R, V] exists. REQUIRES: places ascend, and no row
// is without a target.
struct RowStatistics {
  Tensor logprob;  // [M] float32, nats
  Tensor argmax;   // [M] int64
  Tensor rank;     // [M] int64; the rest: undefined unless full_statistics
  Tensor mu;       // [M] float32, mean of log p under p
  Tensor sigma;    // [M] float32
};
RowStatistics row_statistics(const Model& model, const Tensor& states,
                             const std::vector<int64_t>& places,
                             const Tensor& targets,
                             const ScoreOptions& options);

// Throws: input error when an id is outside the vocabulary.
void check_ids(const std::vector<int64_t>& ids, int64_t vocab_size);

// Rows of logits computed at once in training: about 16 MB of float32; in
// scoring four times that.
int64_t head_chunk(int64_t vocab_size);

// The default budget of tokens a batch.
int64_t default_batch_tokens(at::Device device);

}  // namespace lethe
