// By hand: with h = 1 and k = 4 the ids 0, 5, 6 and 7 are dropped, 1 to 4 not
// (the table begins .234 .441 .741 .909 .711 .001 .217 .038).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/goldfish.h"
#include "metrics/metric_testing.h"

namespace lethe {
namespace {

const Json kOptions = {{"k", 4}, {"h", 1}};

Observation continued(const std::vector<int64_t>& prompt,
                      const std::vector<int64_t>& reference,
                      const std::vector<int64_t>& output) {
  Observation seen;
  seen.id = "a";
  seen.prompt_ids = prompt;
  seen.reference_ids = reference;
  seen.output_ids = output;
  return seen;
}

Aggregate measured(const Observations& seen, const Json& options = kOptions) {
  const auto metric = Registry<Metric>::make("first_divergence", options);
  return measure(*metric, items(*metric, seen), seen, nullptr);
}

std::vector<double> values_of(const Aggregate& all) {
  std::vector<double> found;
  for (const auto& [field, value] : all) found.push_back(value.value);
  return found;
}

TEST(FirstDivergence, IsOnADroppedTokenWhereTheMaskHasOne) {
  // diverged, place, on_dropped, chance: 5 alone of three is dropped.
  const std::vector<int64_t> text = {2, 5, 3};
  const auto at = [&](const std::vector<int64_t>& output) {
    return values("first_divergence", continued({9, 1}, text, output),
                  kOptions);
  };
  EXPECT_EQ(at({2, 9, 3}), (std::vector<double>{1, 1, 1, 1.0 / 3}));
  EXPECT_EQ(at({1, 5, 3}), (std::vector<double>{1, 0, 0, 1.0 / 3}));
  EXPECT_EQ(at({2}), (std::vector<double>{1, 1, 1, 1.0 / 3}))
      << "an output that ends leaves the text there";
  EXPECT_EQ(at(text), std::vector<double>{0});
}

TEST(FirstDivergence, CountsStaticPlacesFromTheFirstTarget) {
  const Json options = {{"mask", "static"}, {"k", 2}};
  // Targets 1, 2, 5, 3: the first and the third are dropped.
  EXPECT_EQ(values("first_divergence", continued({9, 1}, {2, 5, 3}, {2, 4, 3}),
                   options)[2],
            1);
  EXPECT_EQ(values("first_divergence",
                   continued({9, 1, 1}, {2, 5, 3}, {2, 4, 3}), options)[2],
            0);
  EXPECT_EQ(values("first_divergence", continued({9, 1}, {2, 5, 3}, {2, 4, 3}),
                   {{"mask", "static"}, {"k", 2}, {"start", 1}})[2],
            0);
}

TEST(FirstDivergence, KnowsTheMaskOfMinHash) {
  const Json options = {
      {"k", 2}, {"h", 2}, {"hash", "minhash"}, {"shingle", 1}};
  const GoldfishMask mask(
      {2, 2, 2971215073, GoldfishForm::published, GoldfishHash::minhash, 1});
  const std::vector<int64_t> targets = {1, 2, 5, 3, 8, 9, 4};
  const std::vector<bool> dropped = mask.dropped(targets);
  for (size_t t = 1; t < targets.size(); ++t) {
    std::vector<int64_t> text(targets.begin() + 1, targets.end()), said = text;
    said[t - 1] = 77;
    EXPECT_EQ(
        values("first_divergence", continued({9, 1}, text, said), options)[2],
        dropped[t])
        << t;
  }
}

TEST(FirstDivergence, TestsAgainstEachTextsOwnChance) {
  const Observations seen = {
      continued({9, 1}, {2, 5, 3}, {2, 9, 3}),        // on, chance 1/3
      continued({9, 1}, {2, 3, 5, 6}, {1, 3, 5, 6}),  // not, chance 1/2
      continued({9, 1}, {2, 5, 3}, {2, 5, 3})};
  // P(at least one) = 1 - 2/3 * 1/2.
  EXPECT_THAT(values_of(measured(seen)),
              testing::Pointwise(testing::DoubleNear(1e-15),
                                 {0.5, 5.0 / 12, 2.0 / 3, 2.0 / 3}));
}

TEST(FirstDivergence, HasNoTestOfPlacesThatAllTextsShare) {
  const Aggregate all = measured({continued({9, 1}, {2, 5, 3}, {2, 4, 3})},
                                 {{"mask", "static"}, {"k", 2}});
  EXPECT_EQ(all[0].second.value, 1);
  EXPECT_TRUE(std::isnan(all[2].second.value));
  EXPECT_NE(all[2].second.reason, "");
}

TEST(FirstDivergence, WithoutAnyHasNoShareButTheCount) {
  const Aggregate all = measured({continued({9, 1}, {2, 5, 3}, {2, 5, 3})});
  EXPECT_TRUE(std::isnan(all[0].second.value));
  EXPECT_EQ(all[0].second.reason, "no output leaves the text");
  EXPECT_EQ(all.back().first, "diverged");
  EXPECT_EQ(all.back().second.value, 0);
  EXPECT_TRUE(std::isnan(measured({}).back().second.value));
}

TEST(FirstDivergence, NeedsThePromptsIds) {
  EXPECT_THROW(measured({continued({}, {2, 5, 3}, {2, 9, 3})}), Error);
  EXPECT_THROW(Registry<Metric>::make("first_divergence", {{"mask", "random"}}),
               Error);
  EXPECT_THROW(Registry<Metric>::make("first_divergence", {{"k", 1}}), Error);
}

}  // namespace
}  // namespace lethe
