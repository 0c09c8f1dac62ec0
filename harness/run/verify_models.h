// Does a run's models still give what the run says? Weights by their hash, and
// some probes asked again.
#pragma once

#include <string>

#include "harness/stored/verify.h"
#include "harness/target/model_target.h"
#include "harness/tensor/compute.h"

namespace lethe {

struct ModelCheckOptions {
  VerifyOptions verify;  // `folder` and `seed` count here
  int64_t passes = 2;    // asked again, drawn with the seed
  Compute compute;
  TargetOptions target;
  // A model folder in place of those that the run names; it is checked for
  // every row that has its hash. Empty: the run's own.
  std::string model;
};

// Adds two checks. "models": the hash of every model folder that is still there
// (the run's own are deleted unless the suite says save_models). "answers": of
// some passes of such models, the whole probe asked again (probes may read all
// of their data), every item compared: outputs and their ids must be equal;
// scores, sums of log-probs and other numbers to 1e-4 of their size in
// float32, to 0.02 below. Probes that compare with a base or another model are
// left out; on another kind of device, or in another dtype than the run's,
// nothing is asked.
void check_models(const StoredRun& run, const ModelCheckOptions& options,
                  Verified& verified);

}  // namespace lethe
