// A model of a run, as its journal keeps it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/record.h"
#include "harness/target/model_target.h"

namespace lethe {

// A model folder, what stands before it, and what it took to make it.
struct Made {
  std::string folder;
  std::string adapter;  // on top of it; empty: none
  std::string model_hash;
  int64_t steps = 0;
  int64_t tokens = 0;  // run forward in training
  double seconds = 0;
  int64_t peak_bytes = 0;      // of the process while it was made
  std::string message;         // "diverged ..." or empty
  std::string tokenizer_hash;  // empty: the folder has none
  // What dedup and scrub left out of its data (counts_json); null: not asked.
  Json sanitised = {};
  Json defence = {};  // {"name", "set"} of a Defence; null: none
  // Of DP-SGD: what it promises, in a line (empty: nothing), and its epsilon.
  std::string privacy{};
  double epsilon = 0;
};
// Whether its files are there, with those that the defence reads.
bool is_there(const Made& made);

// `made`, or what `make` gives where its files are not there (they were deleted
// after use, or the run moved). Throws: runtime error that names `label` when
// that is another model.
Made made_or_again(const Made& made, const std::string& label,
                   const std::function<Made()>& make);

// What was written for it: the adapter, the defence's model, or the folder.
std::string own_folder(const Made& made);

// The model as it is asked: behind its defence. Throws: as defended().
std::shared_ptr<const Target> as_asked(const LoadedModel& loaded,
                                       const Made& made);

// Takes over what DP-SGD left in `out` (privacy.json), if it was used there.
void put_privacy(const std::string& out, Made& made);

OrderedJson to_json(const Made& made);
Made made_from_json(const Json& json, const std::string& where);

// The records of the metric `cost`, with the identity that `base` has.
std::vector<Record> cost_records(const Record& base, const Made& made);

// Seconds and peak memory of making a model, from its construction on.
class Cost {
 public:
  Cost();
  void put(Made& made) const;

 private:
  std::chrono::steady_clock::time_point start_;
};

}  // namespace lethe
