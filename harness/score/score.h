// The one teacher-forced pass: token statistics that feed every one-pass
// metric and attack.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "harness/base/observation.h"
#include "harness/model/model.h"

namespace lethe {

// A text to score: ids[score_from ..] given everything before.
struct ScoreItem {
  std::vector<int64_t> ids;
  int64_t score_from = 1;  // at least 1: the first token has no context
  // Items of one group that share their first tokens (the choices of a
  // question) compute them once; -1: alone.
  int64_t group = -1;
};

struct ScoreOptions {
  int64_t batch_tokens = 0;     // tokens a batch; 0: chosen for the device
  bool full_statistics = true;  // false: log-prob, argmax and rank only
  // Called with the number of tokens computed, after every batch.
  std::function<void(int64_t tokens)> progress;
};

struct ScoreResult {
  std::vector<std::shared_ptr<const TokenStatistics>> statistics;  // per item
  int64_t tokens = 0;        // tokens that the model computed
  int64_t naive_tokens = 0;  // tokens without shared prefixes
  int64_t batches = 0;
};

// Statistics of every item, in the order given: float32 log-softmax whatever
// the model's dtype. Items longer than the model's window are cut from the left
// and marked. Batches hold at most `batch_tokens` tokens, longest first;
// running out of memory halves the batch and goes on. Throws: input error when
// an id is outside the vocabulary, runtime error when one item alone does not
// fit.
ScoreResult score(const Model& model, const std::vector<ScoreItem>& items,
                  const ScoreOptions& options = {});

// Statistics of the given rows of hidden states [M, H] for targets [M]: one
// entry a row, the vocabulary in chunks so that no [M, V] block exists.
struct RowStatistics {
  Tensor logprob;  // [M] float32, nats
  Tensor argmax;   // [M] int64
  Tensor rank;     // [M] int64
  Tensor mu;       // [M] float32, mean of log p under p; undefined unless full
  Tensor sigma;    // [M] float32
};
RowStatistics row_statistics(const Model& model, const Tensor& states,
                             const Tensor& targets, bool full);

// Rows of logits computed at once: about 16 MB of float32.
int64_t head_chunk(int64_t vocab_size);

// The default budget of tokens a batch.
int64_t default_batch_tokens(at::Device device);

}  // namespace lethe
