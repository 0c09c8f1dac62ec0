// A suite file: what is unlearnt, attacked and measured.
//
// JSON with comments. Keys are frozen (README of suites/); unknown ones are
// errors with near names; every default is filled in, so that the hash of the
// resolved form names exactly what was run.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "harness/train/options.h"

namespace lethe {

// A data file and its part in the suite.
struct SplitSpec {
  std::string name;
  std::string file;
  std::string role;  // forget, retain or holdout (never trained on)
  // Measured to choose among rows (SelectionSpec), in no column of a table.
  bool validation = false;
  // False: attacked and measured, but not trained on.
  bool train = true;  // default of validation splits: false
  // Rows whose fields have these values; 0 and false are equal, as are 1 and
  // true. {}: all.
  Json where = Json::object();
  int64_t skip = 0;   // of those rows, passed over
  int64_t limit = 0;  // of the rest, read; 0: all
  bool plain_text = false;
  std::string prompt_template = "Question: {question}\nAnswer:";
  std::string answer_template = " {answer}";
  std::string question_field = "question";
  std::string answer_field = "answer";
};

// How a suite makes its model when it names no folder.
struct PretrainSpec {
  std::string config;  // config.json; the tokenizer lies beside it
  std::vector<std::string> splits;
  Json set = Json::object();  // training options
};

struct ModelSpec {
  std::string path;     // a folder; empty: trained as `train` says
  std::string adapter;  // a LoRA adapter on top of it; empty: none
  PretrainSpec train;
};

struct MethodSpec {
  std::string name;
  std::string label;          // row name; empty: the method with its options
  Json set = Json::object();  // method and training options, lists are grids
};

struct TransformSpec {
  std::string name;
  Json set = Json::object();
};

struct ProbeSpec {
  std::string name;
  std::vector<std::string> on;  // splits, asked together
  Json set = Json::object();
};

struct MetricSpec {
  std::string name;
  std::string field;            // empty: every field
  std::string from;             // the probe
  std::vector<std::string> on;  // splits; empty: wherever the probe is asked
  std::string want;             // low, high, near or empty
  Json target;                  // of near: a number or "reference"
  Json set = Json::object();
};

struct TaskSpec {
  std::string name;          // of a file in suites/tasks, or a path
  int64_t num_fewshot = -1;  // -1: the task's own
  int64_t limit = 0;         // documents; 0: all
  std::string data_file;     // in place of the task's own; empty: its own
  std::string data_dir;      // searched for the task's data
};

// A value that rows are chosen by, measured on validation splits; of several
// seeds the mean.
struct SelectionTerm {
  std::string metric;           // with its options: tpr_at_fpr:fpr=0.05
  std::string field;            // empty: the metric's main field
  std::string from;             // the probe; empty: the only one that fits
  std::vector<std::string> on;  // splits, asked together
  // Bounds of a condition, inclusive; infinite: none.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

// Which of the rows of a grid stands for it in the table.
struct SelectionSpec {
  std::string by = "method";  // among the rows of a method, or of a label
  SelectionTerm best;
  bool maximise = true;  // false: the least is best
  std::vector<SelectionTerm> subject_to;

  std::vector<const SelectionTerm*> terms() const;  // `best` first
};

struct Suite {
  std::string name;
  int64_t version = 1;
  ModelSpec model;
  std::vector<SplitSpec> data;
  std::vector<MethodSpec> methods;
  std::vector<TransformSpec> transforms;
  std::vector<ProbeSpec> attacks;
  std::vector<MetricSpec> metrics;
  std::vector<TaskSpec> tasks;
  std::string profile;
  std::vector<int64_t> seeds = {0};
  Json reference;  // {"method": NAME} or null
  std::optional<SelectionSpec> selection;
  bool save_models = false;
  std::string folder;  // what relative paths start from

  // Throws: usage error with near names.
  const SplitSpec& split(const std::string& name) const;
  bool has_split(const std::string& name) const;
};

// The suite of a file, or of a name in the suites folder beside the program.
// `sets` are "a.b=value" overrides; a path among them that exists where the
// program was started is taken from there. Throws: usage error that names file
// and key.
Suite read_suite(const std::string& file_or_name,
                 const std::vector<std::string>& sets);

// As read_suite, from JSON; relative paths start from `folder`.
Suite suite_from_json(const Json& json, const std::string& folder,
                      const std::string& where);

// Every setting with its default, in a stable order; paths as given.
Json resolved(const Suite& suite);

// Sets json["a"]["b"] = value; numbers index lists.
// Throws: usage error when the path does not exist and cannot be created.
void set_path(Json& json, const std::string& assignment);

}  // namespace lethe
