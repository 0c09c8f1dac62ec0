// The data splits of a suite, read once and tokenised for a model.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/data/examples.h"
#include "harness/run/suite.h"

namespace lethe {

class SuiteData {
 public:
  // `limit` rows a split at most; 0: as the suite says. The suite must outlive
  // the data.
  SuiteData(const Suite& suite, int64_t limit);

  // Throws: input error with file and line.
  const std::vector<DataRow>& rows(const std::string& split) const;
  // Texts of a split in the tokens of `tokenizer` (null: rows have ids).
  const Examples& examples(const std::string& split,
                           const Tokenizer* tokenizer) const;
  // Other rows as the texts of that split are read.
  Examples examples_of(const std::string& split,
                       const std::vector<DataRow>& rows,
                       const Tokenizer* tokenizer) const;
  // Texts of several splits in a row. With more than one, rows without a label
  // are members unless their split is a holdout.
  Examples examples(const std::vector<std::string>& splits,
                    const Tokenizer* tokenizer) const;
  // Of the rows of all these splits.
  std::string hash(const std::vector<std::string>& splits) const;

  // How a split is read. Throws: usage error for an unknown name.
  const SplitSpec& split(const std::string& name) const;

  // Names of the splits of a role that are trained on.
  std::vector<std::string> trained(const std::string& role) const;

  // Reads every split and every text: errors show before any work starts.
  void check(const Tokenizer* tokenizer) const;

 private:
  const Suite& suite_;
  int64_t limit_;
  mutable std::map<std::string, std::vector<DataRow>> rows_;
  mutable std::map<std::pair<std::string, std::string>, Examples> examples_;
};

}  // namespace lethe
