#include "harness/train/draws.h"

#include <algorithm>

#include "harness/base/rng.h"
#include "harness/train/private_options.h"

namespace lethe {
namespace {

uint64_t seed_of(const TrainOptions& o) {
  return static_cast<uint64_t>(o.seed);
}

std::vector<int64_t> retain_keys(const TrainOptions& o, int64_t rows,
                                 int64_t count, int64_t step) {
  Rng rng(seed_of(o), fmt::format("retain:{}", step));
  std::vector<int64_t> keys;
  for (int64_t i = 0; i < count; ++i) {
    keys.push_back(
        static_cast<int64_t>(rng.below(static_cast<uint64_t>(rows))));
  }
  return keys;
}

std::vector<int64_t> alternate_keys(const TrainOptions& o,
                                    const TrainingData& data,
                                    const std::vector<int64_t>& of,
                                    int64_t step) {
  const Alternates& all = *data.alternates;
  Rng rng(seed_of(o), fmt::format("alternate:{}", step));
  std::vector<int64_t> keys;
  for (const int64_t key : of) {
    const size_t example = data.data->rows()[key].example;
    std::vector<int64_t> choices = all.of.at(example);
    if (choices.empty()) {
      fail_input("training data",
                 fmt::format("text {} has no other answer", example + 1),
                 "give one for every text");
    }
    for (int64_t i = 0; i < all.a_row; ++i) {
      const auto left = static_cast<int64_t>(choices.size());
      const int64_t taken = i % left;  // those before it were drawn
      const auto pick =
          taken +
          static_cast<int64_t>(rng.below(static_cast<uint64_t>(left - taken)));
      std::swap(choices[taken], choices[pick]);
      keys.push_back(choices[taken]);
    }
  }
  return keys;
}

}  // namespace

int64_t epoch_steps(const TrainOptions& o, int64_t rows) {
  const int64_t per_step = o.batch * o.accumulate;
  return (rows + per_step - 1) / per_step;
}

StepKeys keys_of_step(const TrainOptions& o, const TrainingData& data,
                      int64_t step) {
  if (is_private(o)) return {rows_of_drawn(o, *data.data, step), {}, {}};
  const int64_t rows = data.data->size();
  const int64_t per_step = o.batch * o.accumulate;
  const int64_t per_epoch = epoch_steps(o, rows);
  const int64_t epoch = (step - 1) / per_epoch;
  const int64_t begin = (step - 1) % per_epoch * per_step;
  Rng rng(seed_of(o), fmt::format("order:{}", epoch));
  const std::vector<int64_t> order = rng.permutation(rows);
  StepKeys keys;
  keys.data.assign(order.begin() + begin,
                   order.begin() + std::min(begin + per_step, rows));
  if (data.retain != nullptr) {
    keys.retain = retain_keys(o, data.retain->size(),
                              static_cast<int64_t>(keys.data.size()), step);
  }
  if (data.alternates != nullptr) {
    keys.alternate = alternate_keys(o, data, keys.data, step);
  }
  return keys;
}

}  // namespace lethe
