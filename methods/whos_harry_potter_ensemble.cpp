// Who's Harry Potter at inference: two networks answer together, and what a
// model trained further on the forget texts raises is lowered.
//
//   relu:           v = v_base - alpha max(v_reinforced - v_base, 0)
//   probabilities:  p = max(p_base - alpha (p_reinforced - p_base), 1e-30),
//                   v = log p (a softmax of v divides p by its sum)
//   v: logits, p: softmax of the logits, before the same place of the text
//
// Paper: Shi et al. 2024 (MUSE), arXiv:2407.06460, WHP in section 4, after
// Eldan and Russinovich 2023, arXiv:2310.02238. Peer: muse_bench @ e000038,
// baselines/whos_harry_potter.py: form `relu`, alpha 1; held against the two
// models' own logits, combined by hand, to 1e-5. The paper writes the form on
// probabilities, without a max, and reports alpha 4 (News) and 256 (Books).
// That is no distribution where it falls below 0: such tokens have 1e-30 here,
// 69 nats before the sum, so that they are never drawn and every text has a
// finite log-prob.
// Both networks are in memory and read every text. No checkpoint is left:
// training makes the reinforced model, the row is the two of them.
#include <filesystem>

#include "harness/base/registry.h"
#include "harness/model/ensemble.h"
#include "harness/plugin/defence.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "methods/whos_harry_potter/generic_labels.h"
#include "methods/whos_harry_potter/reinforced.h"

namespace lethe {
namespace {

constexpr const char* kName = "whos_harry_potter_ensemble";

// What the run keeps.
struct Pair {
  std::string reinforced;  // a model folder
  double alpha = 1.0;      // >= 0; 0: the model itself
  std::string form = "relu";
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Pair, reinforced, alpha, form)

struct Options {
  double alpha = 1.0;         // how far the raised is lowered, >= 0
  std::string form = "relu";  // or "probabilities"
  std::string reinforced;     // a model folder; empty: trained here
  double reinforce_lr = 3e-6;
  double reinforce_epochs = 3.0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, alpha, form,
                                                reinforced, reinforce_lr,
                                                reinforce_epochs)

void check(double alpha, const std::string& form) {
  if (!(alpha >= 0)) {
    fail_usage(kName, fmt::format("alpha is {}", alpha), "give at least 0");
  }
  if (form != "relu" && form != "probabilities") {
    fail_usage(kName, "form \"" + form + "\" is unknown",
               suggest(form, {"relu", "probabilities"}));
  }
}

// log p of the form on probabilities, up to a constant a row.
Tensor lowered_logprobs(const Tensor& base, const Tensor& reinforced,
                        double alpha) {
  const Tensor p = at::softmax(base, -1);
  return (p - alpha * (at::softmax(reinforced, -1) - p))
      .clamp_min_(1e-30)
      .log_();
}

class Joined final : public Defence {
 public:
  explicit Joined(const Json& json) : o_(parse<Pair>(json)) {
    check(o_.alpha, o_.form);
  }

  std::shared_ptr<const Target> before(
      std::shared_ptr<const Target> target) const override {
    const std::shared_ptr<const Model> base = target->model();
    const std::shared_ptr<const Model> reinforced =
        Model::load(ModelFolder(o_.reinforced), base->compute());
    const double alpha = o_.alpha;
    const bool relu = o_.form == "relu";
    return target->with_model(ensemble(
        base, reinforced, [alpha, relu](const Tensor& b, const Tensor& r) {
          return relu ? generic_logits(b, r, alpha)
                      : lowered_logprobs(b, r, alpha);
        }));
  }

 private:
  const Pair o_;
};

class WhosHarryPotterEnsemble final : public Method {
 public:
  explicit WhosHarryPotterEnsemble(const Json& json)
      : o_(parse<Options>(json)) {
    check(o_.alpha, o_.form);
    const Options standard;
    if (o_.reinforced.empty()) return;
    if (o_.reinforce_lr != standard.reinforce_lr ||
        o_.reinforce_epochs != standard.reinforce_epochs) {
      fail_usage(kName, "has both reinforced and options to train it with",
                 "leave reinforce_lr and reinforce_epochs out");
    }
  }

  Uses uses() const override {
    return {.training = o_.reinforced.empty(),
            .defence = true,
            .networks = 2,
            .set = how().options()};
  }

  Unlearned unlearn(Context& context) const override {
    Unlearned made;
    Pair pair{o_.reinforced, o_.alpha, o_.form};
    if (o_.reinforced.empty()) {
      made = reinforce(context, kName, how());
      // Where the run looks for a row's own model, and deletes it in the end.
      pair.reinforced = context.out_folder();
      std::filesystem::remove_all(pair.reinforced);
      std::filesystem::rename(made.folder, pair.reinforced);
    } else {
      pair.reinforced = context.resolve_model(o_.reinforced);
    }
    made.folder = context.model_folder();
    made.adapter.clear();
    made.defence = {{"name", kName}, {"set", Json(pair)}};
    return made;
  }

 private:
  Reinforcement how() const { return {o_.reinforce_lr, o_.reinforce_epochs}; }

  const Options o_;
};

[[maybe_unused]] const bool registered_pair =
    Registry<Defence>::add<Joined>({.name = kName,
                                    .summary = "Two networks answer together.",
                                    .paper = "arXiv:2407.06460",
                                    .options = defaults<Pair>(),
                                    .models = {"reinforced"}});

[[maybe_unused]] const bool registered =
    Registry<Method>::add<WhosHarryPotterEnsemble>(
        {.name = kName,
         .summary = "At inference: less of what a model knows that saw more.",
         .paper = "arXiv:2407.06460",
         .options = defaults<Options>(),
         .models = {"reinforced"}});

}  // namespace
}  // namespace lethe
