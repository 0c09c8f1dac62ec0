#include "results/table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "results/test_records.h"

namespace lethe {
namespace {

// The cell of the named row and column key; fails the test when absent.
const TableCell& cell_at(const Table& table, const std::string& row,
                         const std::string& key) {
  static const TableCell kAbsent;
  for (const TableRow& r : table.rows) {
    if (r.name != row) continue;
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].key == key) return r.cells[c];
    }
  }
  ADD_FAILURE() << "no cell " << row << " / " << key;
  return kAbsent;
}

std::vector<std::string> names(const Table& table) {
  std::vector<std::string> all;
  for (const TableRow& row : table.rows) all.push_back(row.name);
  return all;
}

using Names = std::vector<std::string>;
const char* const kExtraction =
    "greedy_extraction.exact_match.exact_match.forget";

ColumnGroup group_of_record(const std::string& probe, const std::string& metric,
                            const std::string& split, const std::string& want) {
  Record r = test_record("none");
  r.probe = probe;
  r.metric = r.field = metric;
  r.split = split;
  r.want = want;
  r.unit = metric == "perplexity" ? "perplexity" : "fraction";
  r.value = 1;
  return make_table({r}).columns.at(0).group;
}

TEST(Table, OfNothingIsEmpty) {
  const Table table = make_table({});
  EXPECT_TRUE(table.rows.empty());
  EXPECT_TRUE(table.columns.empty());
  EXPECT_TRUE(table.notes.empty());
}

TEST(Table, PutsColumnsInTheirGroups) {
  EXPECT_EQ(group_of_record("greedy_generation", "rouge_l", "forget", "low"),
            ColumnGroup::forgetting);
  EXPECT_EQ(
      group_of_record("teacher_forced", "forget_quality", "forget10", "high"),
      ColumnGroup::forgetting);
  EXPECT_EQ(group_of_record("", "acc", "test", "low"), ColumnGroup::forgetting);
  EXPECT_EQ(group_of_record("greedy_generation", "rouge_l", "retain", "high"),
            ColumnGroup::utility);
  EXPECT_EQ(group_of_record("teacher_forced", "perplexity", "retain", "low"),
            ColumnGroup::utility);
  EXPECT_EQ(group_of_record("teacher_forced", "perplexity", "books", "low"),
            ColumnGroup::utility);
  EXPECT_EQ(group_of_record("teacher_forced", "drift", "retain90", "low"),
            ColumnGroup::utility);
  EXPECT_EQ(group_of_record("blind_mia", "both_sides", "forget,holdout", ""),
            ColumnGroup::attacks);
  EXPECT_EQ(group_of_record("loss_mia", "auroc", "forget,holdout", "near"),
            ColumnGroup::attacks);
  EXPECT_EQ(group_of_record("loss_mia", "tpr_at_fpr", "forget", "low"),
            ColumnGroup::attacks);
  EXPECT_EQ(group_of_record("beam_extraction", "exact_match", "forget", "low"),
            ColumnGroup::attacks);
  EXPECT_EQ(group_of_record("", "cost", "", ""), ColumnGroup::cost);
  EXPECT_EQ(group_of_record("teacher_forced", "entropy", "forget", ""),
            ColumnGroup::other);
}

TEST(Table, TakesTheRoleOfASplitBeforeItsName) {
  Record r = extraction(test_record("none"), 0.5);
  r.probe = "greedy_generation";
  r.split = "authors";
  const auto group = [&](const char* role, const char* want) {
    r.role = role;
    r.want = want;
    return make_table({r}).columns.at(0).group;
  };
  EXPECT_EQ(group("forget", "high"), ColumnGroup::forgetting);
  EXPECT_EQ(group("retain", "high"), ColumnGroup::utility);
  EXPECT_EQ(group("retain", "low"), ColumnGroup::utility);
  EXPECT_EQ(group("forget", "low"), ColumnGroup::forgetting);
  EXPECT_EQ(group("holdout", "low"), ColumnGroup::forgetting);
  r.split = "forget_like";
  EXPECT_EQ(group("retain", "high"), ColumnGroup::utility);
}

TEST(Table, KeepsIdentityRowsFirstInOrderOfAppearance) {
  Record after = test_record("npo");
  after.transform = Json::array({"quantise:form=nf4"});
  Record object = test_record("none");
  object.transform = Json::array(
      {Json{{"name", "relearn"}, {"set", {{"steps", 50}, {"n", 10}}}}});
  const Table table = make_table(
      {extraction(after, 0.4), extraction(test_record("none"), 0.9),
       extraction(object, 0.9), extraction(test_record("npo"), 0.3)});
  EXPECT_EQ(names(table), (Names{"none", "npo", "npo + quantise:form=nf4",
                                 "none + relearn:n=10,steps=50"}));
}

TEST(Table, NamesRowsByLabelOrMethodWithOptions) {
  Record plain = test_record("npo"), tuned = test_record("npo");
  tuned.method_options = {{"beta", 0.5}};
  Record ours = test_record("checkpoint"), theirs = test_record("checkpoint");
  ours.label = theirs.label = "ours";
  ours.method_options = {{"model", "A"}};
  theirs.method_options = {{"model", "B"}};
  Record named = test_record("npo");
  named.label = "baseline";
  const Table table = make_table(
      {extraction(plain, 0.1), extraction(tuned, 0.2), extraction(ours, 0.3),
       extraction(theirs, 0.4), extraction(named, 0.5)});
  EXPECT_EQ(names(table),
            (Names{"npo", "npo:beta=0.5", "ours (checkpoint:model=A)",
                   "ours (checkpoint:model=B)", "baseline"}));
}

TEST(Table, AveragesSeedsAndKeepsTheItemIntervalApart) {
  const Table table = make_table({extraction(test_record("npo", 0), 0.2),
                                  extraction(test_record("npo", 1), 0.4)});
  ASSERT_EQ(table.rows.size(), 1u);
  const TableCell& cell = cell_at(table, "npo", kExtraction);
  EXPECT_DOUBLE_EQ(cell.value, 0.3);
  EXPECT_NEAR(cell.sd, 0.1414213562373095, 1e-15);  // sqrt(0.02)
  EXPECT_NEAR(cell.low, 0.29, 1e-15);
  EXPECT_NEAR(cell.high, 0.35, 1e-15);
  EXPECT_EQ(cell.seeds, 2);
  EXPECT_EQ(cell.n, 100);
  EXPECT_EQ(table.rows[0].seeds, (std::vector<int64_t>{0, 1}));
}

TEST(Table, NamesTheSeedsThatAMeanLacks) {
  const Table table = make_table(
      {extraction(test_record("npo", 0), 0.2),
       missing(extraction(test_record("npo", 1), 0), "diverged", "NaN loss")});
  const TableCell& cell = cell_at(table, "npo", kExtraction);
  EXPECT_DOUBLE_EQ(cell.value, 0.2);
  EXPECT_TRUE(std::isnan(cell.sd));
  EXPECT_EQ(cell.seeds, 1);
  EXPECT_EQ(table.notes, (Names{"without seed 1: diverged: NaN loss"}));
}

TEST(Table, GivesEveryMissingValueItsReason) {
  Record whole = missing(test_record("rmu"), "failed", "out of memory");
  Record probe = missing(test_record("dpo"), "skipped", "no gradients");
  probe.probe = "teacher_forced";
  const Table table = make_table(
      {extraction(test_record("none"), 0.9), perplexity(test_record("none"), 9),
       missing(extraction(test_record("npo"), 0), "ok", "empty split"), whole,
       extraction(test_record("dpo"), 0.2), probe});
  const auto note = [&](const char* row, const char* key) {
    const TableCell& cell = cell_at(table, row, key);
    EXPECT_TRUE(cell.missing());
    return cell.notes.empty() ? "" : table.notes.at(cell.notes[0] - 1);
  };
  const char* const kPerplexity = "teacher_forced.perplexity.perplexity.retain";
  EXPECT_EQ(note("npo", kExtraction), "no value: empty split");
  EXPECT_EQ(note("npo", kPerplexity), "not measured: no record of it");
  EXPECT_EQ(note("rmu", kExtraction), "failed: out of memory");
  EXPECT_EQ(note("rmu", kPerplexity), "failed: out of memory");
  EXPECT_EQ(note("dpo", kPerplexity), "skipped: no gradients");
  EXPECT_EQ(table.notes.size(), 4u);  // equal reasons share one
  EXPECT_TRUE(table.remarks.empty());
}

TEST(Table, RemarksOnAProbeThatFailedInEveryRow) {
  Record r = missing(test_record("npo"), "failed", "boom");
  r.probe = "beam_extraction";
  const Table table = make_table({extraction(test_record("npo"), 0.1), r});
  EXPECT_EQ(table.remarks, (Names{"npo: beam_extraction failed: boom"}));
}

TEST(Table, NotesItemsThatAreLackingOrDifferent) {
  Record part = extraction(test_record("npo"), 0.2);
  part.n = 96;
  Record other = extraction(test_record("rmu"), 0.2);
  other.items_hash = "i2";
  const Table table =
      make_table({extraction(test_record("none"), 0.9), part, other});
  EXPECT_EQ(table.notes,
            (Names{"96 of 100 items",
                   "measured on other items than the first row: not "
                   "comparable"}));
  EXPECT_FALSE(cell_at(table, "rmu", kExtraction).comparable);
  EXPECT_EQ(table.columns[0].n, 0);  // rows differ
}

TEST(Table, NotesWhatAReaderOfAValueShouldKnow) {
  Record told = extraction(test_record("npo"), 0.3);
  told.message = "this is the TPR at FPR 0";
  Record diverged = extraction(test_record("dpo"), 0.3);
  diverged.status = "diverged";
  const Table table =
      make_table({extraction(test_record("none"), 0.9), told, diverged});
  EXPECT_EQ(table.notes, (Names{"this is the TPR at FPR 0", "diverged"}));
  EXPECT_TRUE(table.rows[0].cells[0].notes.empty());
  EXPECT_EQ(table.rows[1].cells[0].notes, (std::vector<size_t>{1}));
}

TEST(Table, TellsOptionsAndSplitsApart) {
  std::vector<Record> records;
  for (const double k : {0.2, 0.3}) {
    Record r = extraction(test_record("none"), k);
    r.probe = "min_k_mia";
    r.metric = r.field = "auroc";
    if (k > 0.2) r.probe_options = {{"k", k}};
    records.push_back(r);
  }
  Record far = extraction(test_record("none"), 0.1);
  far.split = "holdout";
  far.probe = "greedy_extraction";
  records.push_back(extraction(test_record("none"), 0.9));
  records.push_back(far);
  const Table table = make_table(records);
  Names keys, titles;
  for (const TableColumn& c : table.columns) {
    keys.push_back(c.key);
    titles.push_back(c.title);
  }
  EXPECT_EQ(keys, (Names{"min_k_mia.auroc.auroc.forget",
                         "min_k_mia:k=0.3.auroc.auroc.forget", kExtraction,
                         "greedy_extraction.exact_match.exact_match.holdout"}));
  EXPECT_EQ(titles, (Names{"Min-K MIA AUC", "Min-K MIA AUC k=0.3",
                           "greedy extraction EM forget",
                           "greedy extraction EM holdout"}));
}

TEST(Table, SumsCountsOverPassesNotOverRecords) {
  Record first = extraction(test_record("npo"), 0.1);
  first.counts.truncated = 3;
  Record same_pass = first;
  same_pass.metric = same_pass.field = "token_accuracy";
  Record other_pass = perplexity(test_record("npo"), 9);
  other_pass.counts.truncated = 2;
  other_pass.counts.nonfinite = 1;
  const Table table = make_table({first, same_pass, other_pass});
  EXPECT_EQ(table.counts.truncated, 5);
  EXPECT_EQ(table.counts.nonfinite, 1);
}

Record in_run(Record r, const std::string& run) {
  r.run = run;
  return r;
}

TEST(Table, JoinsRunsThatAgree) {
  const Table table =
      make_table({extraction(test_record("none"), 0.9),
                  extraction(test_record("npo", 0), 0.2),
                  in_run(extraction(test_record("none"), 0.9), "r2"),
                  in_run(perplexity(test_record("none"), 12), "r2"),
                  in_run(extraction(test_record("npo", 1), 0.4), "r2")});
  EXPECT_EQ(names(table), (Names{"none", "npo"}));
  EXPECT_EQ(table.rows[0].runs, (Names{"r1", "r2"}));
  EXPECT_EQ(cell_at(table, "none", kExtraction).seeds, 1);
  EXPECT_EQ(cell_at(table, "npo", kExtraction).seeds, 2);
  ASSERT_EQ(table.remarks.size(), 1u);
  EXPECT_EQ(table.remarks[0].find("records that repeat an earlier one"), 0u);
}

TEST(Table, KeepsRunsApartThatDisagree) {
  Record other_weights = in_run(extraction(test_record("npo"), 0.2), "r2");
  other_weights.model_hash = "another";
  Record other_value = in_run(extraction(test_record("none"), 0.8), "r2");
  const Table table = make_table({extraction(test_record("none"), 0.9),
                                  extraction(test_record("npo"), 0.2),
                                  other_value, other_weights});
  EXPECT_EQ(names(table),
            (Names{"none @ r1", "none @ r2", "npo @ r1", "npo @ r2"}));
}

TEST(Table, LetsARepeatReplaceAFailureButNotADivergence) {
  const Record good = in_run(extraction(test_record("npo"), 0.2), "r2");
  const Record failed =
      missing(extraction(test_record("npo"), 0), "failed", "disk full");
  EXPECT_EQ(names(make_table({failed, good})), (Names{"npo"}));
  EXPECT_DOUBLE_EQ(
      cell_at(make_table({failed, good}), "npo", kExtraction).value, 0.2);
  const Record diverged =
      missing(extraction(test_record("npo"), 0), "diverged", "NaN loss");
  EXPECT_EQ(names(make_table({diverged, good})),
            (Names{"npo @ r1", "npo @ r2"}));
}

TEST(Distance, IsZeroAtRetrainAndOneAtNone) {
  // npo: |0.3-0.1|/0.8 = 0.25, |13-14|/2 = 0.5, |0.43-0.44|/0.04 = 0.25.
  const Table table = make_table(small_board());
  EXPECT_DOUBLE_EQ(table.rows[0].distance, 1);
  EXPECT_DOUBLE_EQ(table.rows[1].distance, 0);
  EXPECT_NEAR(table.rows[2].distance, 1.0 / 3, 1e-12);
  EXPECT_EQ(table.rows[2].distance_columns, 3);
}

TEST(Distance, NeedsBothEndPointsUnderTheSameTransform) {
  std::vector<Record> records = small_board();
  Record after = test_record("npo");
  after.transform = Json::array({"quantise"});
  records.push_back(extraction(after, 0.4));
  Table table = make_table(records);
  EXPECT_TRUE(std::isnan(table.rows[3].distance));
  EXPECT_EQ(table.rows[3].distance_columns, 0);

  Record none = test_record("none"), retrain = test_record("retrain");
  none.transform = retrain.transform = after.transform;
  records.push_back(extraction(none, 0.8));
  records.push_back(extraction(retrain, 0.2));
  table = make_table(records);
  EXPECT_NEAR(table.rows[3].distance, 1.0 / 3, 1e-12);  // 0.2 of 0.6

  const Table alone = make_table({extraction(test_record("npo"), 0.4)});
  EXPECT_TRUE(std::isnan(alone.rows[0].distance));
}

TEST(Distance, LeavesOutColumnsWithoutAGapOrAValue) {
  std::vector<Record> records = small_board();
  records[6].value = 0.4;  // retrain's accuracy equals none's
  records[9] = missing(records[9], "failed", "x");  // npo's perplexity
  const Table table = make_table(records);
  EXPECT_EQ(table.rows[0].distance_columns, 2);
  EXPECT_EQ(table.rows[2].distance_columns, 1);
  EXPECT_NEAR(table.rows[2].distance, 0.25, 1e-12);
  EXPECT_EQ(table.remarks,
            (Names{"distance to retrain rests on fewer than 2 columns: npo "
                   "(1)"}));
}

TEST(Distance, LeavesOutColumnsInWhichAllRowsAreEqual) {
  // They have intervals, by which a gap of none would be measured.
  std::vector<Record> records = small_board();
  for (const char* name : {"none", "retrain", "npo"}) {
    Record blind = extraction(test_record(name), 0.6);
    blind.probe = "blind_mia";
    records.push_back(blind);
  }
  const Table table = make_table(records);
  EXPECT_DOUBLE_EQ(table.rows[0].distance, 1);
  EXPECT_EQ(table.rows[0].distance_columns, 3);
  records.back().value = 0.7;  // npo's: it is measured on the model after all
  EXPECT_EQ(make_table(records).rows[0].distance_columns, 4);
}

}  // namespace
}  // namespace lethe
