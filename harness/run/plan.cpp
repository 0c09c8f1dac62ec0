// What a run would cost, on paper: tokens are counted from the texts, seconds
// follow from the FLOPs and a short measurement of this machine.
#include <chrono>
#include <set>
#include <utility>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"
#include "harness/plugin/method.h"
#include "harness/run/blind.h"
#include "harness/run/run.h"
#include "harness/run/sanitised.h"
#include "harness/run/tasks.h"
#include "harness/run/training_cost.h"
#include "harness/run/training_rows.h"
#include "harness/run/variants.h"
#include "harness/run/workshop.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/ops.h"
#include "harness/train/private_options.h"

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
        rate_(flops(o.compute)),
        base_bytes_(o.compute.device.is_cpu() ? resident_bytes() : 0) {}

  std::vector<PlannedCell> plan() {
    std::vector<PlannedCell> cells;
    const int64_t probes = probe_tokens();
    const std::string suite_hash = sha256(canonical(resolved(suite_)));
    if (suite_.model.path.empty())
      cells.push_back(pretraining("base", "", Json::object()));
    const std::vector<Variant> variants = expand(suite_);
    const std::vector<Chain> chains = expand_transforms(suite_);
    const ShardPlan parts(suite_, variants, chains, o_.shard);
    for (size_t v = 0; v < variants.size(); ++v) {
      bool first = true;  // of the variant: its model is made
      for (size_t c = 0; c < chains.size(); ++c) {
        if (!parts.runs(v, c)) continue;
        const Variant& variant = variants[v];
        const Chain& chain = chains[c];
        PlannedCell cell;
        cell.label = variant.label;
        cell.transform = chain.name();
        cell.cell = cell_hash(suite_hash, variant, chain);
        const Uses uses =
            Registry<Method>::make(variant.method, variant.own)->uses();
        if (std::exchange(first, false)) add_training(variant, uses, cell);
        cell.tokens += uses.networks * probes;
        cell.seconds += seconds(uses.networks * probes, 1);
        cell.peak_bytes = std::max(
            cell.peak_bytes, base_bytes_ + uses.networks * weight_bytes());
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

  // `passes`: 1 forward, 3 forward and backward.
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

  TrainingSet set_of(const std::vector<std::string>& splits,
                     const TrainOptions& options) const {
    const TrainedTexts texts(data_, splits, tokenizer_.get(), options);
    Examples all;
    for (const std::string& split : splits) {
      const Examples& own = texts.examples(split);
      all.insert(all.end(), own.begin(), own.end());
    }
    return rows_of(std::move(all), options, config_, false);
  }

  // `over`: training options that win over the suite's.
  PlannedCell pretraining(const std::string& label, const std::string& without,
                          const Json& over) const {
    PlannedCell cell;
    cell.label = label;
    const TrainOptions o =
        parse_train_options(training_over(suite_.model.train.set, over));
    const TrainingSet rows = set_of(shop_.pretraining_splits(without), o);
    train(o, {&rows, nullptr, nullptr}, {}, cell);
    return cell;
  }

  // Every batch of the run is laid out, as training does.
  void train(const TrainOptions& o, const TrainingData& data, const Uses& uses,
             PlannedCell& cell) const {
    if (data.data->size() == 0) return;
    const TrainingCost cost = training_cost(o, data, uses);
    const bool smooth = o.sam_rho > 0;  // the forget term runs twice
    const int64_t again = smooth ? cost.data_tokens : 0;
    cell.tokens += cost.tokens + again + cost.original_tokens;
    cell.seconds +=
        seconds(cost.tokens + again, o.activation_checkpointing ? 4 : 3) +
        seconds(cost.original_tokens, 1);
    cell.memory = training_memory(config_, o_.compute, o, cost.largest);
    const int64_t process =
        o_.compute.device.is_cpu() ? base_bytes_ + kTrainingProcessBytes : 0;
    cell.peak_bytes = std::max(cell.peak_bytes, process + cell.memory.total());
  }

  void add_training(const Variant& variant, const Uses& uses,
                    PlannedCell& cell) const {
    if (!uses.training) return;
    Json set = variant.train;
    if (!uses.set.is_null()) set.update(uses.set);
    const TrainOptions o = parse_train_options(set);
    if (uses.from_start) {
      const PlannedCell again =
          pretraining("", uses.forget_data ? "" : "forget", variant.train);
      cell.tokens += again.tokens;
      cell.seconds += again.seconds;
      cell.peak_bytes = again.peak_bytes;
      cell.memory = again.memory;
      return;
    }
    const TrainingSet data =
        set_of(data_.trained(uses.forget ? "forget" : "retain"), o);
    const bool both = uses.forget && uses.retain;
    const TrainingSet retain =
        both ? set_of(data_.trained("retain"), o) : TrainingSet();
    const TrainingSet* beside = retain.size() > 0 ? &retain : nullptr;
    train(o, {&data, beside, nullptr}, uses, cell);
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
  int64_t base_bytes_;  // of the process without a model
};

}  // namespace

std::vector<PlannedCell> plan_suite(const Suite& suite,
                                    const RunOptions& options) {
  return Planner(suite, options).plan();
}

}  // namespace lethe
