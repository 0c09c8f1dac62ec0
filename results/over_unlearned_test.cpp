#include "results/over_unlearned.h"

#include <gtest/gtest.h>

#include "results/leaderboard.h"
#include "results/test_records.h"

namespace lethe {
namespace {

// A loss of teacher_forced with an interval of 0.1 to either side.
Record loss(Record base, const std::string& split, double nats,
            const std::string& want = "high") {
  base.probe = "teacher_forced";
  base.metric = "perplexity";
  base.field = "loss";
  base.split = split;
  base.want = want;
  base.unit = "nats";
  base.value = nats;
  base.ci_low = nats - 0.1;
  base.ci_high = nats + 0.1;
  base.n = base.n_expected = 40;
  return base;
}

// The flags of the row of `method`, "" without any.
std::string flags(const std::vector<Record>& records,
                  const std::string& method) {
  std::string text;
  for (const TableRow& row : make_table(records).rows) {
    if (row.method != method) continue;
    for (const RowFlag& flag : row.flags) {
      text += flag.flag + ": " + flag.reason + "\n";
    }
  }
  return text;
}

TEST(OverUnlearned, IsALossBeyondRetrainsInterval) {
  const auto board = [](double npo) {
    return std::vector<Record>{loss(test_record("none"), "forget", 0.3),
                               loss(test_record("retrain"), "forget", 3.9),
                               loss(test_record("npo"), "forget", npo)};
  };
  EXPECT_EQ(flags(board(9), "npo"),
            "over-unlearned: forget perplexity loss 9.000 [8.900, 9.100], "
            "retrain's 3.900 "
            "[3.800, 4.000]\n");
  EXPECT_EQ(flags(board(4.05), "npo"), "") << "the intervals overlap";
  EXPECT_EQ(flags(board(1), "npo"), "") << "it forgot too little";
  EXPECT_EQ(flags(board(9), "retrain"), "");
}

TEST(OverUnlearned, IsAMemoryBelowRetrainsInterval) {
  const auto board = [](const std::string& metric, const std::string& want,
                        double npo) {
    std::vector<Record> all = {extraction(test_record("retrain"), 0.4),
                               extraction(test_record("npo"), npo)};
    for (Record& r : all) {
      r.metric = r.field = metric;
      r.want = want;
    }
    return all;
  };
  EXPECT_NE(flags(board("rouge_l", "low", 0.2), "npo"), "");
  EXPECT_NE(flags(board("auroc", "near", 0.2), "npo"), "");
  EXPECT_EQ(flags(board("auroc", "near", 0.7), "npo"), "");
  EXPECT_EQ(flags(board("rouge_l", "high", 0.2), "npo"), "");
  EXPECT_EQ(flags(board("gibberish_rate", "low", 0.2), "npo"), "");
  EXPECT_EQ(flags(board("truth_ratio", "near", 0.2), "npo"), "");
}

TEST(OverUnlearned, RestsOnForgetSplitsOnly) {
  std::vector<Record> records = {extraction(test_record("retrain"), 0.4),
                                 extraction(test_record("npo"), 0.1)};
  for (Record& r : records) r.split = "retain";
  EXPECT_EQ(flags(records, "npo"), "");
  for (Record& r : records) r.role = "forget";
  EXPECT_NE(flags(records, "npo"), "") << "the role counts, not the name";
}

TEST(OverUnlearned, NeedsIntervalsAndEqualItems) {
  Record npo = loss(test_record("npo"), "forget", 9);
  const Record retrain = loss(test_record("retrain"), "forget", 3.9);
  npo.ci_low = npo.ci_high = NAN;
  EXPECT_EQ(flags({retrain, npo}, "npo"), "");
  npo = loss(test_record("npo"), "forget", 9);
  npo.items_hash = "others";
  Record with_items = retrain;
  with_items.items_hash = "first";
  EXPECT_EQ(flags({with_items, npo}, "npo"), "");
}

TEST(OverUnlearned, WithoutRetrainControlsDecide) {
  const auto board = [](double forget, double controls) {
    return std::vector<Record>{
        loss(test_record("none"), "forget", 9),
        loss(test_record("npo"), "forget", forget),
        loss(test_record("npo"), "holdout", controls, "")};
  };
  EXPECT_EQ(flags(board(9, 4), "npo"),
            "over-unlearned: forget perplexity loss 9.000 [8.900, 9.100], "
            "holdout's 4.000 "
            "[3.900, 4.100]\n");
  EXPECT_EQ(flags(board(4.1, 4), "npo"), "");
  EXPECT_EQ(flags(board(3, 4), "npo"), "");
  std::vector<Record> with_retrain = board(9, 4);
  with_retrain.push_back(loss(test_record("retrain"), "forget", 9));
  EXPECT_EQ(flags(with_retrain, "npo"), "") << "retrain decides";
}

TEST(OverUnlearned, IsShownInEveryFormat) {
  const Table table = make_table({loss(test_record("retrain"), "forget", 3.9),
                                  loss(test_record("npo"), "forget", 9)});
  EXPECT_EQ(to_json(table)["rows"][1]["flags"][0]["flag"], "over-unlearned");
  for (const std::string& text : {to_terminal(table), to_markdown(table)}) {
    EXPECT_NE(text.find("npo (over-unlearned)"), std::string::npos) << text;
    EXPECT_NE(text.find("over-unlearned: npo: forget perplexity loss 9.00"),
              std::string::npos)
        << text;
  }
  EXPECT_NE(to_summary(table).find("over-unlearned: npo: "), std::string::npos);
  EXPECT_NE(to_html(table).find("<small>over-unlearned</small>"),
            std::string::npos);
  EXPECT_NE(to_csv(table).find("over-unlearned: forget perplexity loss 9.00"),
            std::string::npos);
}

TEST(SameModelFlags, StandInTheTable) {
  std::vector<Record> records = {extraction(test_record("none"), 0.9),
                                 extraction(test_record("npo"), 0.9)};
  records[1].model_hash = records[0].model_hash;
  records[1].cell = "c1";
  EXPECT_EQ(flags(records, "npo"),
            "unchanged: the weights are those that the run started from\n");
}

}  // namespace
}  // namespace lethe
