// What the model said before it was trained, without a second model beside it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "harness/model/model.h"
#include "harness/plugin/method.h"
#include "harness/train/draws.h"

namespace lethe {

// Log-probs and states of the rows of the coming steps, computed in one pass
// before they are needed and kept beside the weights: M x H numbers for M
// supervised tokens, where a frozen model would cost its weights and a pass a
// step. Rows that come again are computed once. When what is kept would exceed
// the budget, the steps are taken in turns, for which the original is opened
// again for a moment.
class Original {
 public:
  struct Source {
    const Model* model = nullptr;  // trained in place; original until step 1
    // Opens the original; may be empty when it is never needed again.
    std::function<std::shared_ptr<const Model>()> open;
  };

  // Everything named must outlive it.
  Original(const Uses& uses, const TrainingData& data,
           const TrainOptions& options, Source source);

  // Makes what step `step` (of `steps`) asks for available. Call before each;
  // at first before the model has changed in any way.
  void prepare(int64_t step, int64_t steps);

  Tensor logprobs(const Batch& batch) const;  // [B] float32, nats
  Tensor states(const Batch& batch) const;    // [M, H] of supervised tokens
  const Head& head() const;
  // Seconds spent here, and tokens run forward.
  double seconds() const { return seconds_; }
  int64_t tokens() const { return tokens_; }

 private:
  using Key = std::pair<Side, int64_t>;
  const TrainingSet& set_of(Side side) const;
  std::vector<Side> sides(bool of_states) const;
  int64_t kept_bytes(const TrainingRow& row) const;
  void plan(int64_t steps);
  void compute(const Model& original);
  void keep_head(const Model& original);

  const Uses uses_;
  const int64_t layer_;  // of uses_; -1: what heads read
  const TrainingData& data_;
  const TrainOptions& o_;
  Source source_;
  int64_t begin_ = 1, end_ = 1;  // the steps of the turn, end not included
  std::map<Key, float> logprobs_;
  std::map<Key, Tensor> states_;  // [m, H] each
  std::vector<Key> wanted_logprobs_, wanted_states_;
  std::unique_ptr<Head> head_;
  double seconds_ = 0;
  int64_t tokens_ = 0;
};

}  // namespace lethe
