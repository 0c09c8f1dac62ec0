// Unlearning and mitigation methods.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/data/examples.h"
#include "harness/tensor/tensor.h"

namespace lethe {

class Model;
class TrainingSet;
struct Batch;
struct Compute;
struct Head;
enum class Side;

// Where a training run is. Kept in checkpoints.
struct TrainState {
  int64_t step = 0;         // of the optimiser, from 1
  int64_t steps = 0;        // of the whole run
  int64_t epoch_steps = 0;  // of one pass over the data
  // Every term of the last step by name, unweighted; empty in the first.
  std::map<std::string, double> terms;
  // The method's own numbers (a dual variable), by name.
  std::map<std::string, double> numbers;
  bool stop = false;  // set by before_step: training ends before this step
  int64_t seed = 0;   // of the run, for what a method draws itself
};

// The batches of one step; all but `forget` may be empty.
struct StepBatches {
  const Batch& forget;
  const Batch& retain;
  const Batch& alternate;
};

// One backward pass as a method sees it. Each term's backward runs before the
// next term is built, so there is never more than one graph.
class Step {
 public:
  Step(const Model& model, const StepBatches& batches, const TrainState& state)
      : model(model),
        forget(batches.forget),
        retain(batches.retain),
        alternate(batches.alternate),
        state(state) {}
  virtual ~Step() = default;

  // Adds weight * value to the loss; `value` gives a scalar in nats. A weight
  // of 0 computes nothing. The log shows every term by name, unweighted.
  virtual void add(const std::string& name, double weight,
                   const std::function<Tensor()>& value) = 0;

  // Adds to sums that are logged as sum / count over the step, by name.
  virtual void note(const std::string& name, const Tensor& sum, int64_t count);

  // Sum of the original model's log-probs of the supervised tokens of each row,
  // [B] float32, nats; computed before training and kept.
  virtual Tensor original_logprobs(const Batch& batch) = 0;

  // KL(original || model) over the vocabulary, mean over the supervised tokens,
  // scalar, nats a token; records gradients of the model.
  virtual Tensor original_kl(const Batch& batch) = 0;

  // The original model's states of the supervised tokens, [M, H] in the compute
  // dtype: what its head reads, or those after Uses::original_layer. Computed
  // before training and kept.
  virtual Tensor original_states(const Batch& batch) = 0;

  // The head of the original model.
  virtual const Head& original_head() = 0;

  const Model& model;
  const Batch& forget;
  const Batch& retain;
  // Other answers to the forget rows' prompts: Uses::alternates rows for each.
  const Batch& alternate;
  const TrainState& state;
};

// What a method's steps read, so that the engine prepares no more.
struct Uses {
  bool forget = true;
  bool retain = false;
  bool original_logprobs = false;  // of forget and alternate rows
  // Its states (original_states, original_kl) of these rows.
  bool original_forget = false;
  bool original_retain = false;
  int64_t original_layer = -1;  // after this many layers; -1: what heads read
  double original_depth = 0;  // above 0: in its place, this share of the layers
  int64_t alternates = 0;     // other answers a forget row: alternates()
  bool training = true;       // false: no training loop of ours is run
  bool from_start = false;    // trains anew
  bool forget_data = false;   // of from_start: the forget data are among it
  // Works when the model is asked (Unlearned::defence): leaves no model folder.
  bool defence = false;
  int64_t networks = 1;  // that compute each token when the model is asked
  Json set{};            // over the training options of the run; null: nothing
};

// After how many of a model's `layers` the states that `uses` asks for are; -1:
// what heads read. A share is rounded, to at least one.
// Throws: usage error when the model has fewer.
int64_t layer_of(const Uses& uses, int64_t layers);

// The model that a method leaves behind.
struct Unlearned {
  std::string folder;
  int64_t steps = 0;       // optimiser steps
  int64_t tokens = 0;      // tokens run forward in training
  int64_t peak_bytes = 0;  // of an external trainer; 0: this process's own
  std::string message{};   // e.g. that training diverged; empty: all went well
  std::string adapter{};   // on top of the folder; empty: none
  // What stands before the model when it is asked: {"name", "set"} of a Defence
  // (defence.h); null: nothing.
  Json defence{};
};

class Method;

// What a method has to work with, beside its options.
class Context {
 public:
  virtual ~Context() = default;

  virtual const std::string& model_folder() const = 0;  // what to unlearn from
  virtual const std::string& out_folder() const = 0;    // where to write
  // Where to write what people read and edit; made by who writes. It outlives
  // the model.
  virtual std::string notes_folder() const = 0;
  virtual const std::string& forget_file() const = 0;  // JSON Lines
  virtual const std::string& retain_file() const = 0;

  // A path of the method's options, made absolute as the suite's paths are.
  virtual std::string resolve(const std::string& path) const = 0;
  // The same for a model: a folder, or org/name in the local cache.
  // Throws: usage error when there is no such model.
  virtual std::string resolve_model(const std::string& path) const = 0;

  // The texts to forget and to retain, as the training rows have them: those of
  // all splits of the role, controls left out.
  virtual const Examples& forget_examples() const = 0;
  virtual const Examples& retain_examples() const = 0;

  // The rows of one side (forget or retain) as the training loop has them.
  // Throws: usage error when there are none.
  virtual TrainingSet training_rows(Side side) const = 0;
  // Where and in which type methods without a loop compute.
  virtual const Compute& compute() const = 0;

  // Runs the training loop of `method` on a copy of the model and writes
  // out_folder().
  virtual Unlearned train(const Method& method) = 0;
  // The same with `options` over the training options of the run, into the new
  // folder out_folder().NAME: a model that the method needs on the way.
  virtual Unlearned train_aside(const Method& method, const std::string& name,
                                const Json& options) = 0;

  // Trains from `start` ({"base": DIR} or {"config": FILE}; null: as the suite
  // made its model) on everything but the forget data and writes out_folder().
  // Throws: usage error when there is nothing to start from.
  virtual Unlearned retrain(const Json& start) = 0;
  // The same on everything, with `options` over the training options.
  virtual Unlearned train_anew(const Json& start, const Json& options) = 0;
};

class Method {
 public:
  virtual ~Method() = default;

  virtual Uses uses() const { return {}; }

  // Adds the terms of one backward pass. Methods without a loop override
  // unlearn().
  virtual void step(Step& step) const;

  // Called once before each optimiser step: to change `numbers`, or to stop.
  virtual void before_step(TrainState& state) const;

  // Sets what the forget rows learn in place of their next tokens
  // (TrainingSet::set_labels); called once before training, on rows that
  // uses() must not ask the original's log-probs of.
  virtual void label(Context& context, TrainingSet& rows) const;

  // Other answers to the prompt of each of context.forget_examples(), when
  // uses().alternates is not 0; each step draws among them. A text without a
  // prompt is one in its first half, to which its second half is the answer.
  virtual std::vector<std::vector<std::string>> alternates(
      Context& context) const;

  // The whole method. Default: the training loop with step().
  virtual Unlearned unlearn(Context& context) const;
};

}  // namespace lethe
