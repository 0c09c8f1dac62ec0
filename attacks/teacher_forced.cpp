// Token statistics of each text under teacher forcing: what perplexity,
// probability and the other one-pass metrics read.
//
// Paper: none.
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

class TeacherForced final : public Probe {
 public:
  explicit TeacherForced(const Json& json) { reject_options(json); }
  Needs needs() const override { return {.token_statistics = true}; }
  std::vector<std::string> metrics() const override {
    return {"perplexity", "probability"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto statistics = target.statistics(examples);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      all.push_back(std::move(seen));
    }
    return all;
  }
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<TeacherForced>(
    {.name = "teacher_forced",
     .summary = "Token statistics of each text, one pass.",
     .paper = ""});

}  // namespace
}  // namespace lethe
