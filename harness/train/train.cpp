#include "harness/train/train.h"

#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"
#include "harness/train/checkpoint.h"
#include "harness/train/goldfish.h"
#include "harness/train/losses.h"
#include "harness/train/memory.h"
#include "harness/train/optimiser.h"
#include "harness/train/original.h"
#include "harness/train/private_step.h"
#include "harness/train/selection.h"
#include "harness/train/smoothing.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What backward passes need beside the model.
struct Backward {
  const Original& original;
  const TrainOptions& options;
  const NamedTensors& parameters;  // that are trained
  int64_t part = 0;                // which pass of the step it is
};

class EngineStep final : public Step {
 public:
  EngineStep(const TrainTask& task, const StepBatches& batches,
             const TrainState& state, const Backward& backward)
      : Step(*task.model, batches, state), with_(backward) {}

  void add(const std::string& name, double weight,
           const std::function<Tensor()>& value) override {
    if (weight == 0) return;
    const Tensor plain = backward(name, weight, value);
    const auto found = terms.find(name);
    terms[name] = found == terms.end() ? plain : found->second + plain;
    loss = loss.defined() ? loss + plain * weight : plain * weight;
  }

  void note(const std::string& name, const Tensor& sum,
            int64_t count) override {
    auto& [total, number] = notes[name];
    total = total.defined() ? total + sum : sum;
    number += count;
  }

  Tensor original_logprobs(const Batch& batch) override {
    return with_.original.logprobs(batch);
  }

  Tensor original_states(const Batch& batch) override {
    return with_.original.states(batch);
  }

  const Head& original_head() override { return with_.original.head(); }

  Tensor original_kl(const Batch& batch) override {
    return mean_kl(model, original_states(batch), original_head(), batch);
  }

  std::map<std::string, Tensor> terms;
  std::map<std::string, std::pair<Tensor, int64_t>> notes;
  Tensor loss;
  Tensor waiting;           // the loss whose backward pass is still to be run
  int64_t tokens_more = 0;  // run forward a second time

 private:
  // Forms the gradients of weight * value; the value.
  Tensor backward(const std::string& name, double weight,
                  const std::function<Tensor()>& value) {
    if (smooths(with_.options, name)) {
      const auto weighted = [&] { return value() * weight; };
      if (with_.options.sam_rho > 0) {
        for (const Batch* batch : {&forget, &alternate}) {
          if (batch->scored.defined()) tokens_more += batch->rows.tokens();
        }
      }
      return smoothed_backward(with_.parameters, with_.options,
                               {state.step, with_.part}, weighted) /
             weight;
    }
    if (!with_.options.fused_step) {
      const Tensor term = value();
      (term * weight).backward();
      return term.detach();
    }
    const Tensor term = value();
    waiting = waiting.defined() ? waiting + term * weight : term * weight;
    return term.detach();
  }

  const Backward with_;
};

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

// train_log.jsonl, cut back to the checkpoint's step on resume; `state` becomes
// that of the last row.
class TrainLog {
 public:
  TrainLog(const std::string& out, int64_t steps, TrainState& state) {
    const std::string path = out + "/train_log.jsonl";
    std::string kept;
    if (steps > 0 && exists(path)) {
      const auto lines = read_lines(path);
      for (size_t i = 0; i < lines.size() && i < static_cast<size_t>(steps);
           ++i) {
        kept += lines[i] + "\n";
        const Json row = parse_json(lines[i], path);
        tokens += require_int(row, "tokens", path);
        state.terms = row.value("terms", state.terms);
        state.numbers = row.value("numbers", state.numbers);
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
        total_(total_steps(options, drawn_units(options, *task.data.data))),
        saliency_(*task.model, *task.data.data, options),
        parameters_(trained_parameters(*task.model)),
        private_(make_private_step(parameters_, task.data, options)),
        optimiser_(make_optimiser(parameters_, options)),
        original_(task.uses, task.data, options,
                  {task.model.get(), task.original}) {
    if (task.data.data->size() == 0) {
      fail_input("training data", "holds no row with at least two tokens",
                 "give longer texts");
    }
    if (smooths(o_, "forget") && !task.uses.forget) {
      fail_usage("training option sam_rho or rs_sigma",
                 "there is no term \"forget\" here", "leave it at 0");
    }
    task.model->recompute_blocks(o_.activation_checkpointing);
    state_.steps = total_;
    state_.epoch_steps =
        epoch_steps(options, drawn_units(options, *task.data.data));
    state_.seed = o_.seed;
    make_folder(task.out);
    const bool resumes = o_.checkpoint_seconds > 0;
    if (resumes) done_ = checkpoint_step(task.out, task.identity);
    original_.prepare(done_ + 1, total_);  // before the weights change
    if (resumes) load_checkpoint(task.out, task.identity, *optimiser_);
  }

  TrainResult run() {
    TrainLog log(task_.out, done_, state_);
    result_.tokens = log.tokens;
    Progress progress(task_.title, "steps", total_);
    auto saved = Clock::now();
    const auto start = Clock::now();
    for (int64_t step = done_ + 1; step <= total_; ++step) {
      state_.step = step;
      if (task_.before_step) task_.before_step(state_);
      if (state_.stop) break;
      original_.prepare(step, total_);
      const OrderedJson before = step == 1 ? evaluations() : OrderedJson();
      OrderedJson row = one(step);
      if (!before.is_null()) row["eval_before"] = before;
      row["seconds"] = seconds_since(start);
      if (step == done_ + 1 && original_.seconds() > 0) {
        row["prepare_seconds"] = original_.seconds();
      }
      row["peak_bytes"] = peak_bytes();
      if (!state_.numbers.empty()) row["numbers"] = state_.numbers;
      log.write(row);
      progress.set(
          step,
          fmt::format("loss {:.3f}  {} tokens/s", result_.last_loss,
                      human_count(result_.tokens / seconds_since(start))));
      if (result_.diverged) break;
      if (o_.checkpoint_seconds > 0 && step < total_ &&
          seconds_since(saved) > o_.checkpoint_seconds) {
        save_checkpoint(task_.out, task_.identity, *optimiser_);
        saved = Clock::now();
      }
    }
    result_.steps = optimiser_->steps();
    result_.tokens += original_.tokens();
    keep_privacy(private_.get(), result_.steps, task_.out);
    return result_;
  }

 private:
  // The batches of one step; sides that a method does not use are empty.
  struct Batches {
    std::vector<Batch> data, retain, alternate;
  };

  std::vector<Batch> make_data(const TrainingSet& rows,
                               const std::vector<int64_t>& keys) const {
    const at::Device device = task_.model->device();
    return private_ != nullptr ? private_->batches(rows, keys, device)
                               : make_step(rows, keys, o_.batch, device);
  }

  Batches batches_of(int64_t step) const {
    const at::Device device = task_.model->device();
    const TrainingData& d = task_.data;
    const StepKeys keys = keys_of_step(o_, d, step);
    Batches all;
    if (drops_vary(o_)) {
      const TrainingSet drawn = rows_of_step(*d.data, keys.data, o_, step);
      std::vector<int64_t> places(keys.data.size());
      std::iota(places.begin(), places.end(), 0);
      all.data = make_data(drawn, places);
    } else {
      all.data = make_data(*d.data, keys.data);
    }
    all.retain.resize(all.data.size());
    all.alternate.resize(all.data.size());
    if (d.retain != nullptr) {
      all.retain = make_step(*d.retain, keys.retain, o_.batch, device);
    }
    if (d.alternates != nullptr) {
      all.alternate = make_step(d.alternates->rows, keys.alternate,
                                o_.batch * d.alternates->a_row, device);
    }
    return all;
  }

  // Whether training goes on: by the loss. By the weights with DP-SGD, of which
  // this leaves the noisy gradient, and means over the documents drawn (of
  // none: NaN).
  bool passes_done(int64_t step, double& loss,
                   std::map<std::string, double>& terms) {
    if (private_ == nullptr) return std::isfinite(loss);
    private_->release(step);
    const auto drawn = static_cast<double>(private_->documents());
    loss /= drawn;
    for (auto& [name, value] : terms) value /= drawn;
    return private_->weights_are_finite();
  }

  OrderedJson one(int64_t step) {
    const Batches batches = batches_of(step);
    std::map<std::string, double> terms;
    std::map<std::string, std::pair<double, int64_t>> notes;
    double loss = 0;
    const double lr = learning_rate(o_, step, total_);
    int64_t supervised = 0, tokens = 0;
    for (size_t i = 0; i < batches.data.size(); ++i) {
      EngineStep part(
          task_, {batches.data[i], batches.retain[i], batches.alternate[i]},
          state_, {original_, o_, parameters_, static_cast<int64_t>(i)});
      task_.step(part);
      tokens += part.tokens_more;
      for (const auto& [name, value] : part.terms) {
        terms[name] += value.item<double>();
      }
      for (const auto& [name, note] : part.notes) {
        notes[name].first += note.first.item<double>();
        notes[name].second += note.second;
      }
      if (part.loss.defined()) loss += part.loss.item<double>();
      if (part.waiting.defined() && std::isfinite(loss)) {
        optimiser_->begin(lr);
        part.waiting.backward();
      }
      if (private_ != nullptr) private_->passed();
      for (const Batch* batch :
           {&batches.data[i], &batches.retain[i], &batches.alternate[i]}) {
        if (!batch->scored.defined()) continue;
        supervised += batch->supervised();
        tokens += batch->rows.tokens();
      }
    }
    const bool sound = passes_done(step, loss, terms);
    state_.terms = terms;
    saliency_.mask_gradients();
    const double norm = sound ? optimiser_->step(lr) : NAN;
    result_.diverged = !sound || !std::isfinite(norm);
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
    if (private_ != nullptr) private_->log(step, row);
    for (const auto& [name, note] : notes) {
      if (note.second > 0) {
        row[name] = note.first / static_cast<double>(note.second);
      }
    }
    if (step % std::max<int64_t>(1, o_.eval_every) == 0 || step == total_) {
      const OrderedJson found = evaluations();
      if (!found.is_null()) row["eval"] = found;
    }
    return row;
  }

  // Mean NLL by name, nats a token; null where nothing is evaluated.
  OrderedJson evaluations() const {
    OrderedJson found;
    if (o_.eval_every == 0) return found;
    for (const auto& [name, set] : task_.evaluations) {
      found[name] = evaluate(*task_.model, *set);
    }
    return found;
  }

  const TrainTask& task_;
  const TrainOptions& o_;
  const int64_t total_;
  const Saliency saliency_;
  const NamedTensors parameters_;
  const std::unique_ptr<PrivateStep> private_;  // null: no DP-SGD
  const std::unique_ptr<Optimiser> optimiser_;
  Original original_;
  TrainState state_;
  int64_t done_ = 0;
  TrainResult result_;
};

}  // namespace

namespace {

// Room for all that training holds, before any of it is there.
void make_room(const TrainTask& task, const TrainOptions& o) {
  if (!task.model->device().is_cpu()) return;
  LargestPass pass;
  for (const TrainingRow& row : task.data.data->rows()) {
    const auto tokens = static_cast<int64_t>(row.ids.size());
    pass.tokens = std::max(pass.tokens, o.batch * tokens);
  }
  pass.supervised = pass.tokens;
  pass.terms = 2;
  const TrainMemory memory =
      training_memory(task.model->config(), task.model->compute(), o, pass);
  prefer_large_pages(memory.total() - memory.weights);
}

}  // namespace

TrainResult train(const TrainTask& task, const TrainOptions& options) {
  make_room(task, options);
  return Loop(task, options).run();
}

}  // namespace lethe
