#include "harness/train/goldfish.h"

#include <algorithm>
#include <span>

#include "harness/base/goldfish.h"
#include "harness/base/rng.h"
#include "harness/tensor/ops.h"
#include "harness/train/document_mask.h"
#include "harness/train/losses.h"
#include "harness/train/private_options.h"

namespace lethe {
namespace {

// `dropped` has an entry a target: the ids but the first; or none, and nothing
// is left out.
void put_labels(TrainingSet& rows, size_t row,
                const std::vector<bool>& dropped) {
  std::vector<int64_t> labels = rows.rows()[row].ids;
  for (size_t t = 0; t < dropped.size(); ++t) {
    if (dropped[t]) labels[t + 1] = kDropped;
  }
  rows.set_labels(row, std::move(labels));
}

bool flagged(const Example& e) {
  if (!e.fields.contains("goldfish") || e.fields["goldfish"].is_null()) {
    return false;
  }
  const Json& flag = e.fields["goldfish"];
  if (flag.is_boolean()) return flag.get<bool>();
  fail_input(e.where, "\"goldfish\" is " + flag.dump(),
             "it must be true or false");
}

void mark_unflagged(TrainingSet& rows, const Examples& examples) {
  for (size_t i = 0; i < rows.rows().size(); ++i) {
    if (!flagged(examples[rows.rows()[i].example])) rows.learn_whole(i);
  }
}

// The targets of a row in what is dropped of its text, one an id of the text.
std::vector<bool> targets_of(const TrainingRow& row,
                             const std::vector<bool>& text) {
  std::vector<bool> dropped(row.ids.size() - 1);
  for (auto t = std::max<int64_t>(1, row.own_from);
       t < static_cast<int64_t>(row.ids.size()); ++t) {
    const auto at = static_cast<size_t>(t + row.skipped);
    // Behind the text stands only an end-of-text id.
    if (at < text.size()) dropped[static_cast<size_t>(t - 1)] = text[at];
  }
  return dropped;
}

// Rows of one example stand together.
void drop_by_document(TrainingSet& rows, const Examples& examples,
                      const DocumentMask& mask) {
  std::vector<bool> text;
  size_t of = examples.size();
  for (size_t i = 0; i < rows.rows().size(); ++i) {
    const TrainingRow& row = rows.rows()[i];
    if (!row.masked) continue;
    if (row.example != of) text = mask.dropped(examples[row.example]);
    of = row.example;
    put_labels(rows, i, targets_of(row, text));
  }
}

}  // namespace

void drop_tokens(TrainingSet& rows, const Examples& examples,
                 const Tokenizer* tokenizer, const TrainOptions& o) {
  if (o.loss != "goldfish") return;
  if (o.goldfish_on == "flagged") mark_unflagged(rows, examples);
  if (o.mask == "random") return;
  const bool hash = o.mask == "hash";
  if (hash && (o.hash == "minhash" || !o.normalise.empty())) {
    return drop_by_document(rows, examples, {o, tokenizer});
  }
  const GoldfishMask mask(goldfish_options(o));
  for (size_t i = 0; i < rows.rows().size(); ++i) {
    if (!rows.rows()[i].masked) continue;
    const std::vector<int64_t>& ids = rows.rows()[i].ids;
    const std::span<const int64_t> targets(ids.data() + 1, ids.size() - 1);
    put_labels(rows, i,
               hash ? mask.dropped(targets)
                    : static_mask(targets.size(), o.k, o.start));
  }
}

void check_drops(const TrainingSet& rows, const TrainOptions& o) {
  if (o.loss != "goldfish") return;
  const auto masked = [](const TrainingRow& row) { return row.masked; };
  if (o.goldfish_on == "flagged" &&
      std::none_of(rows.rows().begin(), rows.rows().end(), masked)) {
    fail_input("goldfish_on", "is flagged, and no row of the training data is",
               "write \"goldfish\": true into rows, or leave goldfish_on out");
  }
  const int64_t total = total_steps(o, drawn_units(o, rows));
  if (o.goldfish_from > total) {
    fail_usage(
        "training option goldfish_from",
        fmt::format("is {}, and the last step is {}", o.goldfish_from, total),
        "give a step that there is");
  }
}

bool drops_vary(const TrainOptions& o) {
  return o.loss == "goldfish" &&
         (o.mask == "random" || o.goldfish_from > 1 || o.goldfish_to > 0);
}

TrainingSet rows_of_step(const TrainingSet& rows,
                         const std::vector<int64_t>& keys,
                         const TrainOptions& o, int64_t step) {
  TrainingSet drawn = rows.part(keys);
  const bool leaves_out =
      step >= o.goldfish_from && (o.goldfish_to == 0 || step <= o.goldfish_to);
  if (leaves_out && o.mask != "random") return drawn;
  Rng rng(static_cast<uint64_t>(o.seed), fmt::format("goldfish {}", step));
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!drawn.rows()[i].masked) continue;
    std::vector<bool> dropped(leaves_out ? drawn.rows()[i].ids.size() - 1 : 0);
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
