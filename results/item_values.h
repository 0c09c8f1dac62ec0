// The values of single items behind a record, from its run's samples: what
// paired tests, distributions and lists of items are made of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/base/record.h"

namespace lethe {

// How the record's value comes from its items.
enum class ItemForm {
  mean,       // their mean
  ratio,      // sum(value * weight) / sum(weight): nats a token
  exp_ratio,  // exp of that: a perplexity
  ranking,    // scores of members and non-members: AUC, TPR at a rate
};

struct ItemValues {
  // Unique: the row's id, "SPLIT/ID" where the file has several splits, of a
  // task its document's number, "TASK/NUMBER" in a group; a copy has "#2"
  // behind it.
  std::vector<std::string> ids;
  std::vector<double> values;  // null is NaN
  std::string missing;         // why there are none; empty when there are
  ItemForm form = ItemForm::mean;
  std::vector<double> weights;  // of ratios: tokens; else empty
  std::vector<bool> members;    // of rankings; else empty
  std::vector<std::string>
      clusters;  // documents that belong together; or empty
};

// The samples of a record's probe or task, FOLDER/samples/..; "" if they are
// not there. A run of one model keeps them directly in samples/, a run of one
// split does not name it. Throws: input error where they lie behind a symbolic
// link.
std::string samples_file(const std::string& run_folder, const Record& record);

// The values of a record's items. There are values only where they add up to
// the record's value (to 1e-9, as its form says), or where it is null; else
// `missing` says why: no samples, or a value of the whole set.
// Throws: input error that names the line of a row that is no sample.
ItemValues item_values(const std::string& run_folder, const Record& record);

// What was asked and answered; of a model: escape it. Empty where the samples
// have none.
struct ItemText {
  std::string prompt, output;
};

// By the ids of item_values(); none without samples. Throws: as item_values().
std::map<std::string, ItemText> item_texts(const std::string& run_folder,
                                           const Record& record);

// Of many records: reads each file of samples once.
class ItemReader {
 public:
  explicit ItemReader(std::string run_folder);

  // As item_values().
  ItemValues values(const Record& record);

  // The columns of a file of samples.
  struct Columns {
    std::vector<std::string> ids, clusters;
    std::map<std::string, std::vector<double>> numbers;  // absent, null: NaN
  };

 private:
  const Columns& columns(const std::string& file);
  ItemValues of_task(const Record& record);
  ItemValues of_group(const Record& record);

  const std::string folder_;
  std::map<std::string, Columns> files_;
};

}  // namespace lethe
