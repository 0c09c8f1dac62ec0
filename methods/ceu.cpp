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
  // Every row has a supervised token, so a step has a first one for each.
  Tensor to_others(Step& s) const {
    const Tensor all = token_cross_entropy_to_others(s.model, s.forget);
    if (!o_.skip_first) {
      return all.sum() / static_cast<double>(s.forget.step_tokens);
    }
    const Tensor& row = s.forget.row_of;  // in order
    const Tensor later =
        at::cat({at::zeros({1}, row.options()), row.diff().eq(0)});
    const int64_t tokens = s.forget.step_tokens - s.forget.step_rows;
    return (all * later).sum() /
           static_cast<double>(std::max<int64_t>(tokens, 1));
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
