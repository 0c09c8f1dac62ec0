// Guesses walked by confidence, hits of drawn continuations, and the curves of
// discoverable extraction, by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/error.h"
#include "metrics/metric_testing.h"

namespace lethe {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Observation guess(const std::string& id, bool right, double score = kNone) {
  Observation seen;
  seen.id = id;
  seen.reference_ids = {1, 2};
  seen.output_ids = {1, right ? 2 : 3};
  seen.score = score;
  return seen;
}

Estimate measured(const std::string& name, const Json& options,
                  const Observations& all, const std::string& field) {
  const auto metric = Registry<Metric>::make(name, options);
  for (const auto& [known, value] :
       measure(*metric, items(*metric, all), all, nullptr)) {
    if (known == field) return value;
  }
  ADD_FAILURE() << "no field " << field;
  return {};
}

double recall(const Observations& all, const Json& options,
              const std::string& field = "recall") {
  return measured("recall_at_errors", options, all, field).value;
}

TEST(RecallAtErrors, StopsAtTheLastErrorThatIsAllowed) {
  const Observations all = {guess("a", true, -1), guess("b", false, -2),
                            guess("c", true, -3), guess("d", false, -4),
                            guess("e", true, -5)};
  EXPECT_EQ(recall(all, {{"errors", 1}}), 0.2);
  EXPECT_EQ(recall(all, {{"errors", 2}}), 0.4);
  EXPECT_EQ(recall(all, {{"errors", 3}}), 0.6);
  EXPECT_EQ(recall(all, {{"errors", 1}}, "recall_all"), 0.6);
  EXPECT_EQ(recall(all, {{"errors", 2}, {"examples", 10}}), 0.2);
}

TEST(RecallAtErrors, WalksByScoreAndElseAsGiven) {
  EXPECT_EQ(
      recall({guess("a", false, -2), guess("b", true, -1)}, {{"errors", 1}}),
      0.5);
  EXPECT_EQ(recall({guess("a", false), guess("b", true)}, {{"errors", 1}}), 0);
  EXPECT_EQ(
      recall({guess("a", true, -1), guess("b", false, -1)}, {{"errors", 1}}),
      0.5);  // equal scores: as given
}

TEST(RecallAtErrors, CountsAnExampleWithSeveralGuessesOnce) {
  const Observations all = {guess("a", true, -1), guess("a", true, -2),
                            guess("a", false, -3), guess("b", false, -4)};
  EXPECT_EQ(recall(all, Json::object()), 0.5);
}

TEST(RecallAtErrors, HasNoValueWithoutAnOrderOrItems) {
  const Observations some = {guess("a", true, -1), guess("b", true)};
  const Estimate value =
      measured("recall_at_errors", Json::object(), some, "recall");
  EXPECT_TRUE(std::isnan(value.value));
  EXPECT_EQ(value.reason, "1 of 2 guesses have no score");
  EXPECT_TRUE(std::isnan(recall({}, Json::object())));
  EXPECT_THROW(recall(some, {{"examples", 1}}), Error);
  EXPECT_THROW(recall(some, {{"errors", 0}}), Error);
}

TEST(SampledHits, AreAnyAndTheirShare) {
  Observation seen;
  seen.numbers["hits"] = {0, 1, 0, 1};
  EXPECT_EQ(values("sampled_hits", seen), (std::vector<double>{1, 0.5}));
  seen.numbers["hits"] = {0, 0};
  EXPECT_EQ(values("sampled_hits", seen), (std::vector<double>{0, 0}));
  seen.numbers["hits"] = {};
  EXPECT_TRUE(std::isnan(values("sampled_hits", seen)[0]));
}

Observation suffix(double pz, double near) {
  Observation seen;
  seen.id = "a";
  seen.numbers["log_pz"] = {std::log(pz)};
  seen.numbers["log_p_near"] = {std::log(near)};
  return seen;
}

TEST(Discoverable, HasACurveOverSamplesForEveryChance) {
  const Json options = {{"p", 0.5}, {"also_p", {0.9}}, {"n", {1, 4, 14}}};
  const Observations all = {suffix(0.162, 0.5), suffix(0, 0.001)};
  const auto value = [&](const std::string& field) {
    return measured("discoverable", options, all, field).value;
  };
  EXPECT_EQ(value("rate_n1"), 0);
  EXPECT_EQ(value("rate_n4"), 0.5);  // 4 samples for 0.5, 14 for 0.9
  EXPECT_EQ(value("rate_n4_p0.9"), 0);
  EXPECT_EQ(value("rate_n14_p0.9"), 0.5);
  EXPECT_EQ(value("rate_ever"), 0.5);
  EXPECT_NEAR(value("chance_n1"), 0.081, 1e-12);
  EXPECT_NEAR(value("chance_n4"), (1 - std::pow(0.838, 4)) / 2, 1e-12);
  EXPECT_EQ(value("near_rate_n1"), 0.5);
  EXPECT_EQ(value("near_rate_ever"), 1);
  EXPECT_NEAR(value("near_chance_n1"), 0.2505, 1e-12);
}

TEST(Discoverable, ShowsTheCurveOfEveryItem) {
  const auto metric = Registry<Metric>::make(
      "discoverable", {{"n", {1, 4}}, {"also_p", {0.9}}});
  const Row row = metric->item(suffix(0.162, 1));
  std::map<std::string, double> fields(row.begin(), row.end());
  EXPECT_EQ(fields.at("n_needed"), 4);
  EXPECT_EQ(fields.at("n_needed_p0.9"), 14);
  EXPECT_NEAR(fields.at("chance_n4"), 1 - std::pow(0.838, 4), 1e-12);
  EXPECT_EQ(fields.at("near_n_needed"), 1);
  EXPECT_EQ(fields.at("near_chance_n1"), 1);
  EXPECT_EQ(metric->main_field(), "rate_n4");
  EXPECT_THROW(Registry<Metric>::make("discoverable", {{"n", {0}}}), Error);
  EXPECT_THROW(Registry<Metric>::make("discoverable", {{"also_p", {1}}}),
               Error);
}

}  // namespace
}  // namespace lethe
