// Knowledge memorisation: ROUGE-L of an answer with the right one, without
// stemmer, the answer cut where the model begins a next question.
//
//   knowmem_r = recall, knowmem_f = fmeasure of ROUGE-L
//
// Paper: Shi et al. 2024 (MUSE), arXiv:2407.06460, section 3.1. Peer:
// muse_bench's definition on rouge_score 0.1.2. Its prompts are ten examples
// and "Question: ..\nAnswer: ", and it takes 32 tokens; both are the data's and
// greedy_generation's. Values are fractions, there they are times 100. Of
// several right answers the one with the best F1 counts.
#include "harness/base/registry.h"
#include "metrics/rouge.h"

namespace lethe {
namespace {

struct Options {
  // The answer ends before the first of these.
  std::vector<std::string> stops = {"\n\n", "\nQuestion", "Question:"};
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, stops)

class Knowmem final : public Rouge {
 public:
  explicit Knowmem(const Json& json)
      : Rouge(RougeOptions{.stemmer = false}), o_(parse<Options>(json)) {}

  Row item(const Observation& seen) const override {
    std::string_view answer = seen.output;
    for (const std::string& stop : o_.stops) {
      answer = answer.substr(0, answer.find(stop));
    }
    return best_of_subsequences(answer, seen.references);
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Knowmem>(
    {.name = "knowmem",
     .summary = "MUSE's knowledge memorisation: ROUGE-L of answers.",
     .paper = "arXiv:2407.06460",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
