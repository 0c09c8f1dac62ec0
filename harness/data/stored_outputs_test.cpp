// Rows of stored outputs: what JSON cannot write.
#include "harness/data/stored_outputs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

Observation read(const std::string& json) {
  return stored_outputs({{Json::parse(json), "f.jsonl:1"}}).at(0);
}

TEST(StoredOutputs, TheLogarithmOfZeroIsNullInJson) {
  const Observation never =
      read(R"({"log_pz": null, "pz": 0.0, "log_p_near": null, "p_near": 0})");
  EXPECT_EQ(never.numbers.at("log_pz")[0], -INFINITY);
  EXPECT_EQ(never.numbers.at("log_p_near")[0], -INFINITY);
  EXPECT_EQ(read(R"({"pz": 0})").numbers.at("log_pz")[0], -INFINITY);
  EXPECT_TRUE(std::isnan(read(R"({"log_pz": null})").numbers.at("log_pz")[0]));
  EXPECT_EQ(read(R"({"log_pz": -900, "pz": 0})").numbers.at("log_pz")[0], -900);
  const auto metric = Registry<Metric>::make("discoverable", Json::object());
  const Observations seen = {never};
  for (const auto& [name, estimate] :
       measure(*metric, items(*metric, seen), seen, nullptr)) {
    EXPECT_EQ(estimate.value, 0) << name;
  }
}

}  // namespace
}  // namespace lethe
