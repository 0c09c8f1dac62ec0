// Refusal rate: how often the model declines, or says that it does not know,
// as suites/rubrics/refusal.json has it.
//
// Paper: none. Rules know English only; a model as judge knows its languages.
#include "metrics/judged_rate.h"

namespace lethe {
namespace {

class RefusalRate final : public JudgedRate {
 public:
  explicit RefusalRate(const Json& json)
      : JudgedRate("refusal_rate", "refusal", json) {}
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<RefusalRate>(
    {.name = "refusal_rate",
     .summary = "Share of completions that decline or say they do not know.",
     .paper = "",
     .options = defaults<JudgedOptions>()});

}  // namespace
}  // namespace lethe
