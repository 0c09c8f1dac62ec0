// Exact memorisation: the share of a text's tokens that the model would have
// said itself, each after the true ones before it.
//
//   exact_memorization = tokens t with argmax p(. | x_<t) = x_t / tokens
//
// Paper: Tirumala et al. 2022, arXiv:2205.10770, section 2. Peer:
// open-unlearning @ d3d7cf9, which leaves the last token out, for it takes it
// to be an end of text: drop_last=true.
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/forced.h"

namespace lethe {
namespace {

class ExactMemorization final : public Metric {
 public:
  explicit ExactMemorization(const Json& json)
      : o_(parse<ForcedOptions>(json)) {}

  MetricNeeds needs() const override {
    return {.token_statistics = true, .single_tokens = fields()};
  }
  std::string main_field() const override { return "exact_memorization"; }
  std::vector<std::string> fields() const override {
    return {"exact_memorization"};
  }

  // NaN when no token of the item is scored.
  Row item(const Observation& seen) const override {
    const std::vector<bool> right = forced_hits(seen, o_);
    const auto hits = std::count(right.begin(), right.end(), true);
    return {{"exact_memorization",
             static_cast<double>(hits) / static_cast<double>(right.size())}};
  }

 private:
  const ForcedOptions o_;
};

[[maybe_unused]] const bool registered =
    Registry<Metric>::add<ExactMemorization>(
        {.name = "exact_memorization",
         .summary = "Share of tokens that are the model's first choice.",
         .paper = "arXiv:2205.10770",
         .options = defaults<ForcedOptions>()});

}  // namespace
}  // namespace lethe
