// Where the documents of an lm-eval task lie: names of files in place of
// datasets.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/task/lm_eval_keys.h"

namespace lethe {

// The splits that lm-eval reads: what is evaluated (test, else validation) and
// where examples are from (fewshot_config.split, fewshot_split, else training,
// validation, test).
struct LmEvalSplits {
  std::string evaluated, fewshot;
  // One example more is drawn and the document left out: where the few-shot
  // split is the test split, neither being there included (api/task.py,
  // fewshot_context).
  bool leave_out = false;
};

// Throws: input error when nothing is evaluated or a split is more than a name.
LmEvalSplits lm_eval_splits(const LmEvalKeys& keys);

// "data" of the task: patterns of files by split. Throws: input error on data
// that are read by code or in pieces, and on options that change rows
// (data_dir, revision).
OrderedJson lm_eval_data(const LmEvalKeys& keys, const LmEvalSplits& splits);

// Whether `data` (as above) is of tables, whose columns lm-eval gives a type by
// all of their rows: dataset_path csv, or files that end in .csv or .tsv.
bool lm_eval_has_table(const LmEvalKeys& keys, const OrderedJson& data);

// "ai2_arc, ARC-Easy": for people.
std::string lm_eval_dataset(const LmEvalKeys& keys);

}  // namespace lethe
