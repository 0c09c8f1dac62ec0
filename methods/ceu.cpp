// CE-U: on forget texts the model learns its own prediction with the true token
// struck out.
//
//   L = forget mean -sum_j q_j log p_j + retain NLL(retain)
//   q = softmax of the logits without the true token's; it records no gradient
//   mean over the supervised tokens of forget but the first of each row
//
// Paper: Yang 2025, arXiv:2503.01224. Peer: open-unlearning CEU @ d3d7cf9,
// which has no retain term (retain = 0) and takes the mean of each batch where
// this one takes that of the step.
#include <algorithm>
#include <cmath>

#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  bool skip_first = true;  // leave a row's first supervised token out
  double forget = 1.0;     // weight of the forget term, >= 0
  double retain = 0.0;     // weight of the retain NLL, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, skip_first, forget,
                                                retain)

class Ceu final : public Method {
 public:
  explicit Ceu(const Json& json) : o_(parse<Options>(json)) {}
  Uses uses() const override { return {.retain = o_.retain != 0}; }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] { return to_others(s); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  Tensor to_others(Step& s) const {
    const Tensor counted = counted_tokens(s.forget);
    // Every row has a supervised token, so a step has a first one for each.
    const int64_t left_out = o_.skip_first ? s.forget.step_rows : 0;
    const double scale = 1.0 / static_cast<double>(std::max<int64_t>(
                                   s.forget.step_tokens - left_out, 1));
    return logits_loss(
        s.model, s.forget,
        [&](const Tensor& logits, const Tensor& targets,
            const TokenRange& range) {
          const Tensor others = at::softmax(
              logits.detach().scatter(1, targets.unsqueeze(1), -INFINITY), 1);
          const Tensor each = -(others * at::log_softmax(logits, 1)).sum(1);
          return (each * counted.narrow(0, range.begin, range.count)).sum() *
                 scale;
        });
  }

  // [M] 1, or 0 for the first supervised token of a row.
  Tensor counted_tokens(const Batch& batch) const {
    const Tensor& row = batch.row_of;  // in order
    if (!o_.skip_first) return at::ones_like(row);
    return at::cat({at::zeros({1}, row.options()), row.diff().eq(0)});
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Ceu>(
    {.name = "ceu",
     .summary = "Cross-entropy to the model's prediction without the truth.",
     .paper = "arXiv:2503.01224",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
