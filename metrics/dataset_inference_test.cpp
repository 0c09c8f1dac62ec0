#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/json.h"
#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

// Three features of every text; the second is `shift` higher for members.
Observations set_of(int64_t each, double shift) {
  Rng rng(7, "dataset inference test");
  Observations all;
  for (int64_t i = 0; i < 2 * each; ++i) {
    Observation seen;
    seen.member = i % 2 == 0;
    seen.numbers["features"] = {rng.normal(),
                                rng.normal() + (*seen.member ? shift : 0), 3.0};
    all.push_back(seen);
  }
  return all;
}

Aggregate measured(const Observations& seen, const Json& set = Json::object()) {
  const auto metric = Registry<Metric>::make("dataset_inference", set);
  return metric->aggregate(items(*metric, seen), seen);
}

TEST(DatasetInference, FindsASmallShiftOfManyTexts) {
  const Aggregate found = measured(set_of(400, 0.5));
  EXPECT_LT(found[0].second.value, 1e-3);
  EXPECT_EQ(found[0].second.n, 800);
  EXPECT_NEAR(found[1].second.value, 0.5, 0.2);
  EXPECT_LT(found[1].second.ci95.low, found[1].second.value);
  EXPECT_GT(found[1].second.ci95.high, found[1].second.value);
}

TEST(DatasetInference, FindsNothingWhereNothingIs) {
  EXPECT_GT(measured(set_of(400, 0))[0].second.value, 0.05);
  // Both sides are the same texts.
  Observations same = set_of(40, 0);
  const Observations others = same;
  for (const Observation& seen : others) {
    same.push_back(seen);
    same.back().member = !*seen.member;
  }
  EXPECT_EQ(measured(same)[0].second.value, 1);
  EXPECT_EQ(measured(same)[1].second.value, 0);
}

// Copies in both halves are recognised, and are no further evidence.
TEST(DatasetInference, CopiesCountOnce) {
  const Observations once = set_of(20, 0.3);
  Observations often;
  for (int copy = 0; copy < 5; ++copy) {
    often.insert(often.end(), once.begin(), once.end());
  }
  const Estimate want = measured(once)[0].second;
  const Estimate found = measured(often)[0].second;
  EXPECT_EQ(found.value, want.value);
  EXPECT_EQ(found.n, 40);
  EXPECT_NE(found.note.find("160 copies left out"), std::string::npos);
  EXPECT_EQ(measured(often)[1].second.value, measured(once)[1].second.value);
  Observations one_text = set_of(20, 0);
  for (Observation& seen : one_text) seen.numbers["features"] = {1, 2, 3};
  EXPECT_NE(measured(one_text)[0].second.reason.find("1 others that differ"),
            std::string::npos);
}

TEST(DatasetInference, IsTheSameEveryTime) {
  const Observations seen = set_of(50, 0.3);
  EXPECT_EQ(measured(seen)[0].second.value, measured(seen)[0].second.value);
  EXPECT_NE(measured(seen)[1].second.value,
            measured(seen, {{"seed", 1}})[1].second.value);
}

// One far value would decide a mean; clipped to the middle 95 % it does not.
TEST(DatasetInference, OneFarValueDecidesNothing) {
  Observations seen = set_of(200, 0.5);
  const double before = measured(seen)[1].second.value;
  seen[1].numbers["features"][1] = 1e9;
  EXPECT_NEAR(measured(seen)[1].second.value, before, 0.15);
}

TEST(DatasetInference, SaysWhyThereIsNoValue) {
  Observations seen = set_of(20, 1);
  seen[3].numbers["features"][0] = NAN;
  EXPECT_TRUE(std::isnan(measured(seen)[0].second.value));
  EXPECT_NE(measured(seen)[0].second.reason.find("1 of 40"), std::string::npos);
  EXPECT_NE(measured(set_of(7, 1))[0].second.reason.find("7 members"),
            std::string::npos);
  Observations one_class = set_of(20, 1);
  for (Observation& o : one_class) o.member = true;
  EXPECT_NE(measured(one_class)[0].second.reason.find("0 others"),
            std::string::npos);
  EXPECT_THROW(measured(seen, {{"splits", 0}}), Error);
}

// harness/oracle/dataset_inference.py.
TEST(DatasetInference, IsTheTestOfNumpyAndScipy) {
  const Json cases = read_json(std::string(LETHE_SOURCE_DIR) +
                               "/metrics/testdata/dataset_inference.json");
  ASSERT_GE(cases.size(), 4u);
  for (const Json& one : cases) {
    Observations seen;
    for (const bool member : {true, false}) {
      for (const Json& features : one[member ? "members" : "others"]) {
        Observation text;
        text.member = member;
        text.numbers["features"] = features.get<std::vector<double>>();
        seen.push_back(text);
      }
    }
    const Aggregate found =
        measured(seen, {{"splits", one["splits"]}, {"seed", one["seed"]}});
    const double p = one["p"], d = one["d"];
    EXPECT_NEAR(found[0].second.value, p, 1e-6 * p);
    EXPECT_NEAR(found[1].second.value, d, 1e-6 * std::abs(d));
  }
}

}  // namespace
}  // namespace lethe
