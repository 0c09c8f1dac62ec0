// What a run would cost, on paper: tokens are counted from the texts, seconds
// follow from the FLOPs and a short measurement of this machine.
#include <chrono>
#include <set>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"
#include "harness/plugin/method.h"
#include "harness/run/blind.h"
#include "harness/run/run.h"
#include "harness/run/tasks.h"
#include "harness/run/variants.h"
#include "harness/run/workshop.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

// Multiply-adds a second of a product of the size that models run, halved: a
// model reaches about half of what a bare product does.
double flops(const Compute& compute) {
  const auto options =
      at::TensorOptions().device(compute.device).dtype(compute.dtype);
  const Tensor a = at::ones({512, 512}, options),
               b = at::ones({512, 512}, options);
  double best = 0;  // of several rounds: the first ones wake the threads
  for (int round = 0; round < 5; ++round) {
    const auto start = Clock::now();
    Tensor product;
    for (int i = 0; i < 10; ++i) product = at::mm(a, b);
    to_floats(product.select(0, 0));  // waits for the device
    const double seconds =
        std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, 10 * 2 * 512.0 * 512 * 512 / seconds);
  }
  return 0.5 * best;
}

class Planner {
 public:
  Planner(const Suite& suite, const RunOptions& o)
      : suite_(with_blind_baselines(lay_out(suite))),
        o_(o),
        data_(suite_, o.limit),
        shop_(suite_, data_, o.compute, o.out),
        tokenizer_(shop_.tokenizer()),
        config_(suite_.model.path.empty()
                    ? config_from_json(
                          read_json(resolve(suite_.folder,
                                            suite_.model.train.config)),
                          suite_.model.train.config)
                    : read_config(shop_.start_folder())),
        rate_(flops(o.compute)) {}

  std::vector<PlannedCell> plan() {
    std::vector<PlannedCell> cells;
    const int64_t probes = probe_tokens();
    const std::string suite_hash = sha256(canonical(resolved(suite_)));
    if (suite_.model.path.empty()) cells.push_back(pretraining("base", ""));
    for (const Variant& variant : expand(suite_)) {
      for (const Chain& chain : expand_transforms(suite_)) {
        PlannedCell cell;
        cell.label = variant.label;
        cell.transform = chain.name();
        cell.cell = cell_hash(suite_hash, variant, chain);
        if (chain.steps.empty()) add_training(variant, cell);
        cell.tokens += probes;
        cell.seconds += seconds(probes, 1);
        cell.peak_bytes = std::max(cell.peak_bytes, weight_bytes());
        cells.push_back(cell);
      }
    }
    return cells;
  }

 private:
  int64_t weight_bytes() const {
    return config_.parameters() *
           static_cast<int64_t>(c10::elementSize(o_.compute.dtype));
  }

  // `passes`: 1 forward, 3 forward and backward, 4 with a second model.
  double seconds(int64_t tokens, int passes) const {
    return 2.0 * passes * static_cast<double>(config_.parameters()) *
           static_cast<double>(tokens) / rate_;
  }

  int64_t tokens_of(const std::vector<std::string>& splits) const {
    int64_t tokens = 0;
    for (const std::string& split : splits) {
      for (const Example& e : data_.examples(split, tokenizer_.get())) {
        tokens += static_cast<int64_t>(e.ids.size());
      }
    }
    return tokens;
  }

  int64_t rows_of(const std::vector<std::string>& splits,
                  const TrainOptions& options) const {
    int64_t rows = 0;
    for (const std::string& split : splits) {
      rows += TrainingSet(data_.examples(split, tokenizer_.get()), options,
                          config_.max_positions, config_.eos_ids)
                  .size() *
              options.repeat.value(split, int64_t{1});
    }
    return rows;
  }

  // The mean over the rows that an epoch sees.
  int64_t tokens_a_row(const std::vector<std::string>& splits,
                       const TrainOptions& o) const {
    const int64_t rows = rows_of(splits, o);
    int64_t tokens = 0;
    for (const std::string& split : splits) {
      tokens += tokens_of({split}) * o.repeat.value(split, int64_t{1});
    }
    return rows == 0 ? 0 : tokens / rows;
  }

  PlannedCell pretraining(const std::string& label,
                          const std::string& without) const {
    PlannedCell cell;
    cell.label = label;
    const TrainOptions o = parse_train_options(suite_.model.train.set);
    train(o, shop_.pretraining_splits(without), {}, 3, cell);
    return cell;
  }

  // Training on `splits`, with as many rows of `beside` in each step: tokens,
  // and the memory of weights, gradients and two moments, with the activations
  // of one batch.
  void train(const TrainOptions& o, const std::vector<std::string>& splits,
             const std::vector<std::string>& beside, int passes,
             PlannedCell& cell) const {
    const int64_t rows = rows_of(splits, o);
    if (rows == 0) return;
    const int64_t steps = total_steps(o, rows);
    const int64_t step_rows = std::min(o.batch * o.accumulate, rows);
    const int64_t row_tokens =
        tokens_a_row(splits, o) + tokens_a_row(beside, o);
    const int64_t trained = row_tokens * step_rows * steps;
    cell.tokens += trained;
    cell.seconds += seconds(trained, passes);
    const int64_t batch_tokens = row_tokens * o.batch;
    const int64_t per_token = config_.layers * (16 * config_.hidden_size +
                                                4 * config_.intermediate_size);
    cell.peak_bytes = std::max(
        cell.peak_bytes, 4 * weight_bytes() + 4 * batch_tokens * per_token);
  }

  void add_training(const Variant& variant, PlannedCell& cell) const {
    const TrainOptions o = parse_train_options(variant.train);
    const Uses uses =
        Registry<Method>::make(variant.method, variant.own)->uses();
    if (!uses.training) return;
    if (uses.from_start) {
      const PlannedCell again = pretraining("", "forget");
      cell.tokens += again.tokens;
      cell.seconds += again.seconds;
      cell.peak_bytes = again.peak_bytes;
      return;
    }
    const bool both = uses.forget && uses.retain;
    train(o, data_.trained(uses.forget ? "forget" : "retain"),
          both ? data_.trained("retain") : std::vector<std::string>{},
          uses.original_retain ? 4 : 3, cell);
  }

  // Tokens that the probes and tasks of one cell compute: texts are scored once
  // however many probes read them, each generation runs anew.
  int64_t probe_tokens() const {
    int64_t tokens = 0;
    std::set<std::string> scored;
    for (const ProbeSpec& probe : suite_.attacks) {
      const Needs needs = Registry<Probe>::make(probe.name, probe.set)->needs();
      if (needs.generate) tokens += tokens_of(probe.on);
      if (needs.base) tokens += 2 * tokens_of(probe.on);
      if (needs.token_statistics)
        scored.insert(probe.on.begin(), probe.on.end());
    }
    for (const std::string& split : scored) tokens += tokens_of({split});
    for (const TaskSpec& spec : suite_.tasks) {
      if (tokenizer_ == nullptr) break;
      tokens += estimated_tokens(spec, suite_, *tokenizer_);
    }
    return tokens;
  }

  const Suite suite_;
  const RunOptions& o_;
  SuiteData data_;
  Workshop shop_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  DecoderConfig config_;
  double rate_;
};

}  // namespace

std::vector<PlannedCell> plan_suite(const Suite& suite,
                                    const RunOptions& options) {
  return Planner(suite, options).plan();
}

}  // namespace lethe
