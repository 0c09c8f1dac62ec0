// ROUGE-L: precision, recall and F1 of the longest common subsequence of
// words, each in [0, 1]. Of several references the one with the best F1 counts.
//
//   precision = common / words of the output, recall = common / words of the
//   reference, fmeasure = 2 precision recall / (precision + recall)
//
// Paper: Lin 2004, "ROUGE: a package for automatic evaluation of summaries".
// Peer: rouge_score 0.1.2, to 1e-12, stemmer on and off
// (testdata/rouge_l.jsonl, written by harness/oracle/metrics.py). Empty texts,
// and texts without ASCII letters and digits, score 0 as there.
#include "harness/base/registry.h"
#include "metrics/rouge.h"

namespace lethe {
namespace {

class RougeL final : public Rouge {
 public:
  using Rouge::Rouge;

  Row item(const Observation& seen) const override {
    return best_of_subsequences(seen.output, seen.references);
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<RougeL>(
    {.name = "rouge_l",
     .summary = "Longest common subsequence of words: precision, recall, F1.",
     .paper = "Lin 2004",
     .options = defaults<RougeOptions>()});

}  // namespace
}  // namespace lethe
