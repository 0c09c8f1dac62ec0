// Texts that stand among the members and among the others, too: no attack can
// be right about both, and a split with many of them is flawed.
//
//   both_sides = items whose exact text is also on the other side / items
//
// Paper: none; Duan et al. 2024, arXiv:2402.07841, discuss such overlap.
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

class BothSides final : public Metric {
 public:
  explicit BothSides(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override { return {.numbers = {"both_sides"}}; }
  std::string main_field() const override { return "both_sides"; }
  std::vector<std::string> fields() const override { return {"both_sides"}; }

  Row item(const Observation& seen) const override {
    return {{"both_sides", seen.numbers.at("both_sides").front()}};
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<BothSides>(
    {.name = "both_sides",
     .summary = "Texts that are members and non-members at once.",
     .paper = ""});

}  // namespace
}  // namespace lethe
