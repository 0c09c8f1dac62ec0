// Unlearning and mitigation methods.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/tensor/tensor.h"

namespace lethe {

class Model;
struct Batch;

// One optimiser step as a method sees it. Each term's backward runs before the
// next term is built, so there is never more than one graph.
class Step {
 public:
  Step(const Model& model, const Batch& forget, const Batch& retain)
      : model(model), forget(forget), retain(retain) {}
  virtual ~Step() = default;

  // Adds weight * value to the loss; `value` gives a scalar in nats. A weight
  // of 0 computes nothing. The log shows every term by name, unweighted.
  virtual void add(const std::string& name, double weight,
                   const std::function<Tensor()>& value) = 0;

  // Sum of the original model's log-probs of the supervised tokens of each row,
  // [B] float32, nats; computed before training starts and kept.
  virtual Tensor original_logprobs(const Batch& batch) = 0;

  // KL(original || model) over the vocabulary, mean over the supervised tokens,
  // scalar, nats a token; records gradients of the model.
  virtual Tensor original_kl(const Batch& batch) = 0;

  const Model& model;
  const Batch& forget;
  const Batch& retain;
};

// What a method's steps read, so that the engine prepares no more.
struct Uses {
  bool forget = true;
  bool retain = false;
  bool original_logprobs = false;  // of the forget set
  bool original_kl = false;
  bool training = true;     // false: no training loop of ours is run
  bool from_start = false;  // trains anew, without the forget data
};

// The model that a method leaves behind.
struct Unlearned {
  std::string folder;
  int64_t steps = 0;       // optimiser steps
  int64_t tokens = 0;      // tokens run forward in training
  int64_t peak_bytes = 0;  // of an external trainer; 0: this process's own
  std::string message{};   // e.g. that training diverged; empty: all went well
};

// What a method has to work with, beside its options.
class Context {
 public:
  virtual ~Context() = default;

  virtual const std::string& model_folder() const = 0;  // what to unlearn from
  virtual const std::string& out_folder() const = 0;    // where to write
  virtual const std::string& forget_file() const = 0;   // JSON Lines
  virtual const std::string& retain_file() const = 0;

  // A path of the method's options, made absolute as the suite's paths are.
  virtual std::string resolve(const std::string& path) const = 0;
  // The same for a model: a folder, or org/name in the local cache.
  // Throws: usage error when there is no such model.
  virtual std::string resolve_model(const std::string& path) const = 0;

  // Runs the training loop of `uses` with `step` on a copy of the model and
  // writes out_folder().
  virtual Unlearned train(const Uses& uses,
                          const std::function<void(Step&)>& step) = 0;

  // Trains from `start` ({"base": DIR} or {"config": FILE}; null: as the suite
  // made its model) on everything but the forget data and writes out_folder().
  // Throws: usage error when there is nothing to start from.
  virtual Unlearned retrain(const Json& start) = 0;
};

class Method {
 public:
  virtual ~Method() = default;

  virtual Uses uses() const { return {}; }

  // Adds the terms of one step. Methods without a loop override unlearn().
  virtual void step(Step& step) const;

  // The whole method. Default: the training loop with step().
  virtual Unlearned unlearn(Context& context) const;
};

}  // namespace lethe
