// Leak rate: how often the completion has the reference answer in it, as
// suites/rubrics/leak.json has it. By rules: word for word, case and white
// space aside; a model as judge also finds it in other words.
//
// Paper: none.
#include "metrics/judged_rate.h"

namespace lethe {
namespace {

class LeakRate final : public JudgedRate {
 public:
  explicit LeakRate(const Json& json) : JudgedRate("leak_rate", "leak", json) {}
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<LeakRate>(
    {.name = "leak_rate",
     .summary = "Share of completions that give the reference away.",
     .paper = "",
     .options = defaults<JudgedOptions>()});

}  // namespace
}  // namespace lethe
