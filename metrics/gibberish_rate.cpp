// Gibberish rate: how often the model's completion is empty, endless
// repetition or noise, as suites/rubrics/gibberish.json has it. Methods that
// climb the loss end there, and low ROUGE then is no sign of forgetting.
//
// Paper: none; open-unlearning @ d3d7cf9 gives the mean probability that a
// DistilBERT finds completions clean: 1 - `probability` with its folder as the
// judge. By default the rubric's rules judge.
#include "metrics/judged_rate.h"

namespace lethe {
namespace {

class GibberishRate final : public JudgedRate {
 public:
  explicit GibberishRate(const Json& json)
      : JudgedRate("gibberish_rate", "gibberish", json) {}
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<GibberishRate>(
    {.name = "gibberish_rate",
     .summary = "Share of completions that are no text.",
     .paper = "",
     .options = defaults<JudgedOptions>()});

}  // namespace
}  // namespace lethe
