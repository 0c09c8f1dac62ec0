#include "harness/train/goldfish.h"

#include <span>

#include "harness/base/goldfish.h"
#include "harness/base/rng.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

// `dropped` has an entry a target: the ids but the first.
void put_labels(TrainingSet& rows, size_t row,
                const std::vector<bool>& dropped) {
  std::vector<int64_t> labels = rows.rows()[row].ids;
  for (size_t t = 0; t < dropped.size(); ++t) {
    if (dropped[t]) labels[t + 1] = kDropped;
  }
  rows.set_labels(row, std::move(labels));
}

std::vector<bool> every_kth(size_t targets, const TrainOptions& o) {
  std::vector<bool> dropped(targets);
  for (auto t = static_cast<size_t>(o.start); t < targets;
       t += static_cast<size_t>(o.k)) {
    dropped[t] = true;
  }
  return dropped;
}

}  // namespace

void drop_tokens(TrainingSet& rows, const TrainOptions& o) {
  if (o.loss != "goldfish" || o.mask == "random") return;
  const bool hash = o.mask == "hash";
  const GoldfishMask mask(
      {o.k, o.h, static_cast<uint64_t>(o.table_seed), goldfish_form(o.form)});
  for (size_t i = 0; i < rows.rows().size(); ++i) {
    const std::vector<int64_t>& ids = rows.rows()[i].ids;
    const std::span<const int64_t> targets(ids.data() + 1, ids.size() - 1);
    put_labels(rows, i,
               hash ? mask.dropped(targets) : every_kth(targets.size(), o));
  }
}

TrainingSet with_random_drops(const TrainingSet& rows,
                              const std::vector<int64_t>& keys,
                              const TrainOptions& o, int64_t step) {
  TrainingSet drawn = rows.part(keys);
  Rng rng(static_cast<uint64_t>(o.seed), fmt::format("goldfish {}", step));
  for (size_t i = 0; i < keys.size(); ++i) {
    std::vector<bool> dropped(drawn.rows()[i].ids.size() - 1);
    for (size_t t = 0; t < dropped.size(); ++t) {
      dropped[t] = rng.below(static_cast<uint64_t>(o.k)) == 0;
    }
    put_labels(drawn, i, dropped);
  }
  return drawn;
}

GoldfishLoss goldfish_nll(const Model& model, const Batch& batch) {
  // Rows whose tokens are all left out have no loss.
  const double tokens = std::max<int64_t>(1, batch.step_tokens);
  const int64_t kept = batch.supervised();
  Ragged rows = batch.rows;
  rows.wanted = batch.dropped.defined() ? at::cat({batch.scored, batch.dropped})
                                        : batch.scored;
  const Tensor states = model.hidden(rows);
  const Head& head = model.head_weights();
  GoldfishLoss found;
  found.loss = nll_sum(states.narrow(0, 0, kept), head, batch.targets) / tokens;
  found.dropped = at::zeros({}, states.options().dtype(at::kFloat));
  if (batch.dropped.defined()) {
    const at::NoGradGuard watched;
    found.dropped =
        nll_sum(states.narrow(0, kept, batch.dropped.numel()).detach(), head,
                batch.dropped_targets);
  }
  return found;
}

}  // namespace lethe
