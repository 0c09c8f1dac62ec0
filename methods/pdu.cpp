// PDU: flatten the logits of forget texts under the constraint that the retain
// loss stays below a bound; the constraint's weight follows how far it is
// broken.
//
//   L = forget mean (max_j z_j - mean_j z_j)^2 + lambda NLL(retain)
//   lambda <- max(0, lambda + dual_step (NLL(retain) - retain_eps))
//   after each step of a later epoch than warmup_epochs; before, it is `retain`
//   z: logits before a supervised token
//
// Paper: Entesari et al. 2025, arXiv:2506.05314. Peer: open-unlearning PDU
// @ d3d7cf9; its recipes have retain_eps 0.3 (TOFU), 1.5 and 0.1 (MUSE), retain
// 50 to 100, dual_step 1 to 5 and warmup_epochs 3 to 5. teachers_test.cpp works
// the loss and lambda out, to 1e-5.
// Deviations: the peer masks logits by the labels of their own positions, which
// leaves out those before the first token of an answer and takes those behind
// its last one; here the logits that predict supervised tokens count, as in the
// paper. lambda moves once a step, not once a backward pass, so that
// accumulated batches add up to one big one.
#include <algorithm>

#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double retain_eps = -1;    // bound of the retain NLL, >= 0; must be given
  double forget = 1.0;       // weight of the flattening term, >= 0
  double retain = 50.0;      // lambda at first, >= 0
  double dual_step = 1.0;    // step size of lambda, >= 0
  double warmup_epochs = 0;  // passes over forget before lambda moves, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, retain_eps, forget,
                                                retain, dual_step,
                                                warmup_epochs)

class Pdu final : public Method {
 public:
  explicit Pdu(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.retain_eps >= 0)) {
      fail_usage("pdu", "retain_eps is not given, or below 0",
                 "set it a little above the model's mean retain NLL");
    }
    if (!(o_.retain >= 0)) fail_usage("pdu", "retain is below 0", "try 50");
    if (!(o_.dual_step >= 0)) {
      fail_usage("pdu", "dual_step is below 0", "try 1");
    }
    if (!(o_.warmup_epochs >= 0)) {
      fail_usage("pdu", "warmup_epochs is below 0", "try 0");
    }
  }

  Uses uses() const override { return {.retain = true}; }

  void before_step(TrainState& state) const override {
    double& lambda = state.numbers.emplace("lambda", o_.retain).first->second;
    const auto measured = state.terms.find("retain");
    const auto done = static_cast<double>(state.step - 1);
    const double warmup =
        o_.warmup_epochs * static_cast<double>(state.epoch_steps);
    if (measured == state.terms.end() || done <= warmup) return;
    lambda = std::max(
        0.0, lambda + o_.dual_step * (measured->second - o_.retain_eps));
  }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] { return peaks(s.model, s.forget); });
    const auto found = s.state.numbers.find("lambda");
    const double lambda =
        found == s.state.numbers.end() ? o_.retain : found->second;
    // A weight of 0 would compute nothing, and lambda could never rise again.
    s.add("retain", std::max(lambda, 1e-20),
          [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  static Tensor peaks(const Model& model, const Batch& batch) {
    const double scale = 1.0 / static_cast<double>(batch.step_tokens);
    return logits_loss(
        model, batch,
        [scale](const Tensor& logits, const Tensor&, const TokenRange&) {
          const Tensor highest = std::get<0>(logits.max(1));
          return (highest - logits.mean(1)).square().sum() * scale;
        });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Pdu>(
    {.name = "pdu",
     .summary = "Flat forget logits under a bound on the retain loss.",
     .paper = "arXiv:2506.05314",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
