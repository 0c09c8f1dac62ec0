// ROUGE-1: precision, recall and F1 of the words that output and reference
// share, each word as often as it stands in both; in [0, 1]. Of several
// references the one with the best F1 counts.
//
//   precision = shared / words of the output, recall = shared / words of
//   the reference, fmeasure = 2 precision recall / (precision + recall)
//
// Paper: Lin 2004, "ROUGE: a package for automatic evaluation of summaries".
// Peer: rouge_score 0.1.2, to 1e-12, stemmer on and off
// (texts_parity_test.cpp). Empty texts, and texts without ASCII letters and
// digits, score 0 as there.
#include "harness/base/registry.h"
#include "metrics/rouge.h"

namespace lethe {
namespace {

class Rouge1 final : public Rouge {
 public:
  using Rouge::Rouge;

  Row item(const Observation& seen) const override {
    return best_of_runs(seen, 1);
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Rouge1>(
    {.name = "rouge_1",
     .summary = "Words shared with the reference: precision, recall, F1.",
     .paper = "Lin 2004",
     .options = defaults<RougeOptions>()});

}  // namespace
}  // namespace lethe
