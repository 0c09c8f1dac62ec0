#include "metrics/matching.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace lethe {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Rows =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// [T, H] with rows of length 1. A row without a direction makes all NaN.
Rows unit_rows(std::span<const float> states, size_t tokens) {
  const auto count = static_cast<Eigen::Index>(tokens);
  Rows rows = Eigen::Map<const Rows>(
      states.data(), count, static_cast<Eigen::Index>(states.size()) / count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const float length = std::sqrt(rows.row(i).squaredNorm());
    if (!std::isfinite(length) || length == 0) {
      rows.setConstant(std::numeric_limits<float>::quiet_NaN());
      break;
    }
    rows.row(i) /= length;
  }
  return rows;
}

// The mean of the best similarities by their weights.
double weighted(const Eigen::VectorXf& best, const std::vector<double>& weights,
                bool clamp) {
  double sum = 0;
  double total = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const float near = best[static_cast<Eigen::Index>(i)];
    sum += weights[i] * (clamp && near < 0 ? 0 : near);
    total += weights[i];
  }
  return total > 0 ? sum / total : kNaN;
}

Match matched(const WeightedText& output, const Rows& x,
              const WeightedText& reference, const Rows& y, bool clamp) {
  if (std::isnan(x(0, 0)) || std::isnan(y(0, 0))) return {kNaN, kNaN, kNaN};
  const Rows similar = x * y.transpose();
  Match found;
  found.precision =
      weighted(similar.rowwise().maxCoeff(), output.weights, clamp);
  found.recall = weighted(similar.colwise().maxCoeff().transpose(),
                          reference.weights, clamp);
  const double sum = found.precision + found.recall;
  found.f1 = sum == 0 ? 0 : 2 * found.precision * found.recall / sum;
  return found;
}

using Pairs = std::vector<std::pair<size_t, size_t>>;

// Pairs in an order in which those of a reference stand together.
std::vector<size_t> by_reference(const Pairs& pairs) {
  std::vector<size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(pairs[a].second, pairs[a].first) <
           std::pair(pairs[b].second, pairs[b].first);
  });
  return order;
}

// Walks through the pairs and holds the states that the next of them read.
class Matcher {
 public:
  Matcher(TextModel& model, const std::vector<WeightedText>& texts,
          const Pairs& pairs, const MatchOptions& options)
      : model_(model), texts_(texts), pairs_(pairs), o_(options) {
    for (const size_t pair : by_reference(pairs)) {
      if (!empty(pairs[pair])) order_.push_back(pair);
    }
    for (size_t i = 0; i < order_.size(); ++i) {
      for (const size_t text : texts_of(i)) last_use_[text] = i;
    }
  }

  std::vector<Match> run() {
    std::vector<Match> matches(pairs_.size());
    for (size_t begin = 0; begin < order_.size();) {
      const size_t end = compute_from(begin);
      for (size_t i = begin; i < end; ++i) {
        const auto [output, reference] = pairs_[order_[i]];
        matches[order_[i]] =
            matched(texts_[output], held_[output], texts_[reference],
                    held_[reference], o_.clamp);
      }
      forget(end);
      begin = end;
    }
    return matches;
  }

 private:
  bool empty(const std::pair<size_t, size_t>& pair) const {
    return texts_[pair.first].empty || texts_[pair.second].empty;
  }

  std::array<size_t, 2> texts_of(size_t i) const {
    return {pairs_[order_[i]].second, pairs_[order_[i]].first};
  }

  bool holds(size_t text) const { return held_[text].size() > 0; }

  size_t bytes(size_t text) const {
    return texts_[text].ids.size() * sizeof(float) *
           static_cast<size_t>(model_.shape().hidden_size);
  }

  // Computes what as many pairs as fit lack, one at least; the first pair that
  // is left.
  size_t compute_from(size_t begin) {
    std::vector<size_t> missing;
    size_t end = begin;
    for (; end < order_.size(); ++end) {
      size_t more = 0;
      for (const size_t text : texts_of(end)) {
        if (!holds(text) && !wanted_[text]) more += bytes(text);
      }
      if (end > begin && held_bytes_ + more > o_.bytes) break;
      held_bytes_ += more;
      for (const size_t text : texts_of(end)) {
        if (holds(text) || wanted_[text]) continue;
        wanted_[text] = true;
        missing.push_back(text);
      }
    }
    std::vector<std::span<const int64_t>> ids;
    for (const size_t text : missing) ids.emplace_back(texts_[text].ids);
    if (ids.empty()) return end;
    model_.states(ids, o_.layer, [&](size_t i, std::span<const float> states) {
      held_[missing[i]] = unit_rows(states, ids[i].size());
    });
    for (const size_t text : missing) wanted_[text] = false;
    return end;
  }

  // Drops what no pair from `next` on reads, and what is beyond the half of the
  // memory that later pairs leave to it.
  void forget(size_t next) {
    held_bytes_ = 0;
    for (size_t text = 0; text < texts_.size(); ++text) {
      if (!holds(text)) continue;
      if (last_use_[text] < next || held_bytes_ + bytes(text) > o_.bytes / 2) {
        held_[text] = Rows();
      } else {
        held_bytes_ += bytes(text);
      }
    }
  }

  TextModel& model_;
  const std::vector<WeightedText>& texts_;
  const Pairs& pairs_;
  const MatchOptions& o_;
  std::vector<size_t> order_;  // pairs without an empty text
  std::vector<size_t> last_use_ = std::vector<size_t>(texts_.size());
  std::vector<Rows> held_ = std::vector<Rows>(texts_.size());
  std::vector<bool> wanted_ = std::vector<bool>(texts_.size());
  size_t held_bytes_ = 0;
};

}  // namespace

std::vector<Match> match(TextModel& model,
                         const std::vector<WeightedText>& texts,
                         const std::vector<std::pair<size_t, size_t>>& pairs,
                         const MatchOptions& options) {
  return Matcher(model, texts, pairs, options).run();
}

}  // namespace lethe
