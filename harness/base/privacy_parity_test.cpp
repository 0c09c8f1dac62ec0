// Opacus 1.5.4's RDPAccountant: epsilon to 1e-9 of itself, noise to 1e-8; and
// divergences that mpmath integrated: testdata/privacy.json, written by
// ../oracle/privacy_values.py.
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/privacy.h"

namespace lethe {
namespace {

Json golden() {
  const std::string file =
      LETHE_SOURCE_DIR "/harness/base/testdata/privacy.json";
  return parse_json(read_file(file), file);
}

TEST(PrivacyParity, EpsilonOfRatesNoisesAndSteps) {
  const Json cases = golden()["epsilon"];
  ASSERT_EQ(cases.size(), 7u * 7 * 4);
  for (const Json& one : cases) {
    PrivacyAccountant accountant;
    accountant.add({one["rate"], one["noise"]}, one["steps"]);
    // Opacus gives a number below 0 where epsilon 0 holds.
    const double wanted = std::max(0.0, one["epsilon"].get<double>());
    EXPECT_NEAR(accountant.spent(one["delta"]).epsilon, wanted,
                1e-9 * std::max(1.0, wanted))
        << one;
  }
}

TEST(PrivacyParity, EpsilonOfUnlikeStepsOneAfterTheOther) {
  const Json one = golden()["composed"];
  PrivacyAccountant accountant;
  for (const Json& part : one["steps"]) {
    accountant.add({part["rate"], part["noise"]}, part["steps"]);
  }
  EXPECT_NEAR(accountant.spent(one["delta"]).epsilon, one["epsilon"], 1e-9);
}

TEST(PrivacyParity, NoiseOfATargetEpsilon) {
  const Json cases = golden()["noise"];
  ASSERT_EQ(cases.size(), 5u);
  for (const Json& one : cases) {
    const PrivacyBudget budget{one["epsilon"], one["delta"]};
    const double noise = noise_for(budget, one["rate"], one["steps"]);
    EXPECT_NEAR(noise, one["noise"], 1e-8 * noise) << one;
  }
}

TEST(PrivacyParity, DivergencesAreTheIntegralsOfTheirDefinition) {
  const Json cases = golden()["divergence"];
  ASSERT_EQ(cases.size(), 15u);
  for (const Json& one : cases) {
    for (size_t i = 0; i < one["orders"].size(); ++i) {
      const double order = one["orders"][i], wanted = one["rdp"][i];
      EXPECT_NEAR(renyi_divergence({one["rate"], one["noise"]}, order), wanted,
                  1e-12 / (order - 1) + 1e-10 * wanted)
          << one["rate"] << " " << one["noise"] << " " << order;
    }
  }
}

}  // namespace
}  // namespace lethe
