// UNDIAL: on forget texts the model learns the original's prediction with the
// true token's logit lowered.
//
//   L = forget mean -sum_j q_j log p_j + retain NLL(retain)
//       + kl KL(original || model)(retain)
//   q = softmax(z0 - strength onehot(x_t)), z0: logits of the original
//
// Paper: Dong et al. 2024, arXiv:2402.10052. Peer: open-unlearning
// UNDIAL @ d3d7cf9, whose defaults these are (retain 0, as in the paper);
// teachers_test.cpp works the loss out, to 1e-5.
// Deviation: the mean is over the supervised tokens. The peer's is over every
// position, prompt and padding included, where its label -100 lowers the logit
// of the token V - 100: what batches are padded with would decide the loss.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double strength = 10.0;  // how far the true token's logit is lowered, > 0
  double forget = 1.0;     // weight of the forget term, >= 0
  double retain = 0.0;     // weight of the retain NLL, >= 0
  double kl = 0.0;         // weight of the KL on retain, >= 0; nats a token
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, strength, forget,
                                                retain, kl)

class Undial final : public Method {
 public:
  explicit Undial(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.strength > 0)) {
      fail_usage("undial", "strength is not above 0", "try 10");
    }
  }

  Uses uses() const override {
    return {.retain = o_.retain != 0 || o_.kl != 0,
            .original_forget = o_.forget != 0,
            .original_retain = o_.kl != 0};
  }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] { return to_lowered(s); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
    s.add("kl", o_.kl, [&] { return s.original_kl(s.retain); });
  }

 private:
  Tensor to_lowered(Step& s) const {
    const Tensor states0 = s.original_states(s.forget);
    const Head& head0 = s.original_head();
    const double scale = 1.0 / static_cast<double>(s.forget.step_tokens);
    return logits_loss(
        s.model, s.forget,
        [&](const Tensor& logits, const Tensor& targets,
            const TokenRange& range) {
          const at::NoGradGuard constant;
          Tensor taught =
              head_logits(head0, states0.narrow(0, range.begin, range.count));
          const Tensor target = targets.unsqueeze(1);
          taught.scatter_add_(
              1, target, at::full_like(target, -o_.strength, taught.options()));
          taught = at::softmax(taught, 1);
          const at::AutoGradMode recorded(true);
          return -(taught * at::log_softmax(logits, 1)).sum() * scale;
        });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Undial>(
    {.name = "undial",
     .summary = "Self-distillation with the true token's logit lowered.",
     .paper = "arXiv:2402.10052",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
