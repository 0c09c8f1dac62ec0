// Against transformers on a real model that memorised passages of books: the
// match flags of greedy and beam extraction are equal, losses to 1e-3
// relative, log-probs to 2e-3, the areas under the curves to 0.005.
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/base/registry.h"
#include "harness/base/statistics.h"
#include "harness/base/zlib_size.h"
#include "harness/data/examples.h"
#include "harness/data/rows.h"
#include "harness/model/test_fixtures.h"
#include "harness/plugin/attack.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

class CanaryParity : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (fixtures().empty()) return;
    TargetOptions options;
    options.progress = false;
    loaded_ = load_target(folder() + "/model", test_compute(), options);
    examples_ = make_examples(read_rows(folder() + "/canaries.jsonl"),
                              loaded_.tokenizer.get(), {});
    golden_ = read_rows(folder() + "/golden_passages.jsonl");
  }
  static void TearDownTestSuite() {
    loaded_ = {};
    examples_.clear();
    golden_.clear();
  }

  void SetUp() override {
    LETHE_NEEDS_FIXTURES();
    ASSERT_EQ(examples_.size(), 80u);
    ASSERT_EQ(golden_.size(), examples_.size());
    for (size_t i = 0; i < golden_.size(); ++i) {
      ASSERT_EQ(examples_[i].id, golden_[i].fields["id"].dump());
    }
  }

  static std::string folder() { return fixtures() + "/canary"; }

  static Observations ask(const std::string& probe, const Json& options) {
    return Registry<Probe>::make(probe, options)
        ->ask(*loaded_.target, examples_);
  }

  // Every passage is extracted exactly when the peer extracts it.
  static void expect_matches(const Observations& seen, const char* field) {
    ASSERT_EQ(seen.size(), golden_.size());
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_EQ(seen[i].output_ids == seen[i].reference_ids,
                golden_[i].fields[field].get<bool>())
          << field << " of passage " << i;
    }
  }

  static double area(const Observations& seen) {
    std::vector<double> members, others;
    for (const Observation& o : seen) {
      (o.member.value() ? members : others).push_back(o.score);
    }
    return auroc(members, others);
  }

  static LoadedModel loaded_;
  static Examples examples_;
  static std::vector<DataRow> golden_;
};

LoadedModel CanaryParity::loaded_;
Examples CanaryParity::examples_;
std::vector<DataRow> CanaryParity::golden_;

TEST_F(CanaryParity, TextsStandBehindTheLeadingSpecial) {
  for (const Example& e : examples_) {
    EXPECT_EQ(e.leading, 1);
    EXPECT_EQ(e.ids.size(), 129u);
    EXPECT_EQ(std::vector<int64_t>(e.ids.begin() + 1, e.ids.end()),
              e.fields["ids"].get<std::vector<int64_t>>());
  }
}

TEST_F(CanaryParity, GreedyExtractionOf64TokensMatchesThePeer) {
  const auto seen =
      ask("greedy_extraction", {{"prefix_tokens", 64}, {"suffix_tokens", 64}});
  expect_matches(seen, "greedy_match_64");
  for (size_t i = 0; i < seen.size(); ++i) {
    // Up to the first mismatch; one control is at a tie before it.
    const Json& row = golden_[i].fields;
    if (row["min_top2_gap_until_first_mismatch"].get<double>() < 0.01) continue;
    const auto& ids = seen[i].output_ids;
    const auto& suffix = seen[i].reference_ids;
    const auto apart =
        std::mismatch(ids.begin(), ids.end(), suffix.begin()).first;
    EXPECT_EQ(apart - ids.begin(), row["common_prefix"].get<int64_t>()) << i;
  }
}

TEST_F(CanaryParity, GreedyExtractionOf32TokensMatchesThePeer) {
  expect_matches(
      ask("greedy_extraction", {{"prefix_tokens", 64}, {"suffix_tokens", 32}}),
      "greedy_match_32");
}

TEST_F(CanaryParity, BestOfFourBeamsMatchesThePeer) {
  const Json options = {
      {"prefix_tokens", 64}, {"suffix_tokens", 64}, {"num_beams", 4}};
  expect_matches(ask("beam_extraction", options), "beam4_top1_match_64");
}

TEST_F(CanaryParity, AnyOfFourBeamsMatchesThePeer) {
  const Json options = {{"prefix_tokens", 64},
                        {"suffix_tokens", 64},
                        {"num_beams", 4},
                        {"any_beam", true}};
  expect_matches(ask("beam_extraction", options), "beam4_any_match_64");
}

TEST_F(CanaryParity, LossesAndLogProbsOfEveryText) {
  const Json logprobs = read_json(folder() + "/token_logprobs.json")["rows"];
  const auto seen = ask("loss_mia", Json::object());
  ASSERT_EQ(seen.size(), golden_.size());
  for (size_t i = 0; i < seen.size(); ++i) {
    const auto loss = golden_[i].fields["loss"].get<double>();
    EXPECT_NEAR(-seen[i].score, loss, 1e-3 * loss) << i;
    const auto want = logprobs[i].get<std::vector<float>>();
    const auto& got = seen[i].statistics->logprobs;
    ASSERT_EQ(got.size(), want.size());
    for (size_t t = 0; t < want.size(); ++t) {
      EXPECT_NEAR(got[t], want[t], 2e-3) << i << " token " << t;
    }
  }
}

TEST_F(CanaryParity, LossOverZlibSizeOfEveryText) {
  const auto seen = ask("zlib_mia", Json::object());
  for (size_t i = 0; i < seen.size(); ++i) {
    const Json& row = golden_[i].fields;
    EXPECT_EQ(zlib_size(seen[i].text), row["zlib_bytes"].get<size_t>()) << i;
    const auto want = row["loss_over_zlib"].get<double>();
    EXPECT_NEAR(-seen[i].score, want, 1e-3 * want) << i;
  }
}

TEST_F(CanaryParity, MembershipAreasUnderTheCurve) {
  const Json golden = read_json(folder() + "/golden_summary.json")["auc"];
  EXPECT_NEAR(area(ask("loss_mia", Json::object())),
              golden["loss"]["auc"].get<double>(), 0.005);
  EXPECT_NEAR(area(ask("zlib_mia", Json::object())),
              golden["loss_over_zlib"]["auc"].get<double>(), 0.005);
}

}  // namespace
}  // namespace lethe
