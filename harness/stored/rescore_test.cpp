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
  EXPECT_THAT(reasons, HasSubstr("no answers")) << "of probes without texts";
  expect_refused(5, "exact_memorization",
                 [&] { with({"exact_memorization"}); });
}

TEST_F(Rescore, WhatReadsSingleTokensIsNoNullOfSums) {
  const Rescored rescored = with({"validation_loss"});
  ASSERT_EQ(rescored.added.size(), 2u);
  for (const Record& r : rescored.added) {
    EXPECT_EQ(r.field, "supervised");
    EXPECT_TRUE(r.finite());
  }
  std::vector<std::string> names;
  for (const NotScored& one : rescored.skipped) names.push_back(one.metric);
  EXPECT_THAT(names, testing::Contains("validation_loss.input"));
}

TEST_F(Rescore, AnAbsentAnswerIsNoEmptyOne) {
  const Rescored rescored = with({"fluency"});
  std::set<std::string> probes;
  for (const Record& r : rescored.added) probes.insert(r.probe);
  EXPECT_THAT(probes, testing::ElementsAre("greedy_generation"));
  ASSERT_FALSE(rescored.skipped.empty());
  EXPECT_THAT(rescored.skipped.front().reason, HasSubstr("no answers"));
}

TEST_F(Rescore, AReferenceBesideNoAnswerMakesNoWrongOne) {
  for (const char* row : {"none", "retrain"}) {
    const std::string file = fmt::format(
        "{}/samples/cell_{}/teacher_forced@forget.jsonl", run_, row);
    std::vector<Json> rows;
    for (const std::string& line : read_lines(file)) {
      rows.push_back(parse_json(line, file));
      rows.back()["reference"] = "By the old ferry";
    }
    write_file_atomically(file, lines(rows));
  }
  std::set<std::string> probes;
  for (const Record& r : with({"rouge_1", "token_f1"}).added) {
    probes.insert(r.probe);
  }
  EXPECT_THAT(probes, testing::ElementsAre("greedy_generation"));
}

TEST_F(Rescore, ThreeMetricsOfOneFieldKeepTheirItems) {
  std::vector<Json> rows = answers("none");
  rows[1]["output"] = "Mira Tolland ringing it";  // stems make it 4 of 5
  records_.clear();
  ask({"none", "greedy_generation", "forget", rows, {"rouge_1"}});
  write_records();
  const Record stems = record_of(
      with({"rouge_l"}, "", {{"stemmer", true}}).added, "none", "recall");
  const Record plain = record_of(with({"rouge_l"}).added, "none", "recall");
  EXPECT_DOUBLE_EQ(stems.value, (1 + 0.8 + 0) / 3);
  EXPECT_DOUBLE_EQ(plain.value, (1 + 0.6 + 0) / 3);
  EXPECT_EQ(item_values(run_, stems).missing, "");
  EXPECT_EQ(item_values(run_, plain).missing, "");
}

TEST_F(Rescore, AMetricIsAddedWithAllItsFieldsOrNotAtAll) {
  for (Record& r : records_) {
    if (r.label != "none" || r.metric != "rouge_l") continue;
    r.versions["imported"] = "open-unlearning";
    if (r.field == "recall") r.value += 0.25;  // of another definition
  }
  ASSERT_EQ(records_.front().metric_name(), "rouge_l.precision");
  records_.erase(records_.begin());
  write_records();
  const Rescored rescored = with({"rouge_l", "exact_match"});
  for (const Record& r : rescored.added) {
    EXPECT_NE(r.metric_name(), "rouge_l.precision");
  }
  EXPECT_FALSE(rescored.added.empty());
  EXPECT_EQ(rescored.there_already, 3) << "of the other row";
}

TEST_F(Rescore, ARunThatIsStillGoingIsRefused) {
  edit("run.json", "\"complete\"", "\"running\"");
  expect_refused(2, "running", [&] { with({"exact_match"}); });
  edit("run.json", "\"running\"", "\"failed\"");
  EXPECT_FALSE(with({"exact_match"}).added.empty());
}

TEST_F(Rescore, AFileBesideTheSamplesIsRefused) {
  expect_refused(2, "reads a file", [&] {
    with({"mauve"}, "", {{"features", "features.safetensors"}});
  });
}

TEST_F(Rescore, AProbeThatCouldUseNoItemHasNoValueAgain) {
  write_file_atomically(
      run_ + "/samples/cell_none/greedy_generation@forget.jsonl", "");
  const Rescored rescored = with({"exact_match"});
  const Record& r = record_of(rescored.added, "none", "exact_match");
  EXPECT_FALSE(r.finite());
  EXPECT_EQ(r.n, 0);
  EXPECT_THAT(r.message, HasSubstr("no items"));
}

TEST_F(Rescore, SumsOfLogProbsComeBackAsTheyWere) {
  const std::string file = folder_ + "/sums.jsonl";
  write_file_atomically(
      file,
      "{\"id\":1,\"num_tokens\":7,\"sum_logprob\":-142.7}\n"
      "{\"id\":2,\"num_tokens\":1,\"sum_logprob\":-20.375}\n");
  const Samples samples = read_pass_samples(file);
  // The mean, -20.3857.., is no float32: seven of it are 4e-6 beside the sum.
  EXPECT_NEAR(samples.observations[0].statistics->sum_logprob(), -142.7, 1e-6);
  EXPECT_EQ(samples.observations[1].statistics->sum_logprob(), -20.375);
  EXPECT_TRUE(agrees(std::exp(20.4), std::exp(20.4 + 1e-5), 1e-6, "ratio"));
  EXPECT_FALSE(agrees(std::exp(20.4), std::exp(20.4 + 1e-5), 1e-6, "nats"));
  EXPECT_FALSE(agrees(std::exp(20.4), std::exp(20.4 + 1e-4), 1e-6, "ratio"));
}

TEST_F(Rescore, TextsThatNoModelReadsAreRefused) {
  const std::string file = folder_ + "/long.jsonl";
  const auto refused = [&](const std::string& tokens, size_t rows) {
    std::string text;
    for (size_t i = 0; i < rows; ++i) {
      text += "{\"id\":1,\"num_tokens\":" + tokens + ",\"sum_logprob\":-1}\n";
    }
    write_file_atomically(file, text);
    expect_refused(3, "num_tokens", [&] { read_pass_samples(file); });
  };
  refused("5000000", 1);
  refused("4000000", 26);
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
