#include "harness/run/training_cost.h"

#include <algorithm>
#include <set>

#include "harness/train/private_options.h"

namespace lethe {
namespace {

struct Count {
  int64_t tokens = 0, supervised = 0;
  void add(const TrainingRow& row) {
    tokens += static_cast<int64_t>(row.ids.size()) - 1;
    supervised += row.supervised();
  }
};

Count count(const TrainingSet& set, const std::vector<int64_t>& keys,
            size_t begin, size_t end) {
  Count all;
  for (size_t i = begin; i < std::min(end, keys.size()); ++i) {
    all.add(set.rows()[keys[i]]);
  }
  return all;
}

void take_larger(LargestPass& largest, const Count& of_pass) {
  largest.tokens = std::max(largest.tokens, of_pass.tokens);
  largest.supervised = std::max(largest.supervised, of_pass.supervised);
}

// The rows that the original is asked about, each once.
struct Asked {
  std::set<int64_t> data, retain;
  static Count of(const TrainingSet& set, const std::set<int64_t>& keys) {
    Count all;
    for (const int64_t key : keys) all.add(set.rows()[key]);
    return all;
  }
};

void add_original(const TrainingData& data, const Uses& uses,
                  const Asked& asked, TrainingCost& cost) {
  const Count of_data = Asked::of(*data.data, asked.data);
  const bool data_states =
      uses.original_forget || (uses.original_retain && data.retain == nullptr);
  int64_t states = 0;
  if (uses.original_logprobs) {
    cost.original_tokens += of_data.tokens * (1 + uses.alternates);
  }
  if (data_states) {
    cost.original_tokens += of_data.tokens;
    states += of_data.supervised;
  }
  if (uses.original_retain && data.retain != nullptr) {
    const Count beside = Asked::of(*data.retain, asked.retain);
    cost.original_tokens += beside.tokens;
    states += beside.supervised;
  }
  cost.largest.kept_states = states;
}

// Of DP-SGD. The gradient of a document's first pass waits for its others, as
// that of one term does for the next.
void add_private(const TrainingSet& set,
                 const std::vector<std::vector<int64_t>>& passes,
                 TrainingCost& cost) {
  const TrainingRow* before = nullptr;
  for (const std::vector<int64_t>& pass : passes) {
    const Count own = count(set, pass, 0, pass.size());
    cost.tokens += own.tokens;
    cost.data_tokens += own.tokens;
    take_larger(cost.largest, own);
    const TrainingRow& row = set.rows()[pass.front()];
    if (before != nullptr && before->example == row.example) {
      cost.largest.terms = 2;
    }
    before = &row;
  }
}

}  // namespace

TrainingCost training_cost(const TrainOptions& o, const TrainingData& data,
                           const Uses& uses) {
  TrainingCost cost;
  Asked asked;
  const int64_t steps = total_steps(o, drawn_units(o, *data.data));
  const auto batch = static_cast<size_t>(o.batch);
  for (int64_t step = 1; step <= steps; ++step) {
    const StepKeys keys = keys_of_step(o, data, step);
    asked.data.insert(keys.data.begin(), keys.data.end());
    asked.retain.insert(keys.retain.begin(), keys.retain.end());
    if (is_private(o)) {
      add_private(*data.data, document_passes(*data.data, keys.data, o.batch),
                  cost);
      continue;
    }
    for (size_t i = 0; i < keys.data.size(); i += batch) {
      const Count own = count(*data.data, keys.data, i, i + batch);
      // Pairs are compared in one graph.
      Count pass = own;
      pass.tokens *= 1 + uses.alternates;
      pass.supervised *= 1 + uses.alternates;
      cost.tokens += pass.tokens;
      cost.data_tokens += own.tokens;
      take_larger(cost.largest, pass);
      if (data.retain == nullptr) continue;
      const Count beside = count(*data.retain, keys.retain, i, i + batch);
      cost.tokens += beside.tokens;
      take_larger(cost.largest, beside);
    }
  }
  if (data.retain != nullptr) cost.largest.terms = 2;
  cost.largest.distributions = uses.original_forget || uses.original_retain;
  add_original(data, uses, asked, cost);
  return cost;
}

}  // namespace lethe
