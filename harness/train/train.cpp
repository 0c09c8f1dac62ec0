#include "harness/train/train.h"

#include <chrono>
#include <cmath>
#include <fstream>
#include <map>

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/base/rng.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"
#include "harness/train/checkpoint.h"
#include "harness/train/losses.h"
#include "harness/train/optimiser.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The row numbers of step `step` (from 1): epochs are permutations that depend
// on (seed, epoch) alone; the last step of an epoch may be short.
std::vector<int64_t> keys_of_step(const TrainOptions& o, int64_t rows,
                                  int64_t step) {
  const int64_t per_step = o.batch * o.accumulate;
  const int64_t per_epoch = (rows + per_step - 1) / per_step;
  const int64_t epoch = (step - 1) / per_epoch;
  const int64_t begin = (step - 1) % per_epoch * per_step;
  Rng rng(static_cast<uint64_t>(o.seed), fmt::format("order:{}", epoch));
  const std::vector<int64_t> order = rng.permutation(rows);
  return {order.begin() + begin,
          order.begin() + std::min(begin + per_step, rows)};
}

// One uniformly random retain row for each of `count` rows.
std::vector<int64_t> retain_keys(const TrainOptions& o, int64_t rows,
                                 int64_t count, int64_t step) {
  Rng rng(static_cast<uint64_t>(o.seed), fmt::format("retain:{}", step));
  std::vector<int64_t> keys;
  for (int64_t i = 0; i < count; ++i) {
    keys.push_back(
        static_cast<int64_t>(rng.below(static_cast<uint64_t>(rows))));
  }
  return keys;
}

// Log-probs of the original model by row number, filled before training.
using OriginalLogprobs = std::map<int64_t, float>;

class EngineStep final : public Step {
 public:
  EngineStep(const TrainTask& task, const Batch& data, const Batch& retain,
             const OriginalLogprobs& logprobs, Model* original)
      : Step(*task.model, data, retain),
        logprobs_(logprobs),
        original_(original) {}

  void add(const std::string& name, double weight,
           const std::function<Tensor()>& value) override {
    if (weight == 0) return;
    const Tensor term = value();
    (term * weight).backward();
    const Tensor plain = term.detach();
    const auto found = terms.find(name);
    terms[name] = found == terms.end() ? plain : found->second + plain;
    loss = loss.defined() ? loss + plain * weight : plain * weight;
  }

  Tensor original_logprobs(const Batch& batch) override {
    std::vector<float> values;
    for (const int64_t key : batch.keys) {
      const auto found = logprobs_.find(key);
      if (&batch != &forget || found == logprobs_.end()) {
        fail_runtime("original_logprobs", "was not prepared for this batch",
                     "set original_logprobs in uses(), ask for the forget set");
      }
      values.push_back(found->second);
    }
    return at::tensor(values, at::TensorOptions(at::kFloat)).to(model.device());
  }

  Tensor original_kl(const Batch& batch) override {
    if (original_ == nullptr) {
      fail_runtime("original_kl", "was not prepared",
                   "set original_kl in uses()");
    }
    return mean_kl(model, *original_, batch);
  }

  std::map<std::string, Tensor> terms;
  Tensor loss;

 private:
  const OriginalLogprobs& logprobs_;
  Model* original_;
};

// The log-probs of every row by the untrained weights, one pass.
OriginalLogprobs original_logprobs(const Model& model, const TrainingSet& set) {
  OriginalLogprobs all;
  std::vector<ScoreItem> items;
  for (const TrainingRow& row : set.rows()) {
    items.push_back({row.ids, row.score_from});
  }
  const LikelihoodResult result = likelihoods(model, items);
  for (size_t i = 0; i < items.size(); ++i) {
    all[static_cast<int64_t>(i)] =
        static_cast<float>(result.likelihoods[i].sum);
  }
  return all;
}

double evaluate(const Model& model, const TrainingSet& set) {
  double nll = 0;
  size_t tokens = 0;
  std::vector<ScoreItem> items;
  for (const TrainingRow& row : set.rows()) {
    items.push_back({row.ids, row.score_from});
  }
  for (const Likelihood& l : likelihoods(model, items).likelihoods) {
    if (l.tokens == 0) continue;
    nll -= l.sum;
    tokens += static_cast<size_t>(l.tokens);
  }
  return nll / static_cast<double>(tokens);
}

// train_log.jsonl, cut back to the checkpoint's step on resume.
class TrainLog {
 public:
  TrainLog(const std::string& out, int64_t steps) {
    const std::string path = out + "/train_log.jsonl";
    std::string kept;
    if (steps > 0 && exists(path)) {
      const auto lines = read_lines(path);
      for (size_t i = 0; i < lines.size() && i < static_cast<size_t>(steps);
           ++i) {
        kept += lines[i] + "\n";
        const Json row = parse_json(lines[i], path);
        tokens += require_int(row, "tokens", path);
      }
    }
    write_file_atomically(path, kept);
    file_.open(path, std::ios::app);
  }

  int64_t tokens = 0;  // of the steps before a resume

  void write(const OrderedJson& row) {
    file_ << row.dump() << std::endl;
    if (!file_) fail_write("train_log.jsonl");
  }

 private:
  std::ofstream file_;
};

class Loop {
 public:
  Loop(const TrainTask& task, const TrainOptions& options)
      : task_(task),
        o_(options),
        total_(total_steps(options, task.data->size())),
        optimiser_(task.model->parameters(), options) {
    if (task.data->size() == 0) {
      fail_input("training data", "holds no row with at least two tokens",
                 "give longer texts");
    }
    if (task.uses.original_logprobs) {  // before the first update
      logprobs_ = original_logprobs(*task.model, *task.data);
    }
    if (task.uses.original_kl) original_ = task.original();
    make_folder(task.out);
    done_ = o_.checkpoint_seconds > 0
                ? load_checkpoint(task.out, task.identity, optimiser_)
                : 0;
  }

  TrainResult run() {
    TrainLog log(task_.out, done_);
    result_.tokens = log.tokens;
    Progress progress(task_.title, "steps", total_);
    auto saved = Clock::now();
    const auto start = Clock::now();
    for (int64_t step = done_ + 1; step <= total_; ++step) {
      OrderedJson row = one(step);
      row["seconds"] = seconds_since(start);
      row["peak_bytes"] = peak_bytes();
      log.write(row);
      progress.set(
          step,
          fmt::format("loss {:.3f}  {} tokens/s", result_.last_loss,
                      human_count(result_.tokens / seconds_since(start))));
      if (result_.diverged) break;
      if (o_.checkpoint_seconds > 0 && step < total_ &&
          seconds_since(saved) > o_.checkpoint_seconds) {
        save_checkpoint(task_.out, task_.identity, optimiser_);
        saved = Clock::now();
      }
    }
    result_.steps = optimiser_.steps();
    return result_;
  }

 private:
  OrderedJson one(int64_t step) {
    const at::Device device = task_.model->device();
    const auto keys = keys_of_step(o_, task_.data->size(), step);
    const auto data = make_step(*task_.data, keys, o_.batch, device);
    std::vector<Batch> retain(data.size());
    if (task_.retain != nullptr) {
      retain = make_step(*task_.retain,
                         retain_keys(o_, task_.retain->size(),
                                     static_cast<int64_t>(keys.size()), step),
                         o_.batch, device);
    }
    std::map<std::string, double> terms;
    double loss = 0;
    int64_t supervised = 0, tokens = 0;
    for (size_t i = 0; i < data.size(); ++i) {
      EngineStep part(task_, data[i], retain[i], logprobs_, original_.get());
      task_.step(part);
      for (const auto& [name, value] : part.terms) {
        terms[name] += value.item<double>();
      }
      if (part.loss.defined()) loss += part.loss.item<double>();
      supervised += data[i].supervised() + retain[i].supervised();
      tokens += data[i].rows.tokens() +
                (task_.retain != nullptr ? retain[i].rows.tokens() : 0);
    }
    const double lr = learning_rate(o_, step, total_);
    const double norm = std::isfinite(loss) ? optimiser_.step(lr) : NAN;
    result_.diverged = !std::isfinite(loss) || !std::isfinite(norm);
    result_.last_loss = loss;
    result_.tokens += tokens;
    OrderedJson row;
    row["step"] = step;
    row["loss"] = loss;  // NaN is written as null
    row["terms"] = terms;
    row["grad_norm"] = norm;
    row["lr"] = lr;
    row["tokens"] = tokens;
    row["supervised_tokens"] = supervised;
    if (o_.eval_every > 0 && (step % o_.eval_every == 0 || step == total_)) {
      for (const auto& [name, set] : task_.evaluations) {
        row["eval"][name] = evaluate(*task_.model, *set);
      }
    }
    return row;
  }

  const TrainTask& task_;
  const TrainOptions& o_;
  const int64_t total_;
  AdamW optimiser_;
  OriginalLogprobs logprobs_;
  std::shared_ptr<Model> original_;
  int64_t done_ = 0;
  TrainResult result_;
};

}  // namespace

TrainResult train(const TrainTask& task, const TrainOptions& options) {
  return Loop(task, options).run();
}

}  // namespace lethe
