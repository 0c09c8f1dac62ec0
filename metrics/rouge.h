// What the ROUGE metrics have in common: their option, their fields, and which
// of several references counts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/plugin/metric.h"
#include "metrics/numbered_words.h"
#include "metrics/words.h"

namespace lethe {

struct RougeOptions {
  bool stemmer = false;  // compare Porter stems, as TOFU's profile wants
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RougeOptions, stemmer)

class Rouge : public Metric {
 public:
  explicit Rouge(const Json& json) : Rouge(parse<RougeOptions>(json)) {}

  MetricNeeds needs() const override { return {.output = true}; }
  std::string main_field() const override { return "fmeasure"; }
  std::vector<std::string> fields() const override {
    return {"precision", "recall", "fmeasure"};
  }

 protected:
  explicit Rouge(const RougeOptions& options) : o_(options) {}

  bool stemmer() const { return o_.stemmer; }

  // The fields of the reference for which `compare(reference)`, an Overlap, has
  // the best F1; of equal ones of the first, as in rouge_score's score_multi.
  template <class Compare>
  static Row best_of(const std::vector<std::string>& references,
                     const Compare& compare) {
    Overlap best;
    for (const std::string& reference : references) {
      const Overlap shared = compare(reference);
      if (shared.fmeasure > best.fmeasure) best = shared;
    }
    return {{"precision", best.precision},
            {"recall", best.recall},
            {"fmeasure", best.fmeasure}};
  }

  // best_of the longest common subsequences with `output` (ROUGE-L).
  Row best_of_subsequences(std::string_view output,
                           const std::vector<std::string>& references) const;

  // best_of the overlaps of runs of `n` words (ROUGE-N).
  Row best_of_runs(const Observation& seen, size_t n) const;

 private:
  const RougeOptions o_;
};

}  // namespace lethe
