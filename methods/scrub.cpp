// SCRUB: a student that leaves its teacher, the original model, on forget texts
// and obeys it on retain texts, in turns.
//
//   max phase: L = -forget KD(forget)
//   min phase: L = kl KD(retain) + retain NLL(retain)
//   KD = T^2 mean KL(softmax(z0 / T) || softmax(z / T)), T: temperature
//
// A phase is a pass over the forget data, or a third of a shorter run (half of
// it with first_phase max). There are at most max_epochs max phases, and the
// last phase is always a min one.
//
// Paper: Kurmanji et al. 2023, arXiv:2302.09880, algorithm 1. Peer:
// meghdadk/SCRUB @ 812dd5d, large_scale_unlearning.ipynb, whose defaults these
// are; teachers_test.cpp works its losses out, to 1e-5.
// Deviations: the first phase is a min one. The student is its teacher at
// first, where KD and its gradient are 0: the peer's image models leave that
// point by their batch norm, a language model would by rounding errors
// (first_phase max is the paper's order). A min phase has as many retain rows
// as a pass over forget has rows, in the paper it is a pass over the retain
// data.
#include <algorithm>

#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double forget = 1.0;              // weight of the ascent, > 0
  double kl = 0.001;                // weight of KD on retain (alpha), >= 0
  double retain = 0.99;             // weight of the retain NLL (gamma), >= 0
  double temperature = 4.0;         // T, > 0
  int64_t max_epochs = 2;           // max phases at most, >= 1
  std::string first_phase = "min";  // min, or max as in the paper
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, forget, kl, retain,
                                                temperature, max_epochs,
                                                first_phase)

class Scrub final : public Method {
 public:
  explicit Scrub(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.temperature > 0)) {
      fail_usage("scrub", "temperature is not above 0", "try 4");
    }
    if (o_.max_epochs < 1)
      fail_usage("scrub", "max_epochs is below 1", "try 2");
    if (o_.first_phase != "min" && o_.first_phase != "max") {
      fail_usage("scrub", "first_phase is " + o_.first_phase,
                 "choose min or max");
    }
  }

  Uses uses() const override {
    return {
        .retain = true, .original_forget = true, .original_retain = o_.kl != 0};
  }

  void before_step(TrainState& state) const override {
    if (state.steps >= fewest_phases()) return;
    fail_usage("scrub",
               fmt::format("{} steps are fewer than its {} phases", state.steps,
                           fewest_phases()),
               "raise steps or epochs");
  }

  void step(Step& s) const override {
    if (climbs(s.state)) {
      s.add("forget", -o_.forget, [&] { return distilled(s, s.forget); });
      return;
    }
    s.add("kl", o_.kl, [&] { return distilled(s, s.retain); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  int64_t fewest_phases() const { return o_.first_phase == "max" ? 2 : 3; }

  bool climbs(const TrainState& state) const {
    const int64_t length = std::max<int64_t>(
        std::min(state.epoch_steps, state.steps / fewest_phases()), 1);
    const int64_t phase = (state.step - 1) / length;
    const int64_t first = o_.first_phase == "max" ? 0 : 1;
    return phase % 2 == first && phase / 2 < o_.max_epochs &&
           state.step + length <= state.steps;
  }

  Tensor distilled(Step& s, const Batch& batch) const {
    const Tensor states0 = s.original_states(batch);
    const Head& head0 = s.original_head();
    const double t = o_.temperature;
    const double scale = t * t / static_cast<double>(batch.step_tokens);
    return logits_loss(
        s.model, batch,
        [&](const Tensor& logits, const Tensor&, const TokenRange& range) {
          const Tensor part = states0.narrow(0, range.begin, range.count);
          const Tensor logp0 =
              at::log_softmax(head_logits(head0, part).detach() / t, 1);
          const Tensor logp = at::log_softmax(logits / t, 1);
          return (logp0.exp() * (logp0 - logp)).sum() * scale;
        });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Scrub>(
    {.name = "scrub",
     .summary = "A student that leaves its teacher on forget texts only.",
     .paper = "arXiv:2302.09880",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
