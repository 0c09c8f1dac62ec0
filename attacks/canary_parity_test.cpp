// Against transformers on a real model that memorised passages of books: the
// match flags of greedy and beam extraction are equal, losses to 1e-3
// relative, log-probs to 2e-3, the areas under the curves to 0.005.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "harness/base/registry.h"
#include "harness/base/statistics.h"
#include "harness/base/zlib_size.h"
#include "harness/data/examples.h"
#include "harness/data/rows.h"
#include "harness/model/test_fixtures.h"
#include "harness/plugin/attack.h"
#include "harness/plugin/metric.h"
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

// The scores of every probe that one pass gives, and of lower-cased texts.
TEST_F(CanaryParity, MembershipScoresOfEveryText) {
  struct Case {
    const char* probe;
    Json options;
    const char* field;
  };
  const std::vector<Case> cases = {
      {"min_k_mia", {{"k", 0.1}}, "min_k_0.1"},
      {"min_k_mia", Json::object(), "min_k_0.2"},
      {"min_k_mia", {{"k", 0.5}}, "min_k_0.5"},
      {"min_k_plus_plus_mia", {{"k", 0.1}}, "min_k_pp_0.1"},
      {"min_k_plus_plus_mia", Json::object(), "min_k_pp_0.2"},
      {"min_k_plus_plus_mia", {{"k", 0.5}}, "min_k_pp_0.5"},
      {"lowercase_mia", Json::object(), "lower_ratio"}};
  for (const Case& one : cases) {
    const auto seen = ask(one.probe, one.options);
    ASSERT_EQ(seen.size(), golden_.size());
    for (size_t i = 0; i < seen.size(); ++i) {
      const auto want = golden_[i].fields[one.field].get<double>();
      EXPECT_NEAR(seen[i].score, want, 1e-3 * std::abs(want) + 1e-4)
          << one.field << " of " << i;
    }
  }
}

// By the definition, from the peer's log-probs.
TEST_F(CanaryParity, CalibratedProbabilitiesOfEveryText) {
  const Json logprobs = read_json(folder() + "/token_logprobs.json")["rows"];
  std::map<int64_t, double> counts;
  double total = 0;
  for (const Example& e : examples_) {
    for (size_t t = 1; t < e.ids.size(); ++t) counts[e.ids[t]] += 1, ++total;
  }
  const double vocabulary =
      static_cast<double>(loaded_.target->model()->config().vocab_size);
  const auto seen = ask("dc_pdd_mia", {{"a", 0.5}});
  for (size_t i = 0; i < seen.size(); ++i) {
    std::set<int64_t> met;
    double sum = 0;
    for (size_t t = 1; t < examples_[i].ids.size(); ++t) {
      const int64_t id = examples_[i].ids[t];
      if (!met.insert(id).second) continue;
      const double f = (counts[id] + 1) / (total + vocabulary);
      const double p = std::exp(logprobs[i][t - 1].get<double>());
      sum += std::min(0.5, -p * std::log(f));
    }
    EXPECT_NEAR(seen[i].score, sum / static_cast<double>(met.size()), 2e-3);
  }
}

TEST_F(CanaryParity, ProbabilityOfASampledSuffix) {
  for (const int64_t tokens : {32, 64}) {
    const auto seen =
        ask("discoverable_extraction",
            {{"prefix_tokens", 64}, {"suffix_tokens", tokens}, {"top_k", 40}});
    const auto whole =
        ask("discoverable_extraction",
            {{"prefix_tokens", 64}, {"suffix_tokens", tokens}, {"top_k", 0}});
    const auto metric = Registry<Metric>::make("discoverable", {{"p", 0.9}});
    for (size_t i = 0; i < seen.size(); ++i) {
      const Json& want =
          golden_[i].fields["np_topk40_" + std::to_string(tokens)];
      const double log_pz = seen[i].numbers.at("log_pz").front();
      EXPECT_NEAR(whole[i].numbers.at("log_pz").front(),
                  want["log_pz_no_topk"].get<double>(), 1e-2)
          << i;
      if (want["log_pz"].is_null()) {
        EXPECT_EQ(log_pz, -std::numeric_limits<double>::infinity()) << i;
        continue;
      }
      EXPECT_NEAR(log_pz, want["log_pz"].get<double>(), 1e-2) << i;
      const auto n = want["n_for_p0.9"].get<double>();
      const Row row = metric->item(seen[i]);  // pz, log_pz, n_needed, ..
      ASSERT_EQ(row[2].first, "n_needed");
      EXPECT_NEAR(row[2].second, n, 1 + 1e-2 * n) << i;
    }
  }
}

// Ten trials of top-1 sampling are greedy.
TEST_F(CanaryParity, SamplingOfOneTokenIsGreedy) {
  expect_matches(ask("sampling_extraction", {{"prefix_tokens", 64},
                                             {"suffix_tokens", 32},
                                             {"trials", 2},
                                             {"top_k", 1}}),
                 "greedy_match_32");
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
