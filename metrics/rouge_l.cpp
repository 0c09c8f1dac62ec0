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
#include "harness/plugin/metric.h"
#include "metrics/words.h"

namespace lethe {
namespace {

struct Options {
  bool stemmer = false;  // compare Porter stems, as TOFU's profile wants
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, stemmer)

class RougeL final : public Metric {
 public:
  explicit RougeL(const Json& json) : o_(parse<Options>(json)) {}

  MetricNeeds needs() const override { return {.output = true}; }
  std::string main_field() const override { return "fmeasure"; }
  std::vector<std::string> fields() const override {
    return {"precision", "recall", "fmeasure"};
  }

  Row item(const Observation& seen) const override {
    const Words got = words(seen.output, o_.stemmer);
    Overlap best;
    for (const std::string& reference : seen.references) {
      const Words wanted = words(reference, o_.stemmer);
      const Overlap shared =
          overlap(common_length(got, wanted), got.size(), wanted.size());
      if (shared.fmeasure > best.fmeasure) best = shared;
    }
    return {{"precision", best.precision},
            {"recall", best.recall},
            {"fmeasure", best.fmeasure}};
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<RougeL>(
    {.name = "rouge_l",
     .summary = "Longest common subsequence of words: precision, recall, F1.",
     .paper = "Lin 2004",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
