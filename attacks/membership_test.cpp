// Membership attacks on a target whose log-probs can be worked out by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "attacks/lowest.h"
#include "harness/base/registry.h"
#include "harness/base/zlib_size.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

// Token t has log-prob -t * scale, twice that in a text that begins with 9.
class Letters final : public Target {
 public:
  explicit Letters(double scale, bool tokenizer = true)
      : scale_(scale), tokenizer_(tokenizer) {}

  Needs can() const override {
    return {.token_statistics = true,
            .generate = true,
            .gradients = true,
            .tokenizer = tokenizer_};
  }
  std::vector<std::shared_ptr<const TokenStatistics>> statistics(
      const Examples& examples) const override {
    std::vector<std::shared_ptr<const TokenStatistics>> all;
    for (const Example& e : examples) {
      auto s = std::make_shared<TokenStatistics>();
      s->ids = e.ids;
      s->score_from = e.score_from;
      s->logprobs = logprobs({e.ids, e.score_from});
      s->mu.assign(s->count(), 0);
      s->sigma.assign(s->count(), 1);
      all.push_back(s);
    }
    return all;
  }
  std::vector<Likelihood> likelihoods(
      const std::vector<ScoreItem>& items) const override {
    std::vector<Likelihood> all;
    for (const ScoreItem& item : items) {
      Likelihood one;
      one.sum = 0;
      for (const float logprob : logprobs(item)) one.sum += logprob;
      one.tokens = static_cast<int64_t>(logprobs(item).size());
      all.push_back(one);
    }
    return all;
  }
  std::vector<std::vector<float>> sampling_logprobs(
      const std::vector<ScoreItem>& items,
      const GenerateOptions&) const override {
    std::vector<std::vector<float>> all;
    for (const ScoreItem& item : items) all.push_back(logprobs(item));
    return all;
  }
  std::vector<std::shared_ptr<const TokenDrift>> drift(
      const std::vector<ScoreItem>&, const Target&) const override {
    return {};
  }
  // The gradient of a text is as long as its likelihood is low.
  std::vector<double> gradient_norms(
      const std::vector<ScoreItem>& items,
      const GradientNormOptions& options) const override {
    std::vector<double> norms;
    for (const Likelihood& one : likelihoods(items)) {
      norms.push_back(-one.sum * (options.mean_over_tensors ? 2 : 1) *
                      options.order);
    }
    return norms;
  }
  // Every place may hold 2, 1 and 3, in this order of likelihood.
  Generation generate(const Prompts& prompts,
                      const GenerateOptions& options) const override {
    Generation all;
    for (size_t i = 0; i < prompts.size(); ++i) {
      std::vector<Sequence> found = {{{2}, std::log(0.6), {}},
                                     {{1}, std::log(0.3), {}},
                                     {{3}, std::log(0.1), {}}};
      found.resize(static_cast<size_t>(
          std::min<int64_t>(3, options.num_return_sequences)));
      all.sequences.push_back(found);
    }
    return all;
  }
  // 'A' is 1, 'B' 2, ..; 'a' is 11, ..
  std::vector<int64_t> encode(const std::string& text, bool) const override {
    std::vector<int64_t> ids;
    for (const char c : text) {
      ids.push_back(c >= 'a' ? c - 'a' + 11 : c - 'A' + 1);
    }
    return ids;
  }
  std::string decode(const std::vector<int64_t>&) const override { return ""; }
  std::vector<int64_t> eos_ids() const override { return {}; }
  int64_t window() const override { return 100; }
  std::shared_ptr<const Target> open(const std::string& folder) const override {
    return folder == "half" ? std::make_shared<Letters>(scale_ / 2) : nullptr;
  }
  std::shared_ptr<const Target> with_model(
      std::shared_ptr<const Model>) const override {
    return nullptr;
  }
  int64_t tokens_computed() const override { return 0; }
  ScoreCost scoring_cost() const override { return {}; }

 private:
  std::vector<float> logprobs(const ScoreItem& item) const {
    std::vector<float> all;
    const double scale = item.ids.front() == 9 ? 2 * scale_ : scale_;
    for (size_t t = static_cast<size_t>(item.score_from); t < item.ids.size();
         ++t) {
      all.push_back(
          static_cast<float>(-scale * static_cast<double>(item.ids[t])));
    }
    return all;
  }

  double scale_;
  bool tokenizer_;
};

Example text(const std::string& letters, bool member) {
  Example e;
  e.text = letters;
  e.ids = Letters(1).encode(letters, false);
  e.member = member;
  return e;
}

Observations ask(const std::string& probe, const Examples& examples,
                 const Json& options = Json::object()) {
  return Registry<Probe>::make(probe, options)->ask(Letters(1), examples);
}

TEST(LowestTokens, AreAtLeastOne) {
  EXPECT_EQ(mean_of_lowest({-3, -1, -2}, 0.1), -3);
  EXPECT_EQ(mean_of_lowest({-3, -1, -2}, 0.67), -2.5);
  EXPECT_EQ(mean_of_lowest({-3, -1, -2}, 1), -2);
  EXPECT_EQ(mean_of_lowest({-5}, 0.5), -5);
  EXPECT_TRUE(std::isnan(mean_of_lowest({}, 0.5)));
  // NaN has no place in an order: wherever it stands, there is no mean.
  for (const double share : {0.1, 0.5, 1.0}) {
    EXPECT_TRUE(std::isnan(mean_of_lowest({NAN, -1, -2}, share)));
    EXPECT_TRUE(std::isnan(mean_of_lowest({-3, -1, NAN}, share)));
  }
  EXPECT_THROW(check_share(0, "x"), Error);
  EXPECT_THROW(check_share(1.5, "x"), Error);
}

TEST(MembershipAttacks, ReadTheTextsAsTheyStand) {
  const Examples texts = {text("ABC", true)};
  EXPECT_EQ(ask("min_k_mia", texts, {{"k", 0.5}})[0].score, -3);
  // B and C cost 2 + 3, their small forms 12 + 13.
  EXPECT_EQ(ask("lowercase_mia", texts)[0].score, 5);
  EXPECT_EQ(ask("reference_mia", texts, {{"model", "half"}})[0].score, -1.25);
  EXPECT_NEAR(
      ask("reference_mia", texts, {{"model", "half"}, {"per", "byte"}})[0]
          .score,
      -2.5 / 3, 1e-12);
}

TEST(MembershipAttacks, CompressWhatIsScored) {
  Example answer = text("ABABABABCC", true);
  answer.prompt = "ABABABAB";
  answer.score_from = 8;
  const double size = static_cast<double>(zlib_size("CC"));
  EXPECT_EQ(ask("zlib_mia", {answer})[0].score, -3 / size);
  EXPECT_EQ(ask("dataset_inference", {answer})[0].numbers.at("features").at(2),
            -3 / size);
}

// One empty row costs its own score, not everyone's.
TEST(MembershipAttacks, AnEmptyTextHasNoScore) {
  Example empty = text("", false);
  empty.ids = {9};
  empty.leading = 1;
  const Examples texts = {text("ABC", true), empty};
  const Observations seen = ask("lowercase_mia", texts);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].score, 5);
  EXPECT_TRUE(std::isnan(seen[1].score));
  const Json bytes = {{"model", "half"}, {"per", "byte"}};
  EXPECT_TRUE(std::isnan(ask("reference_mia", texts, bytes)[1].score));
  // Ids alone have no bytes.
  const auto probe = Registry<Probe>::make("reference_mia", bytes);
  EXPECT_THROW(probe->ask(Letters(1, false), texts), Error);
}

TEST(MembershipAttacks, GradientsOfCutTextsAreCounted) {
  const Observations seen = ask(
      "gradient_norm_mia",
      {text(std::string(101, 'A'), true), text(std::string(102, 'A'), true)});
  EXPECT_EQ(seen[0].numbers.count("truncated"), 0u);
  EXPECT_EQ(seen[1].numbers.count("truncated"), 1u);
}

// Else the text itself would stand before it.
TEST(MembershipAttacks, RecallLeavesOutTextsEqualToAShot) {
  const Observations seen =
      ask("recall_mia", {text("IB", true), text("ABC", true), text("IB", false),
                         text("IB", false)});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].text, "ABC");
}

TEST(MembershipAttacks, RecallPutsANonMemberBeforeTheOthers) {
  const Examples texts = {text("ABC", true), text("IB", false),
                          text("IC", false)};
  const Observations seen = ask("recall_mia", texts);
  ASSERT_EQ(seen.size(), 2u);  // the shot is not scored
  EXPECT_EQ(seen[0].text, "ABC");
  EXPECT_EQ(seen[0].score, 2);
  // The shot begins with 9 as the text itself does.
  EXPECT_EQ(seen[1].score, 1);
  EXPECT_FALSE(*seen[1].member);
  EXPECT_THROW(ask("recall_mia", {text("ABC", true), text("AB", false)}),
               Error);
}

// Every scored token is replaced by the likeliest other one, 2 or else 1.
TEST(MembershipAttacks, NeighboursDifferInTheirScoredTokens) {
  const Json all = {{"share", 1}, {"candidates", 1}, {"neighbours", 3}};
  const Observations seen =
      ask("neighbour_mia",
          {text("DDD", true), text("DBB", false), text("D", false)}, all);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_NEAR(seen[0].score, -4 + 2, 1e-6);
  EXPECT_NEAR(seen[1].score, -2 + 1, 1e-6);
  EXPECT_TRUE(std::isnan(seen[2].score));  // nothing is scored
}

TEST(MembershipAttacks, NeighboursAreDrawnAlikeEveryTime) {
  const Examples texts = {text("DFGABDFGKL", true), text("ABCDEFGHIJ", false)};
  const Json three = {{"share", 0.3}, {"seed", 3}};
  const Json four = {{"share", 0.3}, {"seed", 4}};
  const double score = ask("neighbour_mia", texts, three)[0].score;
  EXPECT_EQ(score, ask("neighbour_mia", texts, three)[0].score);
  EXPECT_NE(score, ask("neighbour_mia", texts, four)[0].score);
}

TEST(MembershipAttacks, SteepTextsAreNoMembers) {
  const Examples texts = {text("ABC", true)};
  EXPECT_EQ(ask("gradient_norm_mia", texts)[0].score, -10);
  EXPECT_EQ(ask("gradient_norm_mia", texts, {{"norm", "l1"}})[0].score, -5);
  EXPECT_EQ(
      ask("gradient_norm_mia", texts, {{"form", "mean_over_tensors"}})[0].score,
      -20);
}

TEST(MembershipAttacks, OptionsOutOfRangeAreRefused) {
  const Examples texts = {text("ABC", true)};
  EXPECT_THROW(ask("min_k_mia", texts, {{"k", 0}}), Error);
  EXPECT_THROW(ask("min_k_plus_plus_mia", texts, {{"min_variance", -1}}),
               Error);
  EXPECT_THROW(ask("reference_mia", texts, {{"per", "word"}}), Error);
  EXPECT_THROW(ask("recall_mia", texts, {{"shots", 0}}), Error);
  EXPECT_THROW(ask("dc_pdd_mia", texts, {{"a", 0}}), Error);
  EXPECT_THROW(ask("sampling_extraction", texts, {{"trials", 0}}), Error);
  EXPECT_THROW(ask("neighbour_mia", texts, {{"share", 0}}), Error);
  EXPECT_THROW(ask("neighbour_mia", texts, {{"neighbours", 0}}), Error);
  EXPECT_THROW(ask("gradient_norm_mia", texts, {{"norm", "2"}}), Error);
  EXPECT_THROW(ask("blind_mia", texts, {{"folds", 1}}), Error);
}

// Rows with perturbed answers also give their losses.
TEST(TeacherForced, ScoresTheOtherAnswers) {
  Example e = text("ABC", true);
  e.score_from = 2;
  e.perturbed = {{{1, 2, 4}, 2}, {{1, 2, 5, 7}, 2}};
  const Observations plain = ask("teacher_forced", {e, text("AB", true)});
  EXPECT_EQ(plain[0].numbers.at("answer_nll"), std::vector<double>{3});
  EXPECT_EQ(plain[0].numbers.at("perturbed_nll"), (std::vector<double>{4, 6}));
  EXPECT_TRUE(plain[1].numbers.empty());
  e.paraphrased = {{{1, 2, 8}, 2}};
  const Observations other = ask("teacher_forced", {e, e});
  for (const Observation& seen : other) {
    EXPECT_EQ(seen.numbers.at("answer_nll"), std::vector<double>{8});
    EXPECT_EQ(seen.numbers.at("perturbed_nll"), (std::vector<double>{4, 6}));
  }
}

}  // namespace
}  // namespace lethe
