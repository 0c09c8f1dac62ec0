// The single items behind the cells of a table, for paired tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "results/item_values.h"
#include "results/rank_tests.h"
#include "results/run_folder.h"

namespace lethe {

class RowItems {
 public:
  explicit RowItems(std::vector<RunFolder> folders);

  // The items of records of one row and column, one a seed, as means over the
  // seeds. Values that are weighted in the record (nats a token) are multiplied
  // by their weight over the mean weight, so that their mean is the record's
  // value; of a perplexity it is the logarithm, and of one seed only.
  // Null: a record has no items (item_values.h) or some of them have no value,
  // items of a document hang together, seeds have other items, or more than
  // 128 MB of samples were read for cells before.
  // The pointer is valid while this lives. Throws: input error for damaged
  // samples.
  const ItemMeans* of(const std::vector<const Record*>& records);

 private:
  bool affordable(const std::string& folder, const Record& record);

  const std::vector<RunFolder> folders_;
  std::map<std::string, ItemReader> readers_;  // by folder
  std::map<std::string, uint64_t> sizes_;      // of the files that were read
  uint64_t bytes_ = 0;
  std::vector<std::unique_ptr<ItemMeans>> made_;
};

}  // namespace lethe
