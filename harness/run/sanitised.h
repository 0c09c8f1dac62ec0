// What a model is trained on, without duplicates and personal data.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/run/data.h"
#include "harness/train/options.h"

namespace lethe {

// The texts of some splits as training reads them: all of them, or what the
// options dedup and scrub leave. The splits are judged together, in their
// order.
class TrainedTexts {
 public:
  // `data` and `tokenizer` (may be null) must outlive it.
  // Throws: as SuiteData::examples and sanitise.
  TrainedTexts(const SuiteData& data, const std::vector<std::string>& splits,
               const Tokenizer* tokenizer, const TrainOptions& options);

  const Examples& examples(const std::string& split) const;

  // As counts_json has them; null where nothing is sanitised.
  const Json& counts() const { return counts_; }
  // "3 exact and 1 near duplicates of 40 documents left out, 7 emails ..."
  std::string summary() const;
  // What was done to which row: sanitise_report.
  const std::string& report() const { return report_; }

 private:
  const SuiteData& data_;
  const Tokenizer* const tokenizer_;
  std::map<std::string, Examples> examples_;
  Json counts_;
  std::string report_;
};

}  // namespace lethe
