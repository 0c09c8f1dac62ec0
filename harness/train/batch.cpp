#include "harness/train/batch.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "harness/base/hash.h"
#include "harness/tensor/compute.h"

namespace lethe {
namespace {

// A long text in rows of `length` tokens, each behind the leading specials.
std::vector<TrainingRow> cut(const Example& e, int64_t length) {
  const auto own = e.ids.begin() + e.leading;
  const int64_t room = length - e.leading;
  if (room < 2) {
    fail_usage("sequence_length", fmt::format("{} leaves no room", length),
               "give at least 4 tokens");
  }
  const int64_t total = e.ids.end() - own;
  std::vector<TrainingRow> rows;
  for (int64_t begin = 0; begin < total; begin += room) {
    TrainingRow row;
    row.ids.assign(e.ids.begin(), own);
    row.ids.insert(row.ids.end(), own + begin,
                   own + std::min(begin + room, total));
    row.own_from = e.leading;
    row.skipped = begin;
    if (row.ids.size() >= 2) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

int64_t TrainingRow::supervised() const {
  int64_t count = 0;
  for (auto t = score_from; t < static_cast<int64_t>(ids.size()); ++t) {
    count += label(t) >= 0 ? 1 : 0;
  }
  return count;
}

TrainingSet::TrainingSet(const Examples& examples, const TrainOptions& options,
                         int64_t window, const std::vector<int64_t>& eos_ids) {
  const int64_t length = options.sequence_length > 0
                             ? std::min(options.sequence_length, window)
                             : window;
  for (size_t i = 0; i < examples.size(); ++i) {
    const Example& e = examples[i];
    if (e.member && !*e.member) continue;
    if (!e.prompt.empty() && e.references.empty()) {
      fail_input(e.where, "has a prompt but nothing to learn behind it",
                 "add the completion or answer");
    }
    const bool answer = e.score_from > 1;
    std::vector<TrainingRow> rows;
    if (answer) {
      TrainingRow row{e.ids, options.label_mask == "all" ? 1 : e.score_from};
      if (!eos_ids.empty() && row.ids.back() != eos_ids.front()) {
        row.ids.push_back(eos_ids.front());
      }
      const int64_t over = static_cast<int64_t>(row.ids.size()) - length;
      if (over > 0) {
        row.ids.erase(row.ids.begin(), row.ids.begin() + over);
        row.score_from = std::max<int64_t>(1, row.score_from - over);
        row.skipped = over;
      }
      rows.push_back(std::move(row));
    } else {
      rows = cut(e, length);
    }
    for (TrainingRow& row : rows) {
      row.example = i;
      rows_.push_back(std::move(row));
    }
  }
}

std::string TrainingSet::hash() const {
  Sha256 hash;
  for (const TrainingRow& row : rows_) {
    hash.add(canonical(Json(row.ids)) + std::to_string(row.score_from) + "\n");
    if (!row.labels.empty()) hash.add(canonical(Json(row.labels)) + "\n");
    if (!row.masked) hash.add("learnt whole\n");
  }
  return hash.hex();
}

TrainingSet TrainingSet::part(const std::vector<int64_t>& keys) const {
  TrainingSet some;
  some.side = side;
  for (const int64_t key : keys) some.rows_.push_back(rows_[key]);
  return some;
}

void TrainingSet::set_labels(size_t row, std::vector<int64_t> labels) {
  assert(labels.size() == rows_[row].ids.size());
  rows_[row].labels = std::move(labels);
}

void TrainingSet::learn_whole(size_t row) { rows_[row].masked = false; }

void TrainingSet::append(const TrainingSet& other, int64_t times,
                         size_t first_example) {
  for (int64_t t = 0; t < times; ++t) {
    for (TrainingRow row : other.rows_) {
      row.example += first_example;
      rows_.push_back(std::move(row));
    }
  }
}

Batch make_batch(const TrainingSet& set, const std::vector<int64_t>& keys,
                 at::Device device) {
  // Rows of equal length stand together: attention batches them.
  std::vector<int64_t> places(keys.size());
  std::iota(places.begin(), places.end(), 0);
  const auto length_at = [&](int64_t place) {
    return set.rows()[keys[place]].ids.size();
  };
  std::stable_sort(places.begin(), places.end(), [&](int64_t a, int64_t b) {
    return length_at(a) > length_at(b);
  });
  Batch batch;
  batch.side = set.side;
  batch.places = places;
  for (const int64_t place : places) batch.keys.push_back(keys[place]);
  const std::vector<int64_t>& order = batch.keys;
  std::vector<std::vector<int64_t>> inputs;
  std::vector<int64_t> scored, targets, row_of, dropped, dropped_targets;
  int64_t offset = 0;
  for (size_t b = 0; b < order.size(); ++b) {
    const TrainingRow& row = set.rows()[order[b]];
    const auto length = static_cast<int64_t>(row.ids.size());
    inputs.emplace_back(row.ids.begin(), row.ids.end() - 1);
    for (int64_t t = row.score_from; t < length; ++t) {
      const int64_t label = row.label(t);
      if (label == kDropped) {
        dropped.push_back(offset + t - 1);
        dropped_targets.push_back(row.ids[t]);
      }
      if (label < 0) continue;
      scored.push_back(offset + t - 1);
      targets.push_back(label);
      row_of.push_back(static_cast<int64_t>(b));
    }
    offset += length - 1;
  }
  batch.rows = ragged(inputs, device);
  batch.scored = int_tensor(scored, device);
  batch.targets = int_tensor(targets, device);
  batch.row_of = int_tensor(row_of, device);
  if (!dropped.empty()) {
    batch.dropped = int_tensor(dropped, device);
    batch.dropped_targets = int_tensor(dropped_targets, device);
  }
  batch.step_tokens = static_cast<int64_t>(scored.size());
  batch.step_rows = static_cast<int64_t>(order.size());
  return batch;
}

std::vector<Batch> make_step(const TrainingSet& set,
                             const std::vector<int64_t>& keys, int64_t batch,
                             at::Device device) {
  std::vector<Batch> parts;
  int64_t tokens = 0;
  for (size_t begin = 0; begin < keys.size();
       begin += static_cast<size_t>(batch)) {
    const size_t end =
        std::min(keys.size(), begin + static_cast<size_t>(batch));
    parts.push_back(
        make_batch(set, {keys.begin() + begin, keys.begin() + end}, device));
    tokens += parts.back().supervised();
  }
  for (Batch& part : parts) {
    part.step_tokens = tokens;
    part.step_rows = static_cast<int64_t>(keys.size());
  }
  return parts;
}

}  // namespace lethe
