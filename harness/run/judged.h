// Verdicts for the metrics that read them: between probe and metric.
#pragma once

#include <memory>
#include <string>

#include "harness/base/observation.h"
#include "harness/base/ordered_json.h"
#include "harness/plugin/attack.h"
#include "harness/plugin/metric.h"
#include "harness/target/text_classifier.h"

namespace lethe {

// What judged a metric's items, for the record; empty where nothing did.
struct JudgedBy {
  std::string rubric;     // "refusal 1 3f09c2a1"
  std::string judge;      // "rules", or the model's folder and hash
  int64_t truncated = 0;  // items that the judge saw cut to its window
};

// Judges items; the model that judged last stays loaded, since the cells and
// metrics of a run mostly share one.
class Judges {
 public:
  // `options`: of classifiers.
  explicit Judges(const TextClassifierOptions& options) : o_(options) {}

  // Gives the observations the numbers `judged` (1: the rubric's first verdict)
  // and `probability` of it, if the metric asks for verdicts. A judge that is a
  // model is found from `folder` or as org/name and opened beside the target;
  // an encoder judges as a classifier.
  // Throws: usage error when rubric or model cannot be found or do not fit;
  // input error when an item lacks what the rubric reads.
  JudgedBy judge(const Metric& metric, const Target& target,
                 const std::string& folder, Observations& observations);

 private:
  struct Kept {
    std::string folder, hash;
    std::shared_ptr<const Target> model;  // or
    std::shared_ptr<const TextClassifier> classifier;
  };
  const Kept& opened(const std::string& folder, const Target& target);

  const TextClassifierOptions o_;
  Kept kept_;
};

// What the metric's verdicts rest on beside the completions: {"rubric": HASH},
// of its canonical form, and "judge": the hash of the folder of the model that
// judges, if one does. Empty where nothing judges. Throws: usage error when
// rubric or model cannot be found; what check_classifier throws.
OrderedJson verdict_hashes(const Metric& metric, const std::string& folder);

}  // namespace lethe
