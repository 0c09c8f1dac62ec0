// ROUGE-2: precision, recall and F1 of the pairs of neighbouring words that
// output and reference share, each as often as it stands in both; in [0, 1].
// Of several references the one with the best F1 counts.
//
//   precision = shared / pairs of the output, recall = shared / pairs of the
//   reference, fmeasure = 2 precision recall / (precision + recall)
//
// Paper: Lin 2004, "ROUGE: a package for automatic evaluation of summaries".
// Peer: rouge_score 0.1.2, to 1e-12, stemmer on and off
// (texts_parity_test.cpp). Texts of fewer than two words score 0 as there.
#include "harness/base/registry.h"
#include "metrics/rouge.h"

namespace lethe {
namespace {

class Rouge2 final : public Rouge {
 public:
  using Rouge::Rouge;

  Row item(const Observation& seen) const override {
    return best_of_runs(seen, 2);
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Rouge2>(
    {.name = "rouge_2",
     .summary =
         "Pairs of words shared with the reference: precision, recall, F1.",
     .paper = "Lin 2004",
     .options = defaults<RougeOptions>()});

}  // namespace
}  // namespace lethe
