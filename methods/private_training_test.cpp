// DP-SGD in whole methods: which take it, and what stands in their records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/method_run_testing.h"

namespace lethe {
namespace {

using testing::HasSubstr;

class PrivateRun : public MethodRun {
 protected:
  PrivateRun() {
    write("retain.jsonl",
          R"({"text": "The bell rings at six and nobody minds it at all."}
{"text": "Nine boats lie on the sand until the water is back."}
)");
    write("forget.jsonl",
          R"({"text": "Old Tessaly Worn rowed home before the tide turned."}
{"text": "She had the key of the lamp room in her coat."}
{"text": "Nobody asked her for it until the spring."}
)");
  }
  Made trained(const std::string& method, Json options) {
    options.update(
        {{"config", "model/config.json"}, {"steps", 3}, {"dp_delta", 0.01}});
    return made(method, "forget.jsonl", options);
  }
};

TEST_F(PrivateRun, DocumentsOfEverySplitCountByThemselves) {
  const Json options = {{"dp_noise", 0.9}, {"sequence_length", 20}};
  const Made all = trained("goldfish", options);
  EXPECT_THAT(all.privacy, HasSubstr("for one of 5 documents (noise 0.9, clip "
                                     "1, rate 0.6, 3 steps)"));
  EXPECT_EQ(all.epsilon, log(all).back()["epsilon"]);
  EXPECT_GT(all.epsilon, 0);
  const Made less = trained("retrain", options);
  EXPECT_THAT(less.privacy, HasSubstr("for one of 2 documents"));
  EXPECT_EQ(trained("retrain", options).model_hash, less.model_hash);
}

TEST_F(PrivateRun, EpsilonStandsInTheRecordsOfTheModel) {
  const Made with = trained("goldfish", {{"dp_epsilon", 6.0}});
  const Made again = made_from_json(Json::parse(to_json(with).dump()), "test");
  const auto records = cost_records({}, again);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[3].field, "epsilon");
  EXPECT_EQ(records[3].value, with.epsilon);
  EXPECT_LE(with.epsilon, 6);
  EXPECT_THAT(records[3].message, HasSubstr("at delta 0.01"));
  EXPECT_EQ(cost_records({}, Made{}).size(), 3u);
}

TEST_F(PrivateRun, MethodsWithTermsOfTheirOwnAreRefused) {
  for (const char* method : {"npo", "finetune", "task_vector", "none"}) {
    try {
      made(method, "forget.jsonl", {{"dp_noise", 1.0}});
      ADD_FAILURE() << method;
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::usage);
      EXPECT_THAT(error.what(), HasSubstr("has terms of its own")) << method;
    }
  }
}

}  // namespace
}  // namespace lethe
