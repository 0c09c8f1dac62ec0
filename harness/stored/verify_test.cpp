// What verify finds in a run that was edited, damaged or is whole.
#include "harness/stored/verify.h"

#include <gmock/gmock.h>

#include "harness/stored/rescore.h"
#include "harness/stored/verify_testing.h"
#include "results/redact.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Verify, AWholeRunIsOk) {
  const Verified verified = all();
  EXPECT_TRUE(verified.intact()) << to_text(verified);
  EXPECT_EQ(check(verified, "values").checked,
            static_cast<int64_t>(records_.size()));
  EXPECT_EQ(check(verified, "values").skipped, "");
  EXPECT_EQ(check(verified, "journal").verdict(), "not checked");
}

TEST_F(Verify, AnEditedValueDiffersFromItsSamples) {
  records_.front().value += 1e-9;
  write_records();
  EXPECT_THAT(only(all(), "values"), HasSubstr("none (seed 0) "
                                               "greedy_generation on forget "
                                               "rouge_l.precision: value"));
}

TEST_F(Verify, AnEditedIntervalDiffers) {
  for (Record& r : records_) {
    if (r.metric == "auroc") r.ci_high = 0.999;
  }
  write_records();
  EXPECT_THAT(only(all(), "values"), HasSubstr("ci95"));
}

TEST_F(Verify, AnEditedAnswerDiffersFromItsItem) {
  edit("samples/cell_none/greedy_generation@forget.jsonl",
       "\"output\":\"By the old ferry\"", "\"output\":\"By the old bell\"");
  const std::string found = only(all(), "values");
  EXPECT_THAT(found, HasSubstr("the texts give"));
  EXPECT_THAT(found, HasSubstr("greedy_generation@forget.jsonl:1"));
}

TEST_F(Verify, AnItemTakenOutIsMissed) {
  const std::string file = run_ +
                           "/samples/cell_none/loss_mia@forget+holdout"
                           ".jsonl";
  std::string text = read_file(file);
  write_file_atomically(file, text.substr(text.find('\n') + 1));
  const Verified verified = all();
  EXPECT_THAT(check(verified, "samples").differences.front(),
              HasSubstr("11 rows"));
}

TEST_F(Verify, ItemsExchangedAreMissed) {
  edit("samples/cell_none/loss_mia@forget+holdout.jsonl", "\"id\":\"3\"",
       "\"id\":\"99\"");
  EXPECT_THAT(only(all(), "samples"), HasSubstr("the items"));
}

TEST_F(Verify, TheSuiteHasToHaveItsHash) {
  edit("run.json", "/home/someone/model", "/home/someone/other");
  EXPECT_THAT(only(all(), "suite"), HasSubstr("suite_hash"));
}

TEST_F(Verify, ARecordOfAnotherCellOrSuiteIsNamed) {
  records_.back().cell = "cell_npo";
  records_.front().suite_hash = std::string(64, 'a');
  write_records();
  const Verified verified = all();
  const std::string text =
      testing::PrintToString(check(verified, "records").differences);
  EXPECT_THAT(text, HasSubstr("cell_npo"));
  EXPECT_THAT(text, HasSubstr("aaaaaaaaaaaa"));
}

TEST_F(Verify, AProbeThatSkippedAllItsItemsHasAnEmptyFile) {
  const std::string file = "/samples/cell_none/loss_mia@forget+holdout.jsonl";
  for (Record& r : records_) {
    const bool emptied = r.cell == "cell_none" && r.probe == "loss_mia";
    if (emptied) {
      r.value = r.ci_low = r.ci_high = std::numeric_limits<double>::quiet_NaN();
      r.n = 0;
      r.counts.skipped = r.n_expected;
    }
  }
  write_records();
  write_file_atomically(run_ + file, "");
  EXPECT_TRUE(all().intact()) << to_text(all());
}

TEST_F(Verify, ADamagedFileHidesNoLaterPass) {
  write_file_atomically(
      run_ + "/samples/cell_none/greedy_generation@forget.jsonl", "");
  edit("samples/cell_retrain/loss_mia@forget+holdout.jsonl", "\"id\":\"3\"",
       "\"id\":\"99\"");
  const auto found = check(all(), "samples").differences;
  ASSERT_EQ(found.size(), 2u) << testing::PrintToString(found);
  EXPECT_THAT(found[0], HasSubstr("holds no rows"));
  EXPECT_THAT(found[1], HasSubstr("the items"));
}

TEST_F(Verify, SamplesBehindALinkAreRefused) {
  const std::string folder = run_ + "/samples/cell_none";
  std::filesystem::rename(folder, folder_ + "/outside");
  std::filesystem::create_directory_symlink(folder_ + "/outside", folder);
  expect_refused(3, "is a link", [&] { all(); });
}

TEST_F(Verify, RescoringWritesWithinTheRunOnly) {
  const std::string folder = run_ + "/samples/cell_none";
  const std::string outside = folder_ + "/outside";
  std::filesystem::rename(folder, outside);
  std::filesystem::create_directory_symlink(outside, folder);
  const std::string file = outside + "/greedy_generation@forget.jsonl";
  const std::string before = read_file(file);
  for (const std::string& out : {std::string(), folder_ + "/copy"}) {
    expect_refused(3, "is a link", [&] {
      rescore(run_, {{"token_f1"}, Json::object(), out});
    });
  }
  EXPECT_EQ(read_file(file), before);
}

TEST_F(Verify, ARescoredRunMayBeNamedWithASlash) {
  rescore(run_ + "/", {{"exact_match"}, Json::object(), ""});
  EXPECT_THAT(
      read_file(run_ + "/samples/cell_none/greedy_generation@forget.jsonl"),
      HasSubstr("\"exact_match\""));
  EXPECT_TRUE(all().intact()) << to_text(all());
}

TEST_F(Verify, RescoredValuesAreCheckedTooAndAreNoFakes) {
  write_journal();
  rescore(run_, {{"exact_match", "token_f1"}, Json::object(), ""});
  const Verified verified = all();
  EXPECT_TRUE(verified.intact()) << to_text(verified);
  EXPECT_GT(check(verified, "values").checked,
            static_cast<int64_t>(records_.size()));
}

TEST_F(Verify, AMetricTwiceBesideAnotherIsWhole) {
  rescore(run_, {{"rouge_1"}, Json::object(), ""});
  rescore(run_, {{"rouge_l"}, {{"stemmer", true}}, ""});
  EXPECT_TRUE(all().intact()) << to_text(all());
}

TEST_F(Verify, AnEditedValueOfARedactedCopyDiffersFromItsItems) {
  redact(run_, folder_ + "/shown", {});
  run_ = folder_ + "/shown";
  EXPECT_TRUE(all().intact()) << to_text(all());
  records_ = read_records(run_);
  for (Record& r : records_) {
    if (r.label == "none" && r.field == "recall") r.value = 0.75;
  }
  write_records();
  EXPECT_THAT(only(all(), "values"),
              HasSubstr("rouge_l.recall: value is 0.75"));
}

TEST_F(Verify, AValueOfAWholeSetIsNoMeanOfAnothersItems) {
  std::vector<Json> rows = answers("none");
  for (Json& row : rows) {
    row.update({{"output_ids", {1, 2}}, {"reference_ids", {1, 3}}});
  }
  records_.clear();
  ask({"none",
       "greedy_generation",
       "forget",
       rows,
       {"rouge_l", "recall_at_errors"}});
  write_records();
  redact(run_, folder_ + "/shown", {});
  run_ = folder_ + "/shown";
  EXPECT_TRUE(all().intact()) << to_text(all());
}

TEST_F(Verify, WhatReadsSingleTokensIsNotStored) {
  std::vector<Json> rows = losses("none");
  for (Json& row : rows) row["exact_memorization"] = 0.5;
  records_.clear();
  ask({"none", "teacher_forced", "forget", rows, {"validation_loss"}});
  Record r = records_.front();
  r.field = "input";
  r.value = 0.25;
  records_.push_back(r);
  r.metric = r.field = "exact_memorization";
  r.value = 0.5;
  records_.push_back(r);
  write_records();
  const Verified verified = all();
  EXPECT_TRUE(verified.intact()) << to_text(verified);
  EXPECT_THAT(check(verified, "values").skipped, HasSubstr("1 of 3"));
  records_.back().value = 0.75;
  write_records();
  EXPECT_THAT(only(all(), "values"), HasSubstr("exact_memorization: value"));
}

TEST_F(Verify, AFileBesideTheSamplesIsNotReadAgain) {
  Record r = records_.front();
  r.metric = r.field = "mauve";
  r.metric_options = {{"features", "features.safetensors"}};
  r.value = 0.5;
  records_.push_back(r);
  write_records();
  EXPECT_TRUE(all().intact()) << to_text(all());
}

TEST_F(Verify, AHugePerplexityIsNoEditedOne) {
  std::vector<Json> rows = losses("none");
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i]["num_tokens"] = 37 + i;
    rows[i]["sum_logprob"] = -40.1 * static_cast<double>(37 + i);
  }
  records_.clear();
  ask({"none", "teacher_forced", "forget", rows, {}});
  Record r = common({"none", "teacher_forced", "forget", rows, {}});
  r.metric = r.field = "perplexity";
  r.unit = "ratio";
  r.n = 5;
  r.value = std::exp(40.1);  // of float64 sums, as the run has it
  r.ci_low = r.ci_high = r.value;
  r.ci_method = "bootstrap";
  records_.push_back(r);
  write_records();
  EXPECT_TRUE(all().intact()) << to_text(all());
}

TEST_F(Verify, TheSampleIsDrawnBySeed) {
  const Verified some = verify(run_, {.sample = 3, .seed = 1});
  EXPECT_EQ(check(some, "values").checked, 3);
  EXPECT_EQ(check(some, "values").of, static_cast<int64_t>(records_.size()));
  // Some seed draws the edited record, and not every seed does.
  records_.front().value += 0.5;
  write_records();
  int found = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    found += verify(run_, {.sample = 3, .seed = seed}).intact() ? 0 : 1;
  }
  EXPECT_GT(found, 0);
  EXPECT_LT(found, 40);
}

TEST_F(Verify, TrainingThatGoesBackIsNamed) {
  make_folder(run_ + "/curves");
  write_file_atomically(run_ + "/curves/cell_none.jsonl",
                        "{\"step\":1,\"tokens\":10,\"seconds\":1}\n"
                        "{\"step\":2,\"tokens\":9,\"seconds\":2}\n");
  EXPECT_THAT(only(all(), "curves"), HasSubstr("tokens falls from 10 to 9"));
}

TEST_F(Verify, DataAreComparedWithTheirHash) {
  write_file_atomically(folder_ + "/f.jsonl", "{\"text\":\"a\"}\n");
  Json run = read_json(run_ + "/run.json");
  run["suite"]["data"] = {{"forget", {{"file", "f.jsonl"}}}};
  run["suite_hash"] = sha256(canonical(run["suite"]));
  run["suite_folder"] = folder_;
  run["data_hashes"] = {{"forget", rows_hash(read_rows(folder_ + "/f.jsonl"))}};
  write_file_atomically(run_ + "/run.json", run.dump());
  for (Record& r : records_) r.suite_hash = "";
  write_records();
  EXPECT_EQ(check(all(), "data forget").verdict(), "ok");
  write_file_atomically(folder_ + "/f.jsonl", "{\"text\":\"b\"}\n");
  EXPECT_THAT(only(all(), "data forget"), HasSubstr("f.jsonl"));
  std::filesystem::remove(folder_ + "/f.jsonl");
  EXPECT_EQ(check(all(), "data forget").verdict(), "not checked");
}

TEST_F(Verify, TruncatedFilesAreErrorsWithTheirLine) {
  const std::string text = read_file(run_ + "/records.jsonl");
  write_file_atomically(run_ + "/records.jsonl",
                        text.substr(0, text.size() / 2));
  expect_refused(3, "records.jsonl:", [&] { all(); });
}

}  // namespace
}  // namespace lethe
