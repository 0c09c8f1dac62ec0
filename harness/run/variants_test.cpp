// Grids of probes and metrics, and what is refused before any work.
#include "harness/run/variants.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

Json suite_json() {
  return Json::parse(R"({
    "suite": "grids", "model": {"path": "model"},
    "data": {"forget": {"file": "forget.jsonl", "role": "forget"}},
    "methods": [{"name": "none"}, {"name": "npo"}],
    "attacks": [{"name": "beam_extraction", "on": "forget",
                 "set": {"num_beams": [2, 4], "prefix_tokens": [8, 16]}},
                {"name": "loss_mia", "on": "forget"}],
    "metrics": [{"name": "exact_match", "from": "beam_extraction"},
                {"name": "tpr_at_fpr", "from": "loss_mia",
                 "set": {"fpr": [0.01, 0.1]}}]})");
}

Suite suite_of(const Json& json) { return suite_from_json(json, ".", "s"); }

std::string refusal(const Json& json) {
  try {
    lay_out(suite_of(json));
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "";
}

TEST(LayOut, ListsOfProbesAndMetricsAreGrids) {
  const Suite all = lay_out(suite_of(suite_json()));
  ASSERT_EQ(all.attacks.size(), 5u);
  EXPECT_EQ(all.attacks[0].set, (Json{{"num_beams", 2}, {"prefix_tokens", 8}}));
  EXPECT_EQ(all.attacks[3].set,
            (Json{{"num_beams", 4}, {"prefix_tokens", 16}}));
  EXPECT_EQ(all.attacks[4].name, "loss_mia");
  ASSERT_EQ(all.metrics.size(), 3u);
  EXPECT_EQ(all.metrics[1].set["fpr"], 0.01);
  EXPECT_EQ(all.metrics[2].set["fpr"], 0.1);
  EXPECT_EQ(resolved(lay_out(all)), resolved(all));
}

TEST(LayOut, EveryValueOfAGridIsChecked) {
  Json json = suite_json();
  json["attacks"][0]["set"]["num_beams"] = {4, 0};
  EXPECT_NE(refusal(json).find("num_beams is below 1"), std::string::npos);
  json = suite_json();
  json["metrics"][1]["set"]["fpr"] = {0.1, 7};
  EXPECT_NE(refusal(json).find("fpr is 7"), std::string::npos);
  json["metrics"][1]["set"] = {{"fprr", 0.1}};
  EXPECT_NE(refusal(json).find("fpr"), std::string::npos);
}

TEST(LayOut, FieldsThatAMetricDoesNotHaveAreRefused) {
  Json json = suite_json();
  json["metrics"][0]["field"] = "common_prefix";
  EXPECT_EQ(refusal(json), "");
  json["metrics"][0]["field"] = "comon_prefix";
  EXPECT_NE(refusal(json).find("did you mean common_prefix"),
            std::string::npos);
}

TEST(Suite, TheReferenceIsOneOfItsMethods) {
  Json json = suite_json();
  json["reference"] = {{"method", "npo"}};
  EXPECT_EQ(refusal(json), "");
  json["reference"] = {{"method", "npoo"}};
  EXPECT_NE(refusal(json).find("did you mean npo?"), std::string::npos);
  json["reference"] = {{"methods", "npo"}};
  EXPECT_NE(refusal(json).find("method"), std::string::npos);
  json["reference"] = "npo";
  EXPECT_NE(refusal(json).find("is no object"), std::string::npos);
}

// An observation with everything that a metric may read.
Observation full(const std::string& id, bool member) {
  Observation o;
  o.id = id;
  o.member = member;
  o.score = member ? 1 : 0;
  o.output = "one two";
  o.references = {"one two three"};
  o.prompt_ids = {4, 5};
  o.output_ids = {1, 2};
  o.reference_ids = {1, 2, 3};
  auto statistics = std::make_shared<TokenStatistics>();
  statistics->ids = {1, 2, 3};
  statistics->logprobs = {-1.0F, -2.0F};
  statistics->argmax = {2, 1};
  o.statistics = statistics;
  auto drift = std::make_shared<TokenDrift>();
  drift->kl = drift->logprobs = drift->base_logprobs = {0.5F, 0.1F};
  drift->same_top = {1, 0};
  o.drift = drift;
  for (const char* name :
       {"answer_nll", "perturbed_nll", "probability", "rouge", "truth_ratio"}) {
    o.numbers[name] = {0.5};
  }
  o.numbers["log_pz"] = o.numbers["log_p_near"] = {-0.5};
  return o;
}

TEST(Metrics, GiveTheFieldsThatTheyName) {
  Observations seen = {full("a", true), full("b", false)};
  for (const std::string& name : Registry<Metric>::names()) {
    SCOPED_TRACE(name);
    // What reads a file or a model is made with one, in its own test.
    const Info& info = Registry<Metric>::find(name).info;
    if (!info.files.empty() || !info.models.empty()) continue;
    const auto metric = Registry<Metric>::make(name, Json::object());
    for (Observation& o : seen) {
      for (const std::string& number : metric->needs().numbers) {
        o.numbers.emplace(number, std::vector<double>{0});
      }
    }
    std::vector<std::string> given;
    for (const auto& [field, value] :
         measure(*metric, items(*metric, seen), seen, &seen)) {
      given.push_back(field);
    }
    if (!metric->fields().empty()) {  // else known only when measured
      EXPECT_EQ(metric->fields(), given);
    }
    EXPECT_NE(std::find(given.begin(), given.end(), metric->main_field()),
              given.end());
  }
}

}  // namespace
}  // namespace lethe
