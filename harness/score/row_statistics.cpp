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

RowStatistics row_statistics(const Model& model, const Tensor& states,
                             const Tensor& targets,
                             const ScoreOptions& options) {
  const bool full = options.full_statistics;
  // Wider than in training: the product reads the whole head for each chunk.
  const int64_t chunk = 4 * head_chunk(model.config().vocab_size);
  std::vector<Tensor> logprob, argmax, rank, mu, sigma;
  for (int64_t begin = 0; begin < states.size(0); begin += chunk) {
    const int64_t count = std::min(chunk, states.size(0) - begin);
    const Tensor logits = model.head(states.narrow(0, begin, count));
    const Tensor target = targets.narrow(0, begin, count).unsqueeze(1);
    const Tensor chosen = logits.gather(1, target);
    const RowSummary summary = summarise_rows(logits);
    const Tensor log_sum = summary.log_sum.unsqueeze(1);
    if (options.sampling == nullptr) {
      logprob.push_back((chosen - log_sum).squeeze(1));
    } else {
      logprob.push_back(at::log_softmax(warp(logits, *options.sampling), -1)
                            .gather(1, target)
                            .squeeze(1));
    }
    argmax.push_back(summary.argmax);
    if (!full) continue;
    // Equal logits: the lower id comes first, as argmax has it.
    const Tensor ids = at::arange(logits.size(1), target.options());
    rank.push_back(
        ((logits > chosen)
             .logical_or((logits == chosen).logical_and(ids < target)))
            .sum(1));
    const Tensor logp = logits - log_sum;
    const Tensor p = logp.exp();
    const Tensor mean = (p * logp).sum(1, true);
    const Tensor centred = logp - mean;  // two passes: no cancellation
    mu.push_back(mean.squeeze(1));
    sigma.push_back((p * centred * centred).sum(1).sqrt());
  }
  RowStatistics rows{at::cat(logprob), at::cat(argmax), {}, {}, {}};
  if (full) {
    rows.rank = at::cat(rank);
    rows.mu = at::cat(mu);
    rows.sigma = at::cat(sigma);
  }
  return rows;
}

}  // namespace lethe
