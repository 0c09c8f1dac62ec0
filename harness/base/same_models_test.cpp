#include "harness/base/same_models.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

Record row(const std::string& method, const std::string& hash,
           int64_t seed = 0) {
  Record r;
  r.run = "r1";
  r.label = r.method = method;
  r.cell = method + std::to_string(seed);
  r.seed = seed;
  r.model_hash = hash;
  return r;
}

TEST(SameModels, NamesUnchangedWeightsAndThoseOfAnotherRow) {
  const auto same = same_models(
      {row("none", "base"), row("checkpoint", "base"), row("npo", "base"),
       row("npo", "base"), row("finetune", "one"), row("simnpo", "one")},
      "");
  ASSERT_EQ(same.size(), 2u) << "each row once";
  EXPECT_EQ(same[0].label, "npo");
  EXPECT_EQ(same[0].flag, "unchanged");
  EXPECT_EQ(same[1].label, "simnpo");
  EXPECT_EQ(same[1].flag, "duplicate");
  EXPECT_EQ(same[1].reason, "the weights are those of finetune");
}

TEST(SameModels, LooksAtOneRunOneSeedAndModelsWithoutTransforms) {
  Record transformed = row("simnpo", "one");
  transformed.transform = Json::array({"quantise"});
  Record other = row("simnpo", "one");
  other.run = "r2";
  const auto same = same_models({row("npo", "one"), row("simnpo", "one", 1),
                                 transformed, other, row("failed", "")},
                                "");
  EXPECT_TRUE(same.empty());
}

TEST(SameModels, TheStartingModelMayBeGiven) {
  EXPECT_TRUE(same_models({row("npo", "base")}, "").empty());
  ASSERT_EQ(same_models({row("npo", "base")}, "base").size(), 1u);
}

}  // namespace
}  // namespace lethe
