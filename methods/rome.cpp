// ROME: for one fact after the other the MLP of one block is given a new value
// at the last token of the fact's subject, by a change of rank one that moves
// the keys of retain texts least.
//
//   W <- W + (v* - W k*) (C^-1 k*)^T / (k*^T C^-1 k*), W: a down projection
//   k*: what it is given at the key token, mean over contexts
//   v*: what it must give there for the target (model_editing/value.h): a
//       refusal, or with target=erase anything but the answer
//   C: mean of k k^T over retain tokens
//
// Paper: Meng et al. 2022, arXiv:2202.05262, section 3.1; for deletion Patil et
// al. 2024, arXiv:2309.17410 (empty response; erase: fact erasure). Peer:
// kmeng01/rome @ 0c06752, whose gpt2-xl defaults these are;
// model_editing/edit_parity_test.cpp holds the update against torch, to 1e-5.
// Which token is edited: model_editing/facts.h; it lies in NOTES/facts.jsonl.
// Deviations: k* is the mean wherever the formula has it: the peer divides by
// k^T C^-1 k* with the bare prompt's k, which can be near 0, and such an edit
// wrecks a model (Gupta et al. 2024, arXiv:2403.07175). Contexts are pieces of
// retain texts in place of what the model writes, and stand before the whole
// prompt, as MEMIT's; the same in k* and v*. C comes from the retain texts in
// place of Wikipedia, with a ridge. Refusals have no end of text behind them.
// Memory of an 8B model: C 0.8 GB, its factor and W 2.1 GB in float64.
#include <cmath>

#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "methods/model_editing/edit_run.h"
#include "methods/model_editing/update.h"

namespace lethe {
namespace {

struct Options : EditOptions {
  int64_t layer = -1;  // the block, from 0; -1: a sixth deep, 5 of 32
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, layer, target, answers,
                                                fact_token, v_num_grad_steps,
                                                v_lr, v_weight_decay,
                                                clamp_norm_factor, kl_factor,
                                                contexts, context_tokens,
                                                mom2_samples, ridge)

class Rome final : public Method {
 public:
  explicit Rome(const Json& json) : o_(parse<Options>(json)) {
    check_edit_options("rome", o_);
    if (o_.layer < -1) fail_usage("rome", "layer is below -1", "try -1");
  }

  Uses uses() const override { return {.retain = true}; }

  Unlearned unlearn(Context& context) const override {
    EditRun run("rome", context, o_);
    auto model = run.model();
    const auto layers = static_cast<double>(model->config().layers);
    const int64_t layer = o_.layer >= 0 ? o_.layer : std::llround(layers / 6);
    run.check_layer(layer);
    const Tensor factor = cholesky_factor(run.moment(layer));
    Tensor weight = down_weight(*model, layer);
    Progress progress("rome", "facts",
                      static_cast<int64_t>(run.facts().size()));
    for (size_t i = 0; i < run.facts().size(); ++i) {
      const FoundValue found = run.value(*model, layer, i, false);
      const KeyStates states = run.states(*model, layer, i);
      weight += rome_update(found.value - states.outputs.mean(0),
                            states.keys.mean(0), factor);
      model = with_down_weight(*model, layer, weight);
      progress.add(1);
    }
    progress.finish();
    return run.write(*model);
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Rome>(
    {.name = "rome",
     .summary = "Facts edited one by one in a block's MLP, by rank one.",
     .paper = "arXiv:2202.05262",
     .options = defaults<Options>(),
     .files = {"answers"}});

}  // namespace
}  // namespace lethe
