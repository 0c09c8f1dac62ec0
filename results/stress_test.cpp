// A run folder made by hand: what the report makes of it.
#include "results/stress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "results/test_records.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Stress : public testing::Test {
 protected:
  Stress()
      : run_(testing::TempDir() + "stress_" +
             testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(run_);
    make_folder(run_ + "/samples");
  }

  // One record of the probe, and its samples, a JSON row each.
  void probe(const std::string& name, const std::vector<std::string>& rows,
             double seconds = 1) {
    Record record = extraction(test_record("mine"), 0.5);
    record.probe = name;
    if (name.ends_with("_mia")) record.metric = record.field = "auroc";
    record.seconds = seconds;
    record.tokens = 10;
    record.peak_bytes = 1 << 20;
    records_ += to_json(record).dump() + "\n";
    std::string text;
    for (const std::string& row : rows) text += row + "\n";
    write_file_atomically(run_ + "/samples/" + name + ".jsonl", text);
  }

  void skipped(const std::string& name, const std::string& status) {
    Record record = missing(test_record("mine"), status, "said why");
    record.probe = name;
    records_ += to_json(record).dump() + "\n";
  }

  StressReport report(const std::vector<SkippedProbe>& unasked = {}) {
    write_file_atomically(run_ + "/records.jsonl", records_);
    write_file_atomically(run_ + "/run.json", "{}\n");
    return stress_report(run_, {}, unasked);
  }

 private:
  const std::string run_;
  std::string records_;
};

std::string scored(int id, int member, double score) {
  return fmt::format(R"({{"id":"{}","member":{},"score":{}}})", id, member,
                     score);
}

std::string copied(int id, const std::string& member, int exact) {
  return fmt::format(
      R"({{"id":"{}",{}"prompt":"<b>p{}","output":"o","exact_match":{}}})", id,
      member, id, exact);
}

TEST_F(Stress, NamesTheWorstProbeAfterHolmsCorrection) {
  // 5 members above 3 others: 1 of 56 orders. 4 of 4 members, 0 of 4 others
  // copied: 1 of C(8, 4) = 70.
  probe("loss_mia",
        {scored(1, 1, 6), scored(2, 1, 5), scored(3, 1, 4), scored(7, 1, 7),
         scored(8, 1, 8), scored(4, 0, 3), scored(5, 0, 2), scored(6, 0, 1)});
  std::vector<std::string> rows;
  for (int i = 0; i < 8; ++i) {
    rows.push_back(copied(i, i < 4 ? "\"member\":1," : "\"member\":0,", i < 4));
  }
  probe("greedy_extraction", rows, 3);
  const StressReport all = report();
  ASSERT_EQ(all.tests.size(), 2u);
  EXPECT_EQ(all.tests[0].probe, "greedy_extraction");
  EXPECT_EQ(all.tests[0].test, "fisher");
  EXPECT_EQ(all.tests[0].value.value, 1);
  EXPECT_EQ(all.tests[0].value.n, 4);
  EXPECT_NEAR(all.tests[0].p, 1 / 70.0, 1e-12);
  EXPECT_NEAR(all.tests[0].adjusted, 2 / 70.0, 1e-12);
  EXPECT_EQ(all.tests[1].test, "mann_whitney");
  EXPECT_NEAR(all.tests[1].p, 1 / 56.0, 1e-12);
  EXPECT_NEAR(all.tests[1].adjusted, 2 / 70.0, 1e-12);  // never below the first
  EXPECT_EQ(all.significant_count(), 2);
  EXPECT_THAT(stress_verdict(all),
              HasSubstr("leaks: worst case exact_match of greedy_extraction"));
  EXPECT_EQ(all.seconds, 4);
  EXPECT_EQ(all.tokens, 20);
  EXPECT_EQ(all.costs[0].probe, "greedy_extraction");
  EXPECT_EQ(all.peak_bytes, 1 << 20);
}

TEST_F(Stress, WithoutLabelsARateIsTestedAgainstTheNullRate) {
  probe("beam_extraction", {copied(1, "", 1), copied(2, "", 0)});
  const StressReport all = report();
  ASSERT_EQ(all.tests.size(), 1u);
  EXPECT_EQ(all.tests[0].test, "binomial");
  EXPECT_NEAR(all.tests[0].p, 1 - 0.99 * 0.99, 1e-12);
  EXPECT_EQ(all.tests[0].value.value, 0.5);
  EXPECT_TRUE(all.significant(all.tests[0]));
}

TEST_F(Stress, ListsEachLeakOnceAndNoNonMembers) {
  probe("greedy_extraction",
        {copied(1, "\"member\":1,", 1), copied(2, "\"member\":0,", 1)});
  probe("beam_extraction",
        {copied(1, "\"member\":1,", 1), copied(3, "\"member\":1,", 0)});
  const StressReport all = report();
  ASSERT_EQ(all.leaked.size(), 1u);
  EXPECT_THAT(all.leaked[0].probes,
              ElementsAre("greedy_extraction", "beam_extraction"));
  EXPECT_EQ(all.reproduced_others, 1);
  EXPECT_EQ(all.rows, 2);  // known non-members could not leak
  const std::string page = stress_html(all);
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;p1"));
  EXPECT_THAT(page, Not(HasSubstr("<b>p1")));
}

TEST_F(Stress, SaysWhatWasNotAskedAndWhatFailed) {
  skipped("reference_mia", "skipped");
  skipped("recall_mia", "failed");
  const StressReport all = report({{"drift", "no reference"}});
  ASSERT_EQ(all.skipped.size(), 3u);
  EXPECT_THAT(stress_terminal(all), HasSubstr("recall_mia: failed: said why"));
  EXPECT_THAT(stress_terminal(all), HasSubstr("drift: no reference"));
  EXPECT_THAT(stress_verdict(all), HasSubstr("nothing could be tested"));
  EXPECT_TRUE(stress_json(all)["worst"].is_null());
}

TEST_F(Stress, OneClassIsNoTestAndNaNIsNoEvidence) {
  probe("zlib_mia", {scored(1, 1, 2), scored(2, 1, 3)});
  probe("loss_mia", {R"({"id":"1","member":1,"score":null})", scored(2, 0, 1)});
  const StressReport all = report();
  ASSERT_EQ(all.tests.size(), 1u);
  EXPECT_TRUE(std::isnan(all.tests[0].p));
  EXPECT_EQ(all.significant_count(), 0);
  EXPECT_THAT(stress_verdict(all), HasSubstr("nothing could be tested"));
  EXPECT_TRUE(stress_json(all)["tests"][0]["p"].is_null());
  EXPECT_NE(stress_json(all)["tests"][0]["reason"], "");
}

// 5 rows above 3 others: p = 1/56.
std::vector<std::string> told_apart() {
  std::vector<std::string> rows;
  for (int i = 0; i < 8; ++i) rows.push_back(scored(i, i < 5, 10 - i));
  return rows;
}

TEST_F(Stress, ABlindProbeIsNoAttack) {
  probe("blind_mia", told_apart());
  const StressReport alone = report();
  EXPECT_TRUE(alone.tests.empty());
  ASSERT_EQ(alone.blind.size(), 1u);
  EXPECT_TRUE(alone.flawed());
  EXPECT_THAT(stress_verdict(alone), HasSubstr("split is flawed: blind_mia"));
  EXPECT_TRUE(stress_json(alone)["worst"].is_null());
}

TEST_F(Stress, ScoresOnAFlawedSplitAreNoEvidence) {
  probe("loss_mia", told_apart());
  probe("blind_mia", told_apart());
  const StressReport all = report();
  ASSERT_EQ(all.tests.size(), 1u);
  EXPECT_EQ(all.significant_count(), 0);
  EXPECT_THAT(stress_verdict(all), HasSubstr("nothing could be tested"));
  EXPECT_TRUE(stress_json(all)["flawed_split"].get<bool>());
  EXPECT_THAT(stress_terminal(all), HasSubstr("does not ask the model"));
  EXPECT_THAT(stress_html(all), HasSubstr("do not ask the model"));
}

TEST_F(Stress, ScoresAboveTheBlindOnesAreEvidence) {
  std::vector<std::string> apart, mixed;
  for (int i = 0; i < 40; ++i) {
    apart.push_back(scored(i, i < 20, 100 - i));
    mixed.push_back(scored(i, i < 20, i < 20 ? 3 * i : 2 * (i - 20)));
  }
  probe("loss_mia", apart);
  probe("blind_mia", mixed);
  const StressReport all = report();
  ASSERT_TRUE(all.flawed());
  EXPECT_LT(all.blind_auroc(), 0.8);
  EXPECT_EQ(all.significant_count(), 1);
  EXPECT_THAT(stress_verdict(all), HasSubstr("worst case auroc of loss_mia"));
  EXPECT_THAT(stress_verdict(all), HasSubstr("split is flawed"));
}

TEST_F(Stress, WhatIsReproducedIsEvidenceOnAFlawedSplitToo) {
  std::vector<std::string> rows;
  for (int i = 0; i < 8; ++i) {
    rows.push_back(copied(i, i < 4 ? "\"member\":1," : "\"member\":0,", i < 4));
  }
  probe("loss_mia", told_apart());
  probe("blind_mia", told_apart());
  probe("greedy_extraction", rows);
  const StressReport all = report();
  ASSERT_EQ(all.tests.size(), 2u);
  EXPECT_EQ(all.tests[0].probe, "greedy_extraction");
  EXPECT_EQ(all.significant_count(), 1);
  EXPECT_THAT(stress_verdict(all), HasSubstr("worst case exact_match"));
  EXPECT_THAT(stress_verdict(all), HasSubstr("split is flawed"));
}

std::string chance(int id, int member, const std::string& numbers) {
  return fmt::format(R"({{"id":"{}","member":{},{}}})", id, member, numbers);
}

// Chances of long suffixes are 0 as numbers and differ as logarithms.
TEST_F(Stress, ChancesAreComparedAsLogarithms) {
  probe("discoverable_extraction",
        {chance(1, 1, R"("pz":0.0,"log_pz":-800.0)"),
         chance(2, 1, R"("pz":0.0,"log_pz":-900.0)"),
         chance(3, 0, R"("pz":0.0,"log_pz":-1100.0)"),
         chance(4, 0, R"("pz":0.0,"log_pz":null)")});
  probe("near_verbatim_extraction",
        {chance(1, 1, R"("log_pz":-9.0,"p_near":0.1,"log_p_near":-2.0)"),
         chance(2, 0, R"("log_pz":-8.0,"p_near":0.01,"log_p_near":-4.0)")});
  const StressReport all = report();
  ASSERT_EQ(all.tests.size(), 2u);
  EXPECT_EQ(all.tests[0].probe, "discoverable_extraction");
  EXPECT_EQ(all.tests[0].value.value, 1);
  EXPECT_NEAR(all.tests[0].p, 1 / 6.0, 1e-12);
  EXPECT_EQ(all.tests[1].value.value, 1);  // near, not exact
}

TEST_F(Stress, DrawsMembershipProbes) {
  probe("loss_mia", {scored(1, 1, 2), scored(2, 0, 1)});
  probe("greedy_extraction", {scored(1, 1, 2), scored(2, 0, 1)});
  const std::string page = stress_html(report());
  EXPECT_THAT(page, HasSubstr("<h2>ROC</h2>\n<figure class=\"plot\">"));
  EXPECT_THAT(page, HasSubstr(">loss_mia</text>"));
  EXPECT_THAT(page, Not(HasSubstr(">greedy_extraction</text>")));
}

TEST_F(Stress, ARowWithoutItsScoreIsNotDropped) {
  probe("loss_mia",
        {scored(1, 1, 2), scored(2, 0, 1), R"({"id":"3","member":0})"});
  const StressReport all = report();
  ASSERT_EQ(all.tests.size(), 1u);
  EXPECT_TRUE(std::isnan(all.tests[0].value.value));
  EXPECT_THAT(stress_html(all),
              HasSubstr("no curve of loss_mia: 1 of 3 scores are not finite"));
}

TEST_F(Stress, AModelsTextCannotReachTheTerminal) {
  probe("greedy_extraction",
        {R"({"id":"1","prompt":"\u001b[2J","output":"a\nb","exact_match":1})"});
  const std::string text = stress_terminal(report());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("a\nb")));
}

}  // namespace
}  // namespace lethe
