// The training loop: terms, accumulation, clipping, schedules, evaluation,
// checkpoints and resume.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/model/model.h"
#include "harness/plugin/method.h"
#include "harness/train/draws.h"
#include "harness/train/options.h"

namespace lethe {

struct TrainTask {
  std::shared_ptr<Model> model;  // trainable; changed in place
  TrainingData data;             // data.data is Step::forget
  Uses uses;
  std::function<void(Step&)> step;               // adds the terms of one batch
  std::function<void(TrainState&)> before_step;  // may be empty
  // Opens the model as it was; called when what it said is needed after the
  // first update.
  std::function<std::shared_ptr<const Model>()> original;
  // Evaluated every eval_every steps: mean NLL by name.
  std::vector<std::pair<std::string, const TrainingSet*>> evaluations;
  std::string out;  // folder for train_log.jsonl and checkpoints
  // Names the recipe (data, options, method, start): only checkpoints of the
  // same one are continued. Letters and digits.
  std::string identity = "run";
  std::string title;  // of the progress line
};

struct TrainResult {
  int64_t steps = 0;
  int64_t tokens = 0;     // tokens run forward
  double last_loss = 0;   // of the last step
  bool diverged = false;  // stopped at a loss or gradient that is not finite
};

// Trains and leaves the weights in task.model. Appends a row a step to
// OUT/train_log.jsonl. A checkpoint that a killed run of the same task left in
// OUT is continued: the result is the same to the bit as of an undisturbed run.
// Rows are drawn by (seed, epoch), independent of everything else.
TrainResult train(const TrainTask& task, const TrainOptions& options);

}  // namespace lethe
