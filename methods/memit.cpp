// MEMIT: all facts at once are written into the MLPs of several blocks, each of
// which takes its share of what is still missing.
//
//   for l = first .. last:  W_l <- W_l + R K^T (lambda C + K K^T)^-1
//   K: what the down projection is given at the key tokens, a column a fact:
//      half of the bare prompt, half of the mean over contexts
//   R: (z* - z) / (last - l + 1), z: what block `last` gives there as edited
//      so far, z*: what it must give for the target (model_editing/value.h)
//   C: mean of k k^T over retain tokens in the model as it was
//
// Paper: Meng et al. 2023, arXiv:2210.07229, section 4; for deletion Patil et
// al. 2024, arXiv:2309.17410. Peer: kmeng01/memit @ b86d971, whose GPT-J
// defaults these are; model_editing/edit_parity_test.cpp holds the update
// against torch, to 1e-5. Which tokens are edited: model_editing/facts.h.
// Deviations: lambda is given for GPT-J's I = 16384 and taken in proportion to
// I, as k^T C^-1 k grows with it: 15000 leaves small models as they are. Where
// a norm stands behind the MLP (Gemma 2, OLMo 2, OPT 350m) shares of other
// blocks do not add up, so that there is one block. Contexts, C and refusals as
// in rome.cpp. Memory of an 8B model: C 0.8 GB, solving 5 GB in float64.
#include <algorithm>
#include <cmath>

#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "methods/model_editing/edit_run.h"
#include "methods/model_editing/update.h"

namespace lethe {
namespace {

struct Options : EditOptions {
  std::vector<int64_t> layers;  // first and last block, from 0; empty: five up
                                // to a quarter deep, 4 to 8 of 32
  double mom2_update_weight = 15000;  // lambda at I = 16384, > 0

  Options() {
    v_num_grad_steps = 25;
    clamp_norm_factor = 0.75;
    contexts = 5;
  }
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    Options, layers, mom2_update_weight, target, answers, fact_token,
    v_num_grad_steps, v_lr, v_weight_decay, clamp_norm_factor, kl_factor,
    contexts, context_tokens, mom2_samples, ridge)

// One run.
class Run {
 public:
  Run(Context& context, const Options& options)
      : run_("memit", context, options),
        o_(options),
        model_(run_.model()),
        adds_up_(model_->config().norm_place == NormPlace::before ||
                 model_->config().parallel_blocks) {
    choose_layers();
  }

  Unlearned unlearn() {
    const auto count = run_.facts().size();
    Progress progress("memit", "facts", static_cast<int64_t>(count));
    std::vector<Tensor> wanted;
    for (size_t i = 0; i < count; ++i) {
      wanted.push_back(run_.value(*model_, last_, i, adds_up_).value);
      progress.add(1);
    }
    progress.finish();
    for (int64_t layer = first_; layer <= last_; ++layer) edit(layer, wanted);
    return run_.write(*model_);
  }

 private:
  void choose_layers() {
    const int64_t layers = model_->config().layers;
    if (o_.layers.empty()) {
      const int64_t quarter = std::llround(static_cast<double>(layers) / 4);
      last_ = std::max<int64_t>(0, std::min(quarter, layers - 2));
      first_ = adds_up_ ? std::max<int64_t>(0, last_ - 4) : last_;
    } else {
      first_ = o_.layers.front();
      last_ = o_.layers.back();
    }
    run_.check_layer(first_);
    run_.check_layer(last_);
    if (!adds_up_ && first_ < last_) {
      fail_usage("memit",
                 model_->config().model_type +
                     " has a norm behind its MLPs: shares of blocks do not "
                     "add up",
                 "give layers with one block");
    }
  }

  // z [H] of the fact's bare prompt.
  Tensor reached(size_t i) {
    const KeyStates now = run_.states(*model_, last_, i);
    return (adds_up_ ? now.blocks : now.outputs).select(0, 0);
  }

  void edit(int64_t layer, const std::vector<Tensor>& wanted) {
    std::vector<Tensor> keys, missing;
    for (size_t i = 0; i < wanted.size(); ++i) {
      const Tensor all = run_.states(*model_, layer, i).keys;
      const Tensor bare = all.select(0, 0);
      const int64_t others = all.size(0) - 1;
      keys.push_back(
          others == 0 ? bare : (bare + all.narrow(0, 1, others).mean(0)) / 2);
      missing.push_back(wanted[i] - reached(i));
    }
    const Tensor residuals = at::stack(missing, 1);
    log_info(fmt::format("memit: block {}, {:.3g} from the values on average",
                         layer, residuals.norm(2, 0).mean().item<double>()));
    const Tensor k = at::stack(keys, 1);
    const double lambda =
        o_.mom2_update_weight * static_cast<double>(k.size(0)) / 16384;
    const Tensor update =
        memit_update(residuals / static_cast<double>(last_ - layer + 1), k,
                     run_.moment(layer).mul_(lambda));
    model_ = with_down_weight(*model_, layer,
                              down_weight(*model_, layer).add_(update));
  }

  EditRun run_;
  const Options& o_;
  std::shared_ptr<const Model> model_;
  // Whether what an MLP gives is added to the states as it is.
  const bool adds_up_;
  int64_t first_ = 0, last_ = 0;
};

class Memit final : public Method {
 public:
  explicit Memit(const Json& json) : o_(parse<Options>(json)) {
    check_edit_options("memit", o_);
    if (!(o_.mom2_update_weight > 0)) {
      fail_usage("memit", "mom2_update_weight is not above 0", "try 15000");
    }
    const size_t count = o_.layers.size();
    if (count > 2 || (count == 2 && o_.layers[0] > o_.layers[1])) {
      fail_usage("memit", "layers is no range",
                 "give the first and the last block, [4,8]");
    }
  }

  Uses uses() const override { return {.retain = true}; }

  Unlearned unlearn(Context& context) const override {
    return Run(context, o_).unlearn();
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Memit>(
    {.name = "memit",
     .summary = "All facts edited at once in several blocks' MLPs.",
     .paper = "arXiv:2210.07229",
     .options = defaults<Options>(),
     .files = {"answers"}});

}  // namespace
}  // namespace lethe
