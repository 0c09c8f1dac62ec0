// New metrics on stored samples.
#include "harness/stored/rescore.h"

#include <gmock/gmock.h>

#include "harness/stored/stored_testing.h"
#include "results/item_values.h"

namespace lethe {
namespace {

using testing::HasSubstr;

class Rescore : public StoredRunTest {
 protected:
  Rescored with(const std::vector<std::string>& metrics,
                const std::string& out = "",
                const Json& set = Json::object()) const {
    return rescore(run_, {metrics, set, out});
  }
};

const Record& record_of(const std::vector<Record>& records,
                        const std::string& label, const std::string& field) {
  for (const Record& r : records) {
    if (r.label == label && r.field == field) return r;
  }
  throw std::runtime_error("no record of " + label + " " + field);
}

TEST_F(Rescore, GivesWhatTheMetricGivesOnTheSameTexts) {
  const Rescored rescored = with({"exact_match", "rouge_1"});
  // none has 4 of 5 words of "Mira Tolland rings it daily", all of the first
  // and nothing of the third.
  EXPECT_DOUBLE_EQ(record_of(rescored.added, "none", "recall").value,
                   (1 + 0.8 + 0) / 3);
  EXPECT_DOUBLE_EQ(record_of(rescored.added, "none", "exact_match").value,
                   1.0 / 3);
  EXPECT_EQ(record_of(rescored.added, "retrain", "exact_match").value, 0);
  EXPECT_EQ(read_records(run_).size(), records_.size() + rescored.added.size());
}

TEST_F(Rescore, RecordsHaveTheProvenanceOfTheirPassAndSayWhoMeasured) {
  const Rescored rescored = with({"exact_match"});
  const Record& r = record_of(rescored.added, "none", "exact_match");
  EXPECT_EQ(r.cell, "cell_none");
  EXPECT_EQ(r.model_hash, sha256("none"));
  EXPECT_EQ(r.items_hash, records_.front().items_hash);
  EXPECT_EQ(r.versions["lethe"], "0.1.0") << "the program that asked the model";
  EXPECT_THAT(r.versions["rescored"].get<std::string>(), HasSubstr("lethe "));
  EXPECT_EQ(r.want, "");
}

TEST_F(Rescore, TheItemsBehindTheValueAreInTheSamples) {
  const Rescored rescored = with({"rouge_1", "exact_match"});
  // rouge_l gave recall before: rouge_1's has its name before it.
  for (const Record& r : rescored.added) {
    const ItemValues items = item_values(run_, r);
    EXPECT_EQ(items.missing, "") << r.metric_name();
    EXPECT_EQ(items.values.size(), 3u);
  }
  const std::string text =
      read_file(run_ + "/samples/cell_none/greedy_generation@forget.jsonl");
  EXPECT_THAT(text, HasSubstr("\"rouge_1.recall\""));
}

TEST_F(Rescore, TheSameMetricWithOtherOptionsKeepsItsOwnItems) {
  const Rescored rescored = with({"rouge_l"}, "", {{"stemmer", true}});
  const Record& r = record_of(rescored.added, "none", "recall");
  EXPECT_EQ(r.metric_options, (Json{{"stemmer", true}}));
  EXPECT_EQ(item_values(run_, r).missing, "");
}

TEST_F(Rescore, AReferenceIsReadFromTheRunsReferenceRow) {
  const Rescored rescored = with({"forget_quality"});
  double own = 2, reference = 2;
  for (const Record& r : rescored.added) {
    if (r.field != "p" || r.probe != "teacher_forced") continue;
    (r.label == "none" ? own : reference) = r.value;
  }
  EXPECT_DOUBLE_EQ(reference, 1) << "the reference against itself";
  EXPECT_LT(own, 0.05) << "five ratios of each, apart";
}

TEST_F(Rescore, WhatIsThereAlreadyIsNotAddedAgain) {
  const Rescored first = with({"auroc"});
  EXPECT_TRUE(first.added.empty());
  EXPECT_EQ(first.there_already, 2);
  with({"exact_match"});
  const Rescored second = with({"exact_match"});
  EXPECT_TRUE(second.added.empty());
}

TEST_F(Rescore, WhatWasNotStoredIsSkippedWithTheReason) {
  const Rescored rescored = with({"exact_match", "refusal_rate"});
  std::string reasons;
  for (const NotScored& one : rescored.skipped) reasons += one.reason + "\n";
  EXPECT_THAT(reasons, HasSubstr("counts verdicts"));
  EXPECT_THAT(reasons, HasSubstr("reference")) << "of probes without texts";
  expect_refused(5, "exact_memorization",
                 [&] { with({"exact_memorization"}); });
}

TEST_F(Rescore, ACopyLeavesTheRunAsItWas) {
  const std::string before = read_file(run_ + "/records.jsonl");
  with({"exact_match"}, folder_ + "/copy");
  EXPECT_EQ(read_file(run_ + "/records.jsonl"), before);
  EXPECT_GT(read_records(folder_ + "/copy").size(), records_.size());
  EXPECT_TRUE(exists(folder_ + "/copy/run.json"));
  expect_refused(2, "is not empty",
                 [&] { with({"exact_match"}, folder_ + "/copy"); });
}

TEST_F(Rescore, AnEditedValueIsNoGroundToAddOthers) {
  records_.front().value += 0.01;
  write_records();
  expect_refused(3, "verify", [&] { with({"rouge_l"}); });
}

TEST_F(Rescore, MistakesAreRefusedByName) {
  expect_refused(2, "rouge_l", [&] { with({"rouge_ll"}); });
  expect_refused(2, "stemmer", [&] {
    with({"rouge_l"}, "", {{"stem", true}});
  });
  std::filesystem::remove(run_ + "/records.jsonl");
  expect_refused(2, "records.jsonl", [&] { with({"rouge_l"}); });
}

TEST_F(Rescore, DamagedSamplesAreNamedWithTheirLine) {
  const std::string file = "samples/cell_none/greedy_generation@forget.jsonl";
  const std::string text = read_file(run_ + "/" + file);
  write_file_atomically(run_ + "/" + file, text.substr(0, text.size() - 20));
  const Rescored rescored = with({"exact_match"});
  std::string reasons;
  for (const NotScored& one : rescored.skipped) reasons += one.reason + "\n";
  EXPECT_THAT(reasons, HasSubstr("greedy_generation@forget.jsonl:3"));
}

}  // namespace
}  // namespace lethe
