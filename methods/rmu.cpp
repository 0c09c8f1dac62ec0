// RMU: the states of forget texts after one layer are steered to a random
// direction, those of retain texts stay where they were.
//
//   L = forget mean |h(forget) - c u|^2 / H
//       + retain mean |h(retain) - h0(retain)|^2 / H
//   h, h0: states [H] after block `layer` of the model and the original;
//   u: uniform in [0, 1)^H, of length 1, drawn from the seed
//   c: steering; in the adaptive form scale |h0| of each forget token
//
// Paper: Li et al. 2024, arXiv:2403.03218, section 4. The adaptive form:
// Huu-Tien et al. 2024, arXiv:2408.06223 (its code takes |h0| once,
// as the mean over the first batch). Peer: open-unlearning RMU @ d3d7cf9 with
// retain_loss_type EMBED_DIFF, whose defaults are steering 2 and retain 1;
// teachers_test.cpp works the losses out, to 1e-5.
// Deviations: means are over the supervised tokens of the step, the peer's of
// each row first; one direction for all forget data, where the paper draws one
// a topic; what is trained are the weights that the training options pick (all
// of them by default, as the peer does), where the paper trains the down
// projections of the blocks layer - 2 to layer.
#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  std::string form = "paper";  // paper, or adaptive
  int64_t layer = -1;      // the block, from 0, whose output is steered; -1: a
                           // quarter deep, the paper's block 7 of 32
  double steering = 6.5;   // c of the paper's form, > 0
  double scale = 5.0;      // of the adaptive form, > 0
  double forget = 1.0;     // weight of the forget term, >= 0
  double retain = 1200.0;  // weight of the retain term (alpha), >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, form, layer, steering,
                                                scale, forget, retain)

// u [H] float32.
Tensor direction(int64_t seed, int64_t size, at::Device device) {
  Rng rng(static_cast<uint64_t>(seed), "rmu");
  std::vector<float> values;
  for (int64_t i = 0; i < size; ++i) {
    values.push_back(static_cast<float>(rng.uniform()));
  }
  const Tensor drawn = at::tensor(values);
  return (drawn / drawn.norm()).to(device);
}

// The mean of squares [M, H] over the supervised tokens of the step and H.
Tensor mean_square(const Tensor& difference, const Batch& batch) {
  return difference.square().sum() /
         static_cast<double>(batch.step_tokens * difference.size(1));
}

class Rmu final : public Method {
 public:
  explicit Rmu(const Json& json) : o_(parse<Options>(json)) {
    if (o_.form != "paper" && o_.form != "adaptive") {
      fail_usage("rmu", "form is " + o_.form, "choose paper or adaptive");
    }
    if (o_.layer < -1) fail_usage("rmu", "layer is below -1", "try -1");
    if (!(o_.steering > 0))
      fail_usage("rmu", "steering is not above 0", "try 6.5");
    if (!(o_.scale > 0)) fail_usage("rmu", "scale is not above 0", "try 5");
  }

  Uses uses() const override {
    return {.retain = o_.retain != 0,
            .original_forget = adaptive(),
            .original_retain = o_.retain != 0,
            .original_layer = o_.layer + 1,
            .original_depth = o_.layer < 0 ? 0.25 : 0};
  }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] { return steered(s); });
    s.add("retain", o_.retain, [&] {
      const Tensor original = s.original_states(s.retain).to(at::kFloat);
      return mean_square(states(s.model, s.retain) - original, s.retain);
    });
  }

 private:
  bool adaptive() const { return o_.form == "adaptive"; }

  Tensor steered(Step& s) const {
    const Tensor h = states(s.model, s.forget);
    Tensor target = direction(s.state.seed, h.size(1), h.device()) *
                    (adaptive() ? o_.scale : o_.steering);
    if (adaptive()) {
      target = target *
               s.original_states(s.forget).to(at::kFloat).norm(2, {1}, true);
    }
    return mean_square(h - target, s.forget);
  }

  // [M, H] float32 of the supervised tokens.
  Tensor states(const Model& model, const Batch& batch) const {
    Ragged rows = batch.rows;
    rows.wanted = batch.scored;
    return model.states_after(rows, layer_of(uses(), model.config().layers))
        .to(at::kFloat);
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Rmu>(
    {.name = "rmu",
     .summary = "Forget states steered to a random direction, retain kept.",
     .paper = "arXiv:2403.03218",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
