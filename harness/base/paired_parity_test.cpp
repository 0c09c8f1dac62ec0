// scipy 1.17.1, statsmodels 0.15.0, scikit-learn 1.9.1 and numpy 2.4.6 on
// testdata/statistics.json (harness/oracle/statistics_values.py): 1e-9, values
// below 1e-3 to 1e-6 of themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/base/json.h"
#include "harness/base/one_sided_tests.h"
#include "harness/base/paired.h"
#include "harness/base/paired_auroc.h"
#include "harness/base/statistics.h"
#include "harness/base/two_sample.h"

namespace lethe {
namespace {

using Numbers = std::vector<double>;

constexpr double kTolerance = 1e-9;

const Json& golden(const char* part) {
  static const Json all =
      read_json(LETHE_SOURCE_DIR "/harness/base/testdata/statistics.json");
  return all.at(part);
}

void expect_near(double value, const Json& wanted) {
  const double number = wanted.get<double>();
  EXPECT_NEAR(value, number,
              kTolerance * std::min(1.0, 1e3 * std::abs(number)));
}

TEST(PairedParity, WilsonAndClopperPearson) {
  for (const Json& row : golden("proportions")) {
    SCOPED_TRACE(row.dump());
    const Interval score = wilson(row["k"], row["n"]);
    const Interval exact = clopper_pearson(row["k"], row["n"]);
    EXPECT_NEAR(score.low, row["wilson"][0].get<double>(), kTolerance);
    EXPECT_NEAR(score.high, row["wilson"][1].get<double>(), kTolerance);
    EXPECT_NEAR(exact.low, row["clopper_pearson"][0].get<double>(), kTolerance);
    EXPECT_NEAR(exact.high, row["clopper_pearson"][1].get<double>(),
                kTolerance);
  }
}

TEST(PairedParity, McNemar) {
  for (const Json& row : golden("changes")) {
    SCOPED_TRACE(row.dump());
    expect_near(mcnemar_exact(row["lost"], row["gained"]), row["exact"]);
    expect_near(mcnemar_mid_p(row["lost"], row["gained"]), row["mid_p"]);
  }
}

TEST(PairedParity, Tango) {
  for (const Json& row : golden("tango")) {
    SCOPED_TRACE(row.dump());
    const Interval interval = tango(row["lost"], row["gained"], row["n"]);
    EXPECT_EQ(interval.method, "tango");
    EXPECT_NEAR(interval.low, row["low"].get<double>(), kTolerance);
    EXPECT_NEAR(interval.high, row["high"].get<double>(), kTolerance);
  }
}

TEST(PairedParity, DifferencesOfPairs) {
  size_t flipped = 0;
  for (const Json& row : golden("differences")) {
    SCOPED_TRACE(row["name"].get<std::string>());
    const auto d = row["values"].get<Numbers>();
    if (row.contains("sign_flip")) {
      ++flipped;
      const SignFlip test = sign_flip(d);
      EXPECT_TRUE(test.exact);
      expect_near(test.p, row["sign_flip"]);
    }
    if (!row.contains("dz")) {
      EXPECT_TRUE(std::isnan(cohens_dz(d)));
      continue;
    }
    const Numbers ones(d.size(), 1);
    const auto n = static_cast<int64_t>(d.size());
    expect_near(cohens_dz(d), row["dz"]);
    expect_near(ratio_error(d, ones), row["error"]);
    expect_near(detectable_mean(ratio_error(d, ones), n), row["detectable"]);
  }
  EXPECT_EQ(flipped, 9u);
}

TEST(PairedParity, DeLong) {
  for (const Json& row : golden("rankings")) {
    const auto labels = row["labels"].get<std::vector<int>>();
    const auto split = [&](const char* name, int label) {
      const auto scores = row[name].get<Numbers>();
      Numbers side;
      for (size_t i = 0; i < scores.size(); ++i) {
        if (labels[i] == label) side.push_back(scores[i]);
      }
      return side;
    };
    const Placements a = placements(split("a", 1), split("a", 0));
    const Placements b = placements(split("b", 1), split("b", 0));
    const PairedAuroc paired = delong(a, b);
    EXPECT_NEAR(auroc(split("a", 1), split("a", 0)),
                row["auroc_a"].get<double>(), kTolerance);
    expect_near(paired.difference, row["difference"]);
    expect_near(paired.error, row["error"]);
    expect_near(paired.p, row["p"]);
    EXPECT_NEAR(paired.ci95.low, row["low"].get<double>(), kTolerance);
    EXPECT_NEAR(paired.ci95.high, row["high"].get<double>(), kTolerance);
  }
}

TEST(PairedParity, DetectableShares) {
  for (const Json& row : golden("shares")) {
    SCOPED_TRACE(row.dump());
    expect_near(detectable_share(row["changed"], row["n"]), row["detectable"]);
  }
}

TEST(PairedParity, ErrorsOfRatios) {
  for (const Json& row : golden("ratios")) {
    expect_near(ratio_error(row["numerators"].get<Numbers>(),
                            row["denominators"].get<Numbers>()),
                row["error"]);
  }
}

TEST(PairedParity, RankingsWithTiesAndWithoutSpread) {
  for (const Json& row : golden("roc")) {
    SCOPED_TRACE(row["name"].get<std::string>());
    const auto members = row["members"].get<Numbers>();
    const auto others = row["others"].get<Numbers>();
    expect_near(auroc(members, others), row["auroc"]);
    for (const auto& [fpr, tpr] : row["tpr"].items()) {
      expect_near(estimate_tpr_at_fpr(members, others, std::stod(fpr)).value,
                  tpr);
    }
    expect_near(mann_whitney_greater(members, others), row["greater"]);
    const KolmogorovSmirnov ks = kolmogorov_smirnov(members, others);
    expect_near(ks.d, row["ks"]["d"]);
    expect_near(std::pow(10, ks.log10_p), row["ks"]["p"]);
  }
}

TEST(PairedParity, HolmFisherAndBinomial) {
  for (const Json& row : golden("families")) {
    const Numbers adjusted = holm(row["p"].get<Numbers>());
    for (size_t i = 0; i < adjusted.size(); ++i) {
      expect_near(adjusted[i], row["holm"][i]);
    }
  }
  for (const Json& row : golden("counts")) {
    SCOPED_TRACE(row.dump());
    expect_near(fisher_greater(row["hits"], row["n"], row["other_hits"],
                               row["other_n"]),
                row["fisher"]);
    expect_near(binomial_at_least(row["hits"], row["n"], 0.3), row["binomial"]);
  }
  for (const Json& row : golden("means")) {
    expect_near(estimate_mean(row["values"].get<Numbers>()).value, row["mean"]);
  }
}

}  // namespace
}  // namespace lethe
