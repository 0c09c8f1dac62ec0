#include "harness/run/blind.h"

#include <gtest/gtest.h>

#include "harness/base/json.h"
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

Suite suite_of(const std::vector<ProbeSpec>& attacks) {
  Suite suite;
  suite.attacks = attacks;
  return suite;
}

TEST(Blind, StandsBesideMembershipProbesOnceForEachSplits) {
  const Json none = Json::object();
  const Suite suite = with_blind_baselines(
      suite_of({{"loss_mia", {"forget", "holdout"}, none},
                {"greedy_extraction", {"forget"}, none},
                {"zlib_mia", {"forget", "holdout"}, none},
                {"min_k_mia", {"retain", "holdout"}, {{"k", 0.3}}}}));
  ASSERT_EQ(suite.attacks.size(), 6);
  EXPECT_EQ(suite.attacks[4].name, "blind_mia");
  EXPECT_EQ(suite.attacks[4].on,
            (std::vector<std::string>{"forget", "holdout"}));
  EXPECT_EQ(suite.attacks[5].on,
            (std::vector<std::string>{"retain", "holdout"}));
  EXPECT_EQ(with_blind_baselines(suite).attacks.size(), 6);
  EXPECT_EQ(with_blind_baselines(suite_of({{"drift", {"forget"}, none}}))
                .attacks.size(),
            1);
}

// Readers of results know blind probes by their names.
TEST(Blind, ProbesSayItInTheirNames) {
  for (const std::string& name : Registry<Probe>::names()) {
    EXPECT_EQ(Registry<Probe>::make(name, Json::object())->blind(),
              name.rfind("blind_", 0) == 0)
        << name;
  }
}

Record record_of(const std::string& probe, double value, double low) {
  Record r;
  r.cell = "c";
  r.split = "data";
  r.probe = probe;
  r.probe_options = Json::object();
  r.metric = r.field = "auroc";
  r.status = "ok";
  r.value = value;
  r.ci_low = low;
  r.ci_high = 1;
  return r;
}

TEST(Blind, WinsWhereNoAttackIsBetter) {
  std::vector<Record> records = {record_of("loss_mia", 0.8, 0.7),
                                 record_of("zlib_mia", 0.7, 0.6),
                                 record_of("blind_mia", 0.8, 0.75)};
  const auto sentences = mark_blind_wins(records);
  ASSERT_EQ(sentences.size(), 1);
  EXPECT_NE(sentences[0].find("data: "), std::string::npos);
  EXPECT_NE(records[2].message.find("loss_mia"), std::string::npos);
  EXPECT_TRUE(records[0].message.empty());
}

TEST(Blind, DoesNotWinByChanceOrAgainstABetterAttack) {
  std::vector<Record> better = {record_of("loss_mia", 0.9, 0.8),
                                record_of("blind_mia", 0.8, 0.75)};
  EXPECT_TRUE(mark_blind_wins(better).empty());
  std::vector<Record> chance = {record_of("loss_mia", 0.5, 0.4),
                                record_of("blind_mia", 0.55, 0.45)};
  EXPECT_TRUE(mark_blind_wins(chance).empty());
  std::vector<Record> alone = {record_of("blind_mia", 1, 0.9)};
  EXPECT_TRUE(mark_blind_wins(alone).empty());
}

}  // namespace
}  // namespace lethe
