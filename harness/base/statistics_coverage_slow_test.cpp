// How often 95 % bootstrap intervals hold the truth, in 2,000 simulated sets
// each. The figures stand in README.md; those of means of at least 100 items
// and of AUCs from 0.6 to 0.9 of 200 + 200 texts must lie in 93 to 97 %.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "harness/base/bootstrap.h"
#include "harness/base/paired_auroc.h"
#include "harness/base/rng.h"
#include "harness/base/statistics.h"

namespace lethe {
namespace {

constexpr unsigned kSets = 2000;

using Draw = std::function<double(Rng&)>;

std::vector<double> drawn(const Draw& one, int n, Rng& rng) {
  std::vector<double> values(static_cast<size_t>(n));
  std::generate(values.begin(), values.end(), [&] { return one(rng); });
  return values;
}

struct Held {
  double percent = 0;  // of the sets with an interval
  double none = 0;     // percent of the sets, without one
};

// How often the interval of a set holds `truth`.
Held coverage(double truth,
              const std::function<Interval(Rng&)>& interval_of_a_set) {
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<int> held(threads), given(threads);
  std::vector<std::thread> pool;
  for (unsigned t = 0; t < threads; ++t) {
    pool.emplace_back([&, t] {
      for (unsigned set = t; set < kSets; set += threads) {
        Rng rng(set, "coverage");
        const Interval interval = interval_of_a_set(rng);
        given[t] += std::isnan(interval.low) ? 0 : 1;
        held[t] += interval.low <= truth && truth <= interval.high ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : pool) thread.join();
  const double all = std::accumulate(given.begin(), given.end(), 0.0);
  return {100 * std::accumulate(held.begin(), held.end(), 0.0) / all,
          100 - 100 * all / kSets};
}

struct Population {
  const char* name;
  Draw draw;
  double mean;
};

std::vector<Population> populations() {
  return {
      {"even", [](Rng& r) { return r.uniform(); }, 0.5},
      {"normal", [](Rng& r) { return r.normal(); }, 0},
      // As ROUGE of a model that knows 2 of 5 texts by heart.
      {"two heaps",
       [](Rng& r) { return r.uniform() < 0.4 ? 1 : r.uniform() / 2; }, 0.55},
      // As losses.
      {"exponential", [](Rng& r) { return -std::log1p(-r.uniform()); }, 1},
      {"log-normal", [](Rng& r) { return std::exp(r.normal()); },
       std::exp(0.5)},
      // As differences of two models that mostly agree.
      {"rare changes",
       [](Rng& r) { return r.uniform() < 0.9 ? 0 : -std::log1p(-r.uniform()); },
       0.1}};
}

void report(const std::string& what, const Held& held) {
  std::printf("%-40s %.1f, none %.1f\n", what.c_str(), held.percent, held.none);
  std::fflush(stdout);
}

void expect_near_95(const Held& held) {
  EXPECT_GE(held.percent, 93);
  EXPECT_LE(held.percent, 97);
  EXPECT_EQ(held.none, 0);
}

TEST(BootstrapCoverage, OfMeans) {
  for (const Population& p : populations()) {
    for (const int n : {10, 20, 50, 100, 400}) {
      const Held held = coverage(p.mean, [&](Rng& rng) {
        return estimate_mean(drawn(p.draw, n, rng)).ci95;
      });
      report(fmt::format("mean of {} n={}", p.name, n), held);
      const bool usual = p.mean != std::exp(0.5) && p.mean != 0.1;
      if (n >= 100 && usual) {
        expect_near_95(held);
      } else {
        EXPECT_GT(held.percent, 78);  // the figures are in README.md
      }
    }
  }
}

// As compare has them for differences of two models.
TEST(BootstrapCoverage, OfStudentisedMeans) {
  for (const Population& p : populations()) {
    for (const int n : {20, 50, 100, 400}) {
      const Held held = coverage(p.mean, [&](Rng& rng) {
        return studentised_interval(
            drawn(p.draw, n, rng),
            std::vector<double>(static_cast<size_t>(n), 1));
      });
      report(fmt::format("studentised {} n={}", p.name, n), held);
      EXPECT_GT(held.percent, 90);
      EXPECT_LT(held.none, n >= 100 ? 2 : 90);
    }
  }
}

std::vector<double> shifted(double by, int n, Rng& rng) {
  return drawn([&](Rng& r) { return r.normal() + by; }, n, rng);
}

double shift_of(double area) {
  return M_SQRT2 * quantile(boost::math::normal(), area);
}

TEST(BootstrapCoverage, OfAreas) {
  for (const auto& [area, n] :
       {std::pair(0.6, 200), std::pair(0.75, 200), std::pair(0.9, 200),
        std::pair(0.5, 200), std::pair(0.95, 200), std::pair(0.99, 200),
        std::pair(0.6, 20), std::pair(0.9, 20), std::pair(0.99, 20),
        std::pair(0.75, 50)}) {
    const double shift = shift_of(area);
    const Held held = coverage(area, [&](Rng& rng) {
      const auto members = shifted(shift, n, rng);
      return estimate_auroc(members, shifted(0, n, rng)).ci95;
    });
    report(fmt::format("AUC {} n={}+{}", area, n, n), held);
    if (n == 200 && area >= 0.6 && area <= 0.9) expect_near_95(held);
    EXPECT_GT(held.percent, 80);
  }
}

// The same texts, scored by two models whose scores correlate at 0.5.
TEST(BootstrapCoverage, OfDifferencesOfAreas) {
  for (const auto& [a, b, n] :
       {std::tuple(0.9, 0.6, 200), std::tuple(0.6, 0.5, 200),
        std::tuple(0.99, 0.9, 200), std::tuple(0.9, 0.6, 20),
        std::tuple(0.99, 0.6, 20)}) {
    const Held held = coverage(b - a, [&, a = a, b = b, n = n](Rng& rng) {
      std::vector<double> members_a, members_b, others_a, others_b;
      for (int i = 0; i < 2 * n; ++i) {
        const double common = rng.normal();
        const double own_a = (common + rng.normal()) / M_SQRT2;
        const double own_b = (common + rng.normal()) / M_SQRT2;
        const bool member = i < n;
        (member ? members_a : others_a)
            .push_back(own_a + (member ? shift_of(a) : 0));
        (member ? members_b : others_b)
            .push_back(own_b + (member ? shift_of(b) : 0));
      }
      return delong(placements(members_a, others_a),
                    placements(members_b, others_b))
          .ci95;
    });
    report(fmt::format("DeLong {} to {} n={}+{}", a, b, n, n), held);
    if (n == 200) expect_near_95(held);
  }
}

// Texts of 5 to 60 tokens with losses of 2 nats a token on the mean.
TEST(BootstrapCoverage, OfRatios) {
  for (const int n : {20, 100}) {
    const Held held = coverage(2, [&](Rng& rng) {
      std::vector<double> nll, tokens;
      for (int i = 0; i < n; ++i) {
        tokens.push_back(5 + std::floor(56 * rng.uniform()));
        nll.push_back(2 * tokens.back() * std::exp(0.5 * rng.normal() - 0.125));
      }
      return estimate_ratio(nll, tokens).ci95;
    });
    report(fmt::format("loss a token n={}", n), held);
    if (n >= 100) expect_near_95(held);
  }
}

}  // namespace
}  // namespace lethe
