// Verbatim memorisation: ROUGE-L of a text's continuation with the true one,
// without stemmer.
//
//   verbmem_f = fmeasure of ROUGE-L
//
// Paper: Shi et al. 2024 (MUSE), arXiv:2407.06460, section 3.1. Peer:
// muse_bench's definition on rouge_score 0.1.2. It gives the first tokens of a
// text, takes 128 greedily and compares with the true 128: that is
// greedy_extraction with suffix_tokens=128. Values are fractions, there they
// are times 100.
#include "harness/base/registry.h"
#include "metrics/rouge.h"

namespace lethe {
namespace {

class Verbmem final : public Rouge {
 public:
  explicit Verbmem(const Json& json) : Rouge(RougeOptions{.stemmer = false}) {
    reject_options(json);
  }

  Row item(const Observation& seen) const override {
    return best_of_subsequences(seen.output, seen.references);
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Verbmem>(
    {.name = "verbmem",
     .summary = "MUSE's verbatim memorisation: ROUGE-L of continuations.",
     .paper = "arXiv:2407.06460"});

}  // namespace
}  // namespace lethe
