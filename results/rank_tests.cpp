#include "results/rank_tests.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "harness/base/one_sided_tests.h"
#include "harness/base/paired.h"
#include "results/sign_flips.h"

namespace lethe {
namespace {

constexpr double kAlpha = 0.05;
constexpr double kNeverBelow = 1.95;  // |t|: p is above 0.05 whatever the n

// In double throughout: a table has a million pairs.
using StudentT = boost::math::students_t_distribution<
    double, boost::math::policies::policy<
                boost::math::policies::promote_double<false>>>;

enum class Test { none, mcnemar, flips, paired_t, unpaired_t };

struct Pair {
  double p = RankedValue::kNone;
  Test test = Test::none;
};

const char* name_of(Test test) {
  switch (test) {
    case Test::mcnemar:
      return "exact McNemar test on the same items";
    case Test::flips:
      return "sign-flip permutation test on the same items";
    case Test::paired_t:
      return "paired t test on the same items with the variance over seeds";
    case Test::unpaired_t:
      return "unpaired t test of the intervals and the spread over seeds";
    case Test::none:
      return "";
  }
  return "";
}

bool all_binary(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double v) { return v == 0 || v == 1; });
}

// A variance and the degrees of freedom that it was estimated with.
struct Part {
  double variance, freedom;
};

// Two-sided, by Welch and Satterthwaite; 1 where it is clearly above kAlpha.
// NaN without any variance.
double welch(double gap, const std::vector<Part>& parts) {
  double variance = 0, weights = 0;
  for (const Part& part : parts) {
    variance += part.variance;
    weights += part.variance * part.variance / part.freedom;
  }
  if (!(variance > 0)) return RankedValue::kNone;
  const double t = std::fabs(gap) / std::sqrt(variance);
  if (t < kNeverBelow) return 1;
  const StudentT law(variance * variance / weights);
  return 2 * boost::math::cdf(boost::math::complement(law, t));
}

void add_seed_part(const RankedValue& row, std::vector<Part>& parts) {
  if (row.seeds < 2 || !std::isfinite(row.seed_sd)) return;
  const auto seeds = static_cast<double>(row.seeds);
  parts.push_back({row.seed_sd * row.seed_sd / seeds, seeds - 1});
}

double mcnemar(const std::vector<double>& a, const std::vector<double>& b) {
  int64_t more = 0, fewer = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    more += a[i] > b[i] ? 1 : 0;
    fewer += a[i] < b[i] ? 1 : 0;
  }
  return mcnemar_exact(fewer, more);
}

double paired_t(const RankedValue& a, const RankedValue& b) {
  const auto n = static_cast<double>(a.items->values.size());
  double mean = 0, squares = 0;
  for (size_t i = 0; i < a.items->values.size(); ++i) {
    mean += (a.items->values[i] - b.items->values[i]) / n;
  }
  for (size_t i = 0; i < a.items->values.size(); ++i) {
    const double d = a.items->values[i] - b.items->values[i] - mean;
    squares += d * d;
  }
  std::vector<Part> parts = {{squares / (n - 1) / n, n - 1}};
  add_seed_part(a, parts);
  add_seed_part(b, parts);
  return welch(mean, parts);
}

// Known error over items, or at least two seeds.
bool has_error(const RankedValue& row) {
  return std::isfinite(row.item_error) || row.seeds > 1;
}

double unpaired_t(const RankedValue& a, const RankedValue& b,
                  const RankGoal& goal) {
  std::vector<Part> parts;
  for (const RankedValue* row : {&a, &b}) {
    if (std::isfinite(row->item_error)) {
      const auto n = static_cast<double>(std::max<int64_t>(row->n, 2));
      parts.push_back({row->item_error * row->item_error, n - 1});
    }
    add_seed_part(*row, parts);
  }
  const bool apart = (a.value < goal.target) != (b.value < goal.target);
  if (goal.want == "near" && apart && goal.target_error > 0) {
    const double twice = 2 * goal.target_error;
    const auto n = static_cast<double>(std::max<int64_t>(a.n, 2));
    parts.push_back({twice * twice, n - 1});
  }
  return welch(goal.loss(a.value) - goal.loss(b.value), parts);
}

// The tests of pairs, with what rows share: drawn signs and sums under them.
class Tester {
 public:
  Tester(const std::vector<RankedValue>& rows, const RankGoal& goal)
      : rows_(rows), goal_(goal), sums_(rows.size()), binary_(rows.size()) {
    for (size_t r = 0; r < rows.size(); ++r) {
      binary_[r] =
          rows[r].items != nullptr && all_binary(rows[r].items->values);
    }
  }

  Pair test(size_t a, size_t b) {
    const RankedValue &x = rows_[a], &y = rows_[b];
    if (paired(x, y)) {
      if (x.seeds > 1 || y.seeds > 1)
        return made(paired_t(x, y), Test::paired_t);
      if (binary_[a] && binary_[b]) {
        return made(mcnemar(x.items->values, y.items->values), Test::mcnemar);
      }
      const SignFlips& flips = flips_for(x.items->values.size());
      return made(flips.p(sums(a, flips), sums(b, flips)), Test::flips);
    }
    if (!has_error(x) || !has_error(y)) return {};
    return made(unpaired_t(x, y, goal_), Test::unpaired_t);
  }

 private:
  static Pair made(double p, Test test) {
    return std::isfinite(p) ? Pair{p, test} : Pair{};
  }

  bool paired(const RankedValue& a, const RankedValue& b) const {
    return goal_.want != "near" && a.items != nullptr && b.items != nullptr &&
           a.items->values.size() > 1 && a.items->ids == b.items->ids;
  }

  const SignFlips& flips_for(size_t items) {
    return flips_.try_emplace(items, items).first->second;
  }

  const std::vector<double>& sums(size_t row, const SignFlips& flips) {
    if (sums_[row].empty()) sums_[row] = flips.sums(rows_[row].items->values);
    return sums_[row];
  }

  const std::vector<RankedValue>& rows_;
  const RankGoal& goal_;
  std::map<size_t, SignFlips> flips_;  // by the number of items
  std::vector<std::vector<double>> sums_;
  std::vector<bool> binary_;
};

// The p-values of all pairs (a < b), row by row, adjusted.
class Adjusted {
 public:
  Adjusted(const std::vector<RankedValue>& rows, const RankGoal& goal) {
    Tester tester(rows, goal);
    for (size_t a = 0; a < rows.size(); ++a) {
      for (size_t b = a + 1; b < rows.size(); ++b) {
        const Pair pair = tester.test(a, b);
        p_.push_back(pair.p);
        if (pair.test == Test::none) continue;
        used_.insert(pair.test);
      }
    }
    p_ = holm(p_);
  }

  double p(size_t pair) const { return p_[pair]; }

  std::string tests() const {
    std::string text;
    for (const Test test : used_) {
      text += (text.empty() ? "" : "; ") + std::string(name_of(test));
    }
    return text;
  }

 private:
  std::vector<double> p_;
  std::set<Test> used_;
};

}  // namespace

double RankGoal::loss(double value) const {
  if (want == "near") return std::fabs(value - target);
  return want == "high" ? -value : value;
}

PairTests::PairTests(const std::vector<RankedValue>& rows, const RankGoal& goal)
    : rows_(rows.size()), better_(rows.size() * rows.size()) {
  const Adjusted adjusted(rows, goal);
  tests_ = adjusted.tests();
  size_t pair = 0;
  for (size_t a = 0; a < rows_; ++a) {
    for (size_t b = a + 1; b < rows_; ++b) {
      const double p = adjusted.p(pair++);
      if (!(p <= kAlpha)) continue;  // NaN is no difference
      const double gap = goal.loss(rows[a].value) - goal.loss(rows[b].value);
      if (gap < 0) better_[a * rows_ + b] = true;
      if (gap > 0) better_[b * rows_ + a] = true;
    }
  }
}

}  // namespace lethe
