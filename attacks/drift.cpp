// How far a model moved from the one it was made of, on any text: what a
// method changed beside what it should. Texts of any kind; the usual ones are
// those that the method should not touch.
//
//   kl = sum over the vocabulary of p_base (log p_base - log p_model), a token
//
// The base is the suite's model before any method, or attack's --reference.
// Peer: llama.cpp's --kl-divergence (there against logits in a file).
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

class DriftProbe final : public Probe {
 public:
  explicit DriftProbe(const Json& json) { reject_options(json); }
  Needs needs() const override { return {.base = true, .drift = true}; }
  std::vector<std::string> metrics() const override {
    return {"kl_divergence"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    std::vector<ScoreItem> items;
    for (const Example& e : examples) items.push_back({e.ids, e.score_from});
    const auto drifts = target.drift(items, *target.base());
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.drift = drifts[i];
      all.push_back(std::move(seen));
    }
    return all;
  }
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<DriftProbe>(
    {.name = "drift",
     .summary = "Distance of the predictions from the base model's.",
     .paper = ""});

}  // namespace
}  // namespace lethe
