// What the head says about rows of hidden states, the vocabulary in chunks.
#include <algorithm>

#include "harness/base/error.h"
#include "harness/score/score.h"
#include "harness/score/warp.h"
#include "harness/tensor/exponentials.h"
#include "harness/tensor/ops.h"

namespace lethe {

void check_ids(const std::vector<int64_t>& ids, int64_t vocab_size) {
  for (const int64_t id : ids) {
    if (id >= 0 && id < vocab_size) continue;
    fail_input("score",
               fmt::format("token id {} is not below the model's vocabulary "
                           "of {}",
                           id, vocab_size),
               "the tokenizer and the model do not belong together");
  }
}

int64_t head_chunk(int64_t vocab_size) {
  return std::max<int64_t>(1, (int64_t{1} << 22) / vocab_size);
}

int64_t default_batch_tokens(at::Device device) {
  return device.is_cpu() ? 4096 : 16384;
}

namespace {

// Logits [R, V] of some rows, and the targets [M, 1] after them.
struct Chunk {
  Tensor logits;
  Tensor rows;  // [M] of each target; undefined: target m follows row m
  Tensor targets;

  Tensor of_targets(const Tensor& of_rows) const {
    return rows.defined() ? of_rows.index_select(0, rows) : of_rows;
  }
  Tensor chosen() const {  // [M, 1]
    return rows.defined() ? at::index(logits, {rows.unsqueeze(1), targets})
                          : logits.gather(1, targets);
  }
};

class Statistics {
 public:
  explicit Statistics(const ScoreOptions& options) : o_(options) {}

  void add(const Chunk& chunk) {
    const RowSummary summary = summarise_rows(chunk.logits);
    const Tensor chosen = chunk.chosen();
    argmax_.push_back(chunk.of_targets(summary.argmax));
    logprob_.push_back(o_.sampling == nullptr
                           ? chosen.squeeze(1) -
                                 chunk.of_targets(summary.log_sum)
                           : drawn(chunk));
    if (!o_.full_statistics) return;
    add_rank(chunk, chosen);
    const Tensor logp = chunk.logits - summary.log_sum.unsqueeze(1);
    const Tensor p = logp.exp();
    const Tensor mean = (p * logp).sum(1, true);
    const Tensor centred = logp - mean;  // two passes: no cancellation
    mu_.push_back(chunk.of_targets(mean.squeeze(1)));
    sigma_.push_back(chunk.of_targets((p * centred * centred).sum(1).sqrt()));
  }

  RowStatistics all() const {
    RowStatistics rows{at::cat(logprob_), at::cat(argmax_), {}, {}, {}};
    if (!o_.full_statistics) return rows;
    rows.rank = at::cat(rank_);
    rows.mu = at::cat(mu_);
    rows.sigma = at::cat(sigma_);
    return rows;
  }

 private:
  // Log-probs of the targets under the distribution that a draw is from.
  Tensor drawn(const Chunk& chunk) const {
    const Tensor logp = at::log_softmax(warp(chunk.logits, *o_.sampling), -1);
    return chunk.of_targets(logp).gather(1, chunk.targets).squeeze(1);
  }

  // Equal logits: the lower id comes first, as argmax has it.
  void add_rank(const Chunk& chunk, const Tensor& chosen) {
    const Tensor logits = chunk.of_targets(chunk.logits);
    const Tensor ids = at::arange(logits.size(1), chunk.targets.options());
    rank_.push_back(
        ((logits > chosen)
             .logical_or((logits == chosen).logical_and(ids < chunk.targets)))
            .sum(1));
  }

  const ScoreOptions& o_;
  std::vector<Tensor> logprob_, argmax_, rank_, mu_, sigma_;
};

}  // namespace

RowStatistics row_statistics(const Model& model, const Tensor& states,
                             const std::vector<int64_t>& places,
                             const Tensor& targets,
                             const ScoreOptions& options) {
  // Wider than in training: the product reads the whole head for each chunk.
  const int64_t most = 4 * head_chunk(model.config().vocab_size);
  Statistics statistics(options);
  auto first = places.begin();
  for (int64_t begin = 0; begin < states.size(0); begin += most) {
    const int64_t rows = std::min(most, states.size(0) - begin);
    const auto last = std::lower_bound(first, places.end(), begin + rows);
    const int64_t count = last - first;
    Chunk chunk{model.head(states.narrow(0, begin, rows)),
                {},
                targets.narrow(0, first - places.begin(), count).unsqueeze(1)};
    if (count > rows) {
      chunk.rows = int_tensor({first, last}, states.device()) - begin;
    }
    statistics.add(chunk);
    first = last;
  }
  return statistics.all();
}

}  // namespace lethe
