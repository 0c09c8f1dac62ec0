// Rows of stored outputs: labels, ranges, and what JSON cannot write.
#include "harness/data/stored_outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

using testing::HasSubstr;

Observation read(const std::string& json) {
  return stored_outputs({{Json::parse(json), "f.jsonl:1"}}).at(0);
}

void expect_refused(const std::string& json, const std::string& words) {
  try {
    read(json);
    ADD_FAILURE() << "nothing was refused: " << json;
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    EXPECT_THAT(error.what(), HasSubstr("f.jsonl:1: " + words));
  }
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

TEST(StoredOutputs, LabelsAreZeroOrOne) {
  EXPECT_EQ(read(R"({"member": 1})").member, true);
  EXPECT_EQ(read(R"({"member": false})").member, false);
  EXPECT_FALSE(read(R"({"member": null})").member.has_value());
  for (const char* label : {"2", "-1", "0.5", "\"1\"", "[1]"}) {
    expect_refused(std::string(R"({"member": )") + label + "}",
                   std::string("\"member\" is ") + label +
                       ": it must be 0 or 1, true or false");
  }
}

TEST(StoredOutputs, NumbersWithAMeaningHaveTheirRange) {
  expect_refused(R"({"judged": 7})", "\"judged\" is 7: it must be 0 or 1");
  expect_refused(R"({"hits": [0, 1, 2]})", "\"hits\" is 2");
  expect_refused(R"({"probability": -3})", "\"probability\" is -3");
  expect_refused(R"({"rouge": 45.5})", "\"rouge\" is 45.5: it must be from 0");
  expect_refused(R"({"log_pz": 0.5})", "\"log_pz\" is 0.5: it must be at most");
  expect_refused(R"({"token_logprobs": [-1, 2]})", "\"token_logprobs\" is 2");
  read(R"({"judged": null, "hits": [0, null], "probability": 1.0000000001,
           "log_pz": 1e-5, "token_logprobs": [0], "truth_ratio": 3,
           "answer_nll": 4, "score": 9})");
}

}  // namespace
}  // namespace lethe
