#include "harness/score/drift.h"

#include <algorithm>
#include <numeric>

#include "harness/base/error.h"
#include "harness/score/oom.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Tokens of a chunk of rows, on the device.
struct Rows {
  Tensor kl, same_top, logprob, base_logprob;  // [M]
};

Tensor log_softmax(const Model& model, const Tensor& states) {
  return at::log_softmax(model.head(states), 1, at::kFloat);
}

Rows compare(const Model& model, const Tensor& states, const Model& base,
             const Tensor& base_states, const Tensor& targets) {
  const Tensor q = log_softmax(model, states);
  const Tensor p = log_softmax(base, base_states);
  const Tensor weight = p.exp();
  // A token that the base rules out adds nothing, also where q rules it out.
  const Tensor terms = (p - q).mul_(weight).masked_fill_(weight == 0, 0);
  const Tensor target = targets.unsqueeze(1);
  return {terms.sum(1), q.argmax(1) == p.argmax(1),
          q.gather(1, target).squeeze(1), p.gather(1, target).squeeze(1)};
}

class Comparison {
 public:
  Comparison(const Model& model, const Model& base, const ScoreOptions& options)
      : model_(model), base_(base), o_(options) {
    const int64_t own = model.config().vocab_size,
                  other = base.config().vocab_size;
    if (own != other) {
      fail_usage(
          "drift",
          fmt::format("the model has {} tokens, the base {}", own, other),
          "compare models with one vocabulary");
    }
    window_ =
        std::min(model.config().max_positions, base.config().max_positions);
    if (o_.max_length > 0) window_ = std::min(window_, o_.max_length);
  }

  std::vector<std::shared_ptr<const TokenDrift>> run(
      const std::vector<ScoreItem>& items) {
    for (const ScoreItem& item : items) add(item);
    std::vector<size_t> order(items_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return items_[a].ids.size() > items_[b].ids.size();
    });
    std::erase_if(order, [&](size_t i) { return scored(i) == 0; });
    std::vector<int64_t> sizes;
    for (const size_t i : order) {
      sizes.push_back(static_cast<int64_t>(items_[i].ids.size()));
    }
    const int64_t budget = o_.batch_tokens > 0
                               ? o_.batch_tokens
                               : default_batch_tokens(model_.device());
    in_batches(
        sizes, o_.alone ? 1 : budget,
        [&](size_t begin, size_t end) {
          run_batch({order.begin() + begin, order.begin() + end});
        },
        o_.progress);
    return {drifts_.begin(), drifts_.end()};
  }

 private:
  void add(const ScoreItem& given) {
    check_ids(given.ids, model_.config().vocab_size);
    ScoreItem item = given;
    const auto over = static_cast<int64_t>(item.ids.size()) - (window_ + 1);
    if (over > 0) item.ids.erase(item.ids.begin(), item.ids.begin() + over);
    item.score_from =
        std::max<int64_t>(1, item.score_from - std::max<int64_t>(0, over));
    drifts_.push_back(std::make_shared<TokenDrift>());
    drifts_.back()->truncated = over > 0;
    items_.push_back(std::move(item));
  }

  int64_t scored(size_t i) const {
    return std::max<int64_t>(
        0, static_cast<int64_t>(items_[i].ids.size()) - items_[i].score_from);
  }

  void run_batch(const std::vector<size_t>& batch) {
    std::vector<std::vector<int64_t>> inputs;
    std::vector<int64_t> rows, targets;
    int64_t offset = 0;
    for (const size_t i : batch) {
      const std::vector<int64_t>& ids = items_[i].ids;
      inputs.emplace_back(ids.begin(), ids.end() - 1);
      for (size_t t = static_cast<size_t>(items_[i].score_from); t < ids.size();
           ++t) {
        rows.push_back(offset + static_cast<int64_t>(t) - 1);
        targets.push_back(ids[t]);
      }
      offset += static_cast<int64_t>(inputs.back().size());
    }
    const Tensor index = int_tensor(rows, model_.device());
    take(batch,
         chunks(states(model_, inputs, index), states(base_, inputs, index),
                int_tensor(targets, model_.device())));
  }

  static Tensor states(const Model& model,
                       const std::vector<std::vector<int64_t>>& inputs,
                       const Tensor& rows) {
    Ragged texts = ragged(inputs, model.device());
    texts.wanted = rows;
    return model.hidden(texts);
  }

  Rows chunks(const Tensor& states, const Tensor& base_states,
              const Tensor& targets) const {
    const int64_t chunk = head_chunk(model_.config().vocab_size);
    std::vector<Tensor> kl, same, logprob, base_logprob;
    for (int64_t begin = 0; begin < states.size(0); begin += chunk) {
      const int64_t count = std::min(chunk, states.size(0) - begin);
      const Rows rows = compare(model_, states.narrow(0, begin, count), base_,
                                base_states.narrow(0, begin, count),
                                targets.narrow(0, begin, count));
      kl.push_back(rows.kl);
      same.push_back(rows.same_top);
      logprob.push_back(rows.logprob);
      base_logprob.push_back(rows.base_logprob);
    }
    return {at::cat(kl), at::cat(same), at::cat(logprob),
            at::cat(base_logprob)};
  }

  // The batch's numbers come to the host here, all at once.
  void take(const std::vector<size_t>& batch, const Rows& rows) {
    const std::vector<float> kl = to_floats(rows.kl),
                             logprob = to_floats(rows.logprob),
                             base_logprob = to_floats(rows.base_logprob);
    const std::vector<int64_t> same = to_ints(rows.same_top.to(at::kLong));
    size_t begin = 0;
    for (const size_t i : batch) {
      const auto count = static_cast<size_t>(scored(i));
      const auto part = [&](const auto& all, auto& to) {
        to.assign(all.begin() + begin, all.begin() + begin + count);
      };
      part(kl, drifts_[i]->kl);
      part(logprob, drifts_[i]->logprobs);
      part(base_logprob, drifts_[i]->base_logprobs);
      part(same, drifts_[i]->same_top);
      begin += count;
    }
  }

  const Model& model_;
  const Model& base_;
  const ScoreOptions& o_;
  int64_t window_ = 0;
  std::vector<ScoreItem> items_;
  std::vector<std::shared_ptr<TokenDrift>> drifts_;
};

}  // namespace

std::vector<std::shared_ptr<const TokenDrift>> drift(
    const Model& model, const Model& base, const std::vector<ScoreItem>& items,
    const ScoreOptions& options) {
  const c10::InferenceMode inference;
  return Comparison(model, base, options).run(items);
}

}  // namespace lethe
