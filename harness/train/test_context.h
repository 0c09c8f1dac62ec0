// A method's context without a suite, for tests of whole methods.
#pragma once

#include <string>
#include <utility>

#include "harness/model/model.h"
#include "harness/plugin/method.h"
#include "harness/train/train.h"

namespace lethe {

// What is trained on, and how.
struct TestData {
  const TrainingSet* forget = nullptr;
  const TrainingSet* retain = nullptr;
  Alternates* alternates = nullptr;
  TrainOptions options = {};
  // The texts that the rows are of, for methods that ask for them.
  Examples forget_examples = {}, retain_examples = {};
};

// The model folder `from` unlearned into the folder `out`.
class TestContext final : public Context {
 public:
  TestContext(std::string from, std::string out, TestData data, Compute compute)
      : from_(std::move(from)),
        out_(std::move(out)),
        data_(std::move(data)),
        compute_(compute) {}

  const std::string& model_folder() const override { return from_; }
  const std::string& out_folder() const override { return out_; }
  const std::string& forget_file() const override { return none_; }
  const std::string& retain_file() const override { return none_; }
  std::string resolve(const std::string& path) const override { return path; }
  std::string resolve_model(const std::string& path) const override {
    return path;
  }
  const Examples& forget_examples() const override {
    return data_.forget_examples;
  }
  const Examples& retain_examples() const override {
    return data_.retain_examples;
  }

  TrainingSet training_rows(Side side) const override {
    return side == Side::forget ? *data_.forget : *data_.retain;
  }
  const Compute& compute() const override { return compute_; }

  std::string notes_folder() const override { return out_ + ".notes"; }

  Unlearned train(const Method& method) override {
    return train_into(out_, method, data_.options);
  }
  Unlearned train_aside(const Method& method, const std::string& name,
                        const Json& given) override {
    Json options = data_.options;
    options.update(given);
    return train_into(out_ + "." + name, method, options.get<TrainOptions>());
  }

  Unlearned retrain(const Json&) override { return {}; }
  Unlearned train_anew(const Json&, const Json&) override { return {}; }

 private:
  Unlearned train_into(const std::string& out, const Method& method,
                       const TrainOptions& options) {
    const ModelFolder source(from_);
    const Uses uses = method.uses();
    TrainTask task;
    task.model = Model::load(source, compute_, true);
    task.uses = uses;
    TrainingSet forget = *data_.forget;
    method.label(*this, forget);
    task.data.data = &forget;
    if (uses.retain) task.data.retain = data_.retain;
    if (uses.alternates > 0) {
      data_.alternates->a_row = uses.alternates;
      task.data.alternates = data_.alternates;
    }
    task.original = [&] { return Model::load(source, compute_); };
    task.step = [&](Step& step) { method.step(step); };
    task.before_step = [&](TrainState& state) { method.before_step(state); };
    task.out = out;
    task.title = "test";
    const TrainResult result = lethe::train(task, options);
    save_model(*task.model, source, out);
    return {.folder = out,
            .steps = result.steps,
            .tokens = result.tokens,
            .message = result.diverged ? "diverged" : ""};
  }

  const std::string from_, out_, none_;
  const TestData data_;
  const Compute compute_;
};

}  // namespace lethe
