// A model folder opened to be trained, and what training leaves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/model/model.h"
#include "harness/plugin/method.h"
#include "harness/train/train.h"

namespace lethe {

// The model whose weights, layers or LoRA matrices the options train, and how
// it is opened again as it was.
struct Trainee {
  std::shared_ptr<Model> model;
  std::function<std::shared_ptr<const Model>()> original;
};

// `source` must outlive it. Throws: usage error for layers and modules that the
// model lacks.
Trainee open_trainee(const ModelFolder& source, const Compute& compute,
                     const TrainOptions& options);

// Writes what was trained from `source` to `out`: the whole model, with LoRA
// merged and its adapter in OUT/adapter, or with lora_merge=false the adapter
// alone. Sets folder and adapter.
Unlearned write_trained(const Model& model, const ModelFolder& source,
                        const TrainOptions& options, const std::string& out);

// One short name for all that decides a training run.
std::string recipe(const std::vector<std::string>& parts);

// What is said of a run that diverged; empty for others.
std::string diverged_message(const TrainResult& result);

}  // namespace lethe
