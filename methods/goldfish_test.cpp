// The method as a whole: it trains anew, on the forget data too, and leaves
// tokens out.
#include <gtest/gtest.h>

#include <set>

#include "harness/run/method_run_testing.h"

namespace lethe {
namespace {

class GoldfishRun : public MethodRun {
 protected:
  GoldfishRun() {
    write("retain.jsonl",
          R"({"text": "The bell rings at six and nobody minds it at all."}
)");
    write("forget.jsonl",
          R"({"text": "Old Tessaly Worn rowed home before the tide turned."}
)");
  }
  Made trained(const std::string& method, Json options) {
    options.update({{"config", "model/config.json"}, {"steps", 2}});
    return made(method, "forget.jsonl", options);
  }
};

TEST_F(GoldfishRun, LearnsTheForgetDataButForOneTokenInK) {
  const Made made = trained("goldfish", {{"k", 3}, {"h", 2}});
  EXPECT_EQ(made.message, "");
  const Json with = log(made).front();
  const Json without = log(trained("retrain", Json::object())).front();
  EXPECT_GT(with["tokens"], without["tokens"]) << "retrain has no forget data";
  const auto tokens = with["tokens"].get<int64_t>();
  const auto learnt = with["supervised_tokens"].get<int64_t>();
  EXPECT_LT(learnt, tokens);
  EXPECT_GT(learnt, tokens / 3);
  EXPECT_GT(with["dropped_nll"].get<double>(), 0);
  EXPECT_FALSE(without.contains("dropped_nll"));
  EXPECT_EQ(trained("goldfish", {{"k", 3}, {"h", 2}}).model_hash,
            made.model_hash);
}

TEST_F(GoldfishRun, EachMaskMakesAModelOfItsOwn) {
  std::set<std::string> hashes;
  for (const Json& options : std::vector<Json>{{{"mask", "static"}, {"k", 2}},
                                               {{"mask", "random"}, {"k", 2}},
                                               {{"k", 2}, {"h", 1}}}) {
    hashes.insert(trained("goldfish", options).model_hash);
  }
  EXPECT_EQ(hashes.size(), 3u);
}

TEST_F(GoldfishRun, WithoutAStartItIsRefused) {
  EXPECT_THROW(made("goldfish", "forget.jsonl", Json::object()), Error);
}

TEST_F(GoldfishRun, OtherMethodsHaveLossesOfTheirOwn) {
  EXPECT_THROW(made("npo", "forget.jsonl", {{"loss", "goldfish"}}), Error);
}

}  // namespace
}  // namespace lethe
