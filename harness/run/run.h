// The main job: a suite becomes models, targets, observations and records.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"
#include "harness/base/run_event.h"
#include "harness/run/shards.h"
#include "harness/run/suite.h"
#include "harness/target/model_target.h"
#include "harness/tensor/compute.h"
#include "harness/train/memory.h"

namespace lethe {

struct RunOptions {
  std::string out;  // the run folder
  Compute compute;
  int threads = 0;  // of the process, for the run's identity
  TargetOptions target;
  int64_t limit = 0;  // rows a split; 0: as the suite says
  // One model, nothing unlearnt (attack, stress): samples stand directly in
  // OUT/samples.
  bool single = false;
  std::string reference;  // of one model: the folder it is compared with
  Shard shard;            // the part of the run that is computed
  RunObserver* observer = nullptr;  // sees what OUT/events.jsonl gets, and all
                                    // progress; null: nobody
};

struct RunSummary {
  std::vector<Record> records;
  int64_t units = 0;     // probes and tasks of all cells
  int64_t finished = 0;  // with a value or a stated reason
  int64_t failed = 0;    // ended by an error
  double seconds = 0;    // of this call
};

// Runs what is not finished yet and writes OUT/run.json, journal.jsonl,
// events.jsonl, samples/ and records.jsonl. The same call again resumes; a
// killed run gives the same records as an undisturbed one, but for times. A
// probe that fails gives a failed record and the others go on. Throws: usage
// error when OUT belongs to another run (it names what differs), runtime error
// when the disk is full (nothing finished is lost).
RunSummary run_suite(const Suite& suite, const RunOptions& options);

// A cell as --plan shows it.
struct PlannedCell {
  std::string cell;  // hash
  std::string label;
  std::string transform;
  int64_t tokens = 0;  // to be computed: training and probes
  // Of the process on the CPU, of the device elsewhere; within 20 % of what is
  // measured where a method trains.
  int64_t peak_bytes = 0;
  TrainMemory memory;  // of it, what training holds; zeros without training
  double seconds = 0;  // estimate from a short measurement of this machine
};

// What run_suite would do, without doing it. Texts are read and tokenised.
std::vector<PlannedCell> plan_suite(const Suite& suite,
                                    const RunOptions& options);

}  // namespace lethe
