#include "harness/train/original.h"

#include <algorithm>
#include <cassert>
#include <chrono>

#include "harness/base/log.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {

using Clock = std::chrono::steady_clock;

Original::Original(const Uses& uses, const TrainingData& data,
                   const TrainOptions& options, Source source)
    : uses_(uses),
      layer_(layer_of(uses, source.model->config().layers)),
      data_(data),
      o_(options),
      source_(std::move(source)) {}

const TrainingSet& Original::set_of(Side side) const {
  switch (side) {
    case Side::retain:
      return data_.retain != nullptr ? *data_.retain : *data_.data;
    case Side::alternate:
      return data_.alternates->rows;
    case Side::forget:
      break;
  }
  return *data_.data;
}

// The sides whose states, or whose log-probs, the method asks for.
std::vector<Side> Original::sides(bool of_states) const {
  std::vector<Side> all;
  if (of_states ? uses_.original_forget : uses_.original_logprobs) {
    all.push_back(Side::forget);
  }
  if (of_states && uses_.original_retain) all.push_back(Side::retain);
  if (!of_states && uses_.original_logprobs && data_.alternates != nullptr) {
    all.push_back(Side::alternate);
  }
  return all;
}

int64_t Original::kept_bytes(const TrainingRow& row) const {
  return row.supervised() * source_.model->config().hidden_size *
         static_cast<int64_t>(c10::elementSize(source_.model->compute().dtype));
}

void Original::prepare(int64_t step, int64_t steps) {
  const bool idle = sides(true).empty() && sides(false).empty();
  if (idle || step < end_) return;
  const auto start = Clock::now();
  while (end_ <= step) plan(steps);
  const at::NoGradGuard no_gradients;
  if (begin_ == 1) {
    compute(*source_.model);
  } else {
    compute(*source_.open());
  }
  seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
}

// The next turn: the rows of as many steps as the budget holds, at least one.
void Original::plan(int64_t steps) {
  begin_ = end_;
  states_.clear();
  logprobs_.clear();
  wanted_states_.clear();
  wanted_logprobs_.clear();
  const std::vector<Side> of_states = sides(true), of_logprobs = sides(false);
  std::map<Key, bool> known_states, known_logprobs;
  int64_t bytes = 0;
  for (; end_ <= steps; ++end_) {
    const StepKeys keys = keys_of_step(o_, data_, end_);
    const auto keys_of = [&](Side side) -> const std::vector<int64_t>& {
      if (side == Side::alternate) return keys.alternate;
      const bool beside = side == Side::retain && data_.retain != nullptr;
      return beside ? keys.retain : keys.data;
    };
    std::vector<Key> more;
    for (const Side side : of_states) {
      for (const int64_t key : keys_of(side)) {
        if (!known_states.emplace(Key{side, key}, true).second) continue;
        more.emplace_back(side, key);
        bytes += kept_bytes(set_of(side).rows()[key]);
      }
    }
    if (end_ > begin_ && bytes > o_.original_bytes) break;
    wanted_states_.insert(wanted_states_.end(), more.begin(), more.end());
    for (const Side side : of_logprobs) {
      for (const int64_t key : keys_of(side)) {
        if (!known_logprobs.emplace(Key{side, key}, true).second) continue;
        wanted_logprobs_.emplace_back(side, key);
      }
    }
  }
}

void Original::compute(const Model& original) {
  std::vector<ScoreItem> items;
  for (const auto& [side, key] : wanted_logprobs_) {
    const TrainingRow& row = set_of(side).rows()[key];
    assert(row.labels.empty());  // likelihoods are of the ids
    items.push_back({row.ids, row.score_from});
  }
  if (!items.empty()) {
    const LikelihoodResult result = likelihoods(original, items);
    for (size_t i = 0; i < items.size(); ++i) {
      logprobs_[wanted_logprobs_[i]] =
          static_cast<float>(result.likelihoods[i].sum);
      tokens_ += static_cast<int64_t>(items[i].ids.size());
    }
  }
  if (wanted_states_.empty()) return;
  if (layer_ < 0) keep_head(original);
  const auto length = [&](const Key& key) {
    return set_of(key.first).rows()[key.second].ids.size();
  };
  std::stable_sort(wanted_states_.begin(), wanted_states_.end(),
                   [&](const Key& a, const Key& b) {
                     return a.first != b.first ? a.first < b.first
                                               : length(a) > length(b);
                   });
  const int64_t most = default_batch_tokens(original.device());
  for (size_t i = 0; i < wanted_states_.size();) {
    const Side side = wanted_states_[i].first;
    std::vector<int64_t> keys;
    int64_t tokens = 0;
    for (size_t j = i; j < wanted_states_.size(); ++j) {
      const auto own = static_cast<int64_t>(length(wanted_states_[j]));
      const bool fits = keys.empty() || tokens + own <= most;
      if (wanted_states_[j].first != side || !fits) break;
      keys.push_back(wanted_states_[j].second);
      tokens += own;
    }
    const Batch batch = make_batch(set_of(side), keys, original.device());
    Ragged rows = batch.rows;
    rows.wanted = batch.scored;
    const Tensor states = (layer_ < 0 ? original.hidden(rows)
                                      : original.states_after(rows, layer_))
                              .cpu();
    int64_t begin = 0;
    for (const int64_t key : batch.keys) {
      const TrainingRow& row = set_of(side).rows()[key];
      const int64_t m = row.supervised();
      states_[{side, key}] = states.narrow(0, begin, m).clone();
      begin += m;
    }
    tokens_ += tokens;
    i += keys.size();
  }
}

// A head that training changes is copied; one that it leaves is shared.
void Original::keep_head(const Model& original) {
  if (head_ != nullptr) return;
  const Head& own = original.head_weights();
  const bool trained = &original == source_.model && own.weight.requires_grad();
  const auto kept = [&](const Tensor& tensor) {
    if (!tensor.defined()) return Tensor();
    return trained ? tensor.detach().clone() : tensor.detach();
  };
  head_ = std::make_unique<Head>(
      Head{kept(own.weight), kept(own.bias), own.softcap});
}

Tensor Original::logprobs(const Batch& batch) const {
  std::vector<float> values;
  for (const int64_t key : batch.keys) {
    const auto found = logprobs_.find({batch.side, key});
    if (found == logprobs_.end()) {
      fail_runtime("original_logprobs", "was not prepared for this batch",
                   "set original_logprobs in uses()");
    }
    values.push_back(found->second);
  }
  return at::tensor(values, at::TensorOptions(at::kFloat))
      .to(batch.scored.device());
}

Tensor Original::states(const Batch& batch) const {
  std::vector<Tensor> parts;
  for (const int64_t key : batch.keys) {
    const auto found = states_.find({batch.side, key});
    if (found == states_.end()) {
      fail_runtime("original_states", "was not prepared for this batch",
                   "set original_retain or original_forget in uses()");
    }
    parts.push_back(found->second);
  }
  return at::cat(parts).to(batch.scored.device());
}

const Head& Original::head() const {
  if (head_ == nullptr) {
    fail_runtime("original_head", "was not prepared",
                 "set original_retain or original_forget in uses()");
  }
  return *head_;
}

}  // namespace lethe
