// Extraction strength: how much of a text's end the model would have said
// itself from some token on, each token after the true ones before it.
//
//   extraction_strength = 1 - k / T, k the smallest start from which every
//                         token is the model's first choice (T: none)
//
// Paper: Wang et al. 2024, arXiv:2406.09179, after Carlini et al. 2021. Peer:
// open-unlearning @ d3d7cf9, which leaves the last token out (drop_last=true)
// and never goes below 1 / T, for its k is T - 1 at most (floor=true).
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/forced.h"

namespace lethe {
namespace {

struct Options {
  bool drop_last = false;  // leave the last token out (an end of text)
  bool floor = false;      // at least 1 / T, as open-unlearning has it
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, drop_last, floor)

class ExtractionStrength final : public Metric {
 public:
  explicit ExtractionStrength(const Json& json) : o_(parse<Options>(json)) {}

  MetricNeeds needs() const override {
    return {.token_statistics = true, .single_tokens = fields()};
  }
  std::string main_field() const override { return "extraction_strength"; }
  std::vector<std::string> fields() const override {
    return {"extraction_strength"};
  }

  // NaN when no token of the item is scored.
  Row item(const Observation& seen) const override {
    const std::vector<bool> hits = forced_hits(seen, {o_.drop_last});
    const auto first = std::find(hits.rbegin(), hits.rend(), false);
    auto run = static_cast<double>(first - hits.rbegin());
    if (o_.floor) run = std::max(run, 1.0);
    return {{"extraction_strength", run / static_cast<double>(hits.size())}};
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered =
    Registry<Metric>::add<ExtractionStrength>(
        {.name = "extraction_strength",
         .summary = "Share of a text's end that follows from what is before.",
         .paper = "arXiv:2406.09179",
         .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
