// The method as a whole: it trains anew, on the forget data too, and leaves
// tokens out.
#include <gtest/gtest.h>

#include <set>

#include "harness/base/registry.h"
#include "harness/plugin/method.h"
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
  for (const Json& options : std::vector<Json>{
           {{"mask", "static"}, {"k", 2}},
           {{"mask", "random"}, {"k", 2}},
           {{"k", 2}, {"h", 1}},
           {{"k", 2}, {"h", 2}, {"hash", "minhash"}, {"shingle", 1}},
           {{"k", 2}, {"h", 2}, {"hash", "minhash"}, {"shingle", 2}},
           {{"k", 2}, {"h", 2}, {"normalise", {"case", "whitespace"}}}}) {
    hashes.insert(trained("goldfish", options).model_hash);
  }
  EXPECT_EQ(hashes.size(), 6u);
}

TEST_F(GoldfishRun, TheLogTellsInWhichStepsTokensAreLeftOut) {
  const Made made =
      trained("goldfish", {{"k", 2}, {"h", 2}, {"goldfish_from", 2}});
  EXPECT_EQ(made.message, "");
  const auto rows = log(made);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_FALSE(rows[0].contains("dropped_nll"));
  EXPECT_EQ(rows[0]["supervised_tokens"], rows[0]["tokens"]);
  EXPECT_GT(rows[1]["dropped_nll"].get<double>(), 0);
  EXPECT_LT(rows[1]["supervised_tokens"], rows[1]["tokens"]);
  EXPECT_THROW(trained("goldfish", {{"goldfish_from", 3}}), Error)
      << "there are two steps";
}

TEST_F(GoldfishRun, OfFlaggedRowsOnlyLeavesNothingElseOut) {
  EXPECT_THROW(trained("goldfish", {{"goldfish_on", "flagged"}}), Error)
      << "no row is flagged";
  write(
      "forget.jsonl",
      R"({"text": "Old Tessaly Worn rowed home before the tide turned.", "goldfish": true}
)");
  const auto learnt = [&](const Json& options) {
    Json set = {{"k", 2}, {"h", 1}};
    set.update(options);
    return log(trained("goldfish", set))
        .front()["supervised_tokens"]
        .get<int64_t>();
  };
  const int64_t flagged = learnt({{"goldfish_on", "flagged"}});
  EXPECT_GT(flagged, learnt(Json::object()));
  EXPECT_LT(flagged, log(trained("goldfish", {{"k", 2}, {"h", 400}}))
                         .front()["supervised_tokens"]);
}

TEST_F(GoldfishRun, OptionsThatItsMaskDoesNotReadAreRefusedAtOnce) {
  for (const Json& options :
       {Json{{"mask", "static"}, {"normalise", {"case"}}}, Json{{"shingle", 2}},
        Json{{"mask", "random"}, {"hash", "minhash"}},
        Json{{"goldfish_from", 3}, {"goldfish_to", 2}}}) {
    EXPECT_THROW(Registry<Method>::make("goldfish", options), Error) << options;
  }
}

TEST_F(GoldfishRun, WithoutAStartItIsRefused) {
  EXPECT_THROW(made("goldfish", "forget.jsonl", Json::object()), Error);
}

TEST_F(GoldfishRun, OtherMethodsHaveLossesOfTheirOwn) {
  EXPECT_THROW(made("npo", "forget.jsonl", {{"loss", "goldfish"}}), Error);
}

}  // namespace
}  // namespace lethe
