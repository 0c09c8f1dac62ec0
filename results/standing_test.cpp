// Ranks, front, worst cases and chance of whole tables.
#include "results/standing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "results/pareto.h"
#include "results/row_ranks.h"
#include "results/side_table.h"
#include "results/test_records.h"
#include "results/worst_attack.h"

namespace lethe {
namespace {

Record narrow(Record r, double half = 0.01) {
  r.ci_low = r.value - half;
  r.ci_high = r.value + half;
  return r;
}

Record membership(Record base, double auc, double half = 0.02) {
  base = extraction(base, auc);
  base.probe = "loss_mia";
  base.metric = base.field = "auroc";
  base.split = "forget,holdout";
  base.role = "";
  base.want = "near";
  return narrow(base, half);
}

// Extraction and accuracy of a method, with narrow intervals.
void add(std::vector<Record>& records, const std::string& method, double em,
         double acc) {
  records.push_back(narrow(extraction(test_record(method), em)));
  records.push_back(narrow(accuracy(test_record(method), acc)));
}

// npo and rmu cannot be told apart in extraction; dpo is worse in both.
std::vector<Record> board() {
  std::vector<Record> records;
  add(records, "none", 0.9, 0.60);
  add(records, "retrain", 0.1, 0.59);
  add(records, "npo", 0.200, 0.50);
  add(records, "rmu", 0.205, 0.55);
  add(records, "dpo", 0.500, 0.40);
  return records;
}

const TableRow& row_of(const Table& table, const std::string& name) {
  for (const TableRow& row : table.rows) {
    if (row.name == name) return row;
  }
  static const TableRow kNone;
  ADD_FAILURE() << "no row " << name;
  return kNone;
}

size_t column_of(const Table& table, const std::string& key) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].key == key) return c;
  }
  ADD_FAILURE() << "no column " << key;
  return 0;
}

const char* const kExtraction =
    "greedy_extraction.exact_match.exact_match.forget";

std::string rank(const Table& table, const std::string& row,
                 const std::string& column) {
  return range_text(row_of(table, row).cells[column_of(table, column)].rank);
}

TEST(Ranks, AreSharedByRowsThatDoNotDiffer) {
  const Table table = make_table(board());
  EXPECT_EQ(rank(table, "npo", kExtraction), "1-2");
  EXPECT_EQ(rank(table, "rmu", kExtraction), "1-2");
  EXPECT_EQ(rank(table, "dpo", kExtraction), "3");
  EXPECT_EQ(rank(table, "none", kExtraction), "") << "an end point";
  EXPECT_EQ(rank(table, "rmu", "arc_easy.acc.acc.test"), "1");
  EXPECT_EQ(rank(table, "npo", "arc_easy.acc.acc.test"), "2");
  EXPECT_NE(table.columns[0].rank_tests, "");
}

TEST(Ranks, AreKeptAmongRowsUnderTheSameTransforms) {
  std::vector<Record> records = board();
  for (const char* name : {"npo", "rmu"}) {
    Record after = test_record(name);
    after.transform = Json::array({"quantise"});
    records.push_back(
        narrow(extraction(after, name == std::string("npo") ? 0.9 : 0.3)));
  }
  const Table table = make_table(records);
  EXPECT_EQ(rank(table, "npo", kExtraction), "1-2");
  EXPECT_EQ(rank(table, "rmu + quantise", kExtraction), "1");
  EXPECT_EQ(rank(table, "npo + quantise", kExtraction), "2");
}

TEST(Ranks, LeaveOutWhatWasMeasuredOnOtherItems) {
  std::vector<Record> records = board();
  records[4].items_hash = "other";  // npo's extraction
  const Table table = make_table(records);
  EXPECT_EQ(rank(table, "npo", kExtraction), "");
  EXPECT_EQ(rank(table, "rmu", kExtraction), "1");
  // It takes the last place of three in the mean: (3 + 2) / 2.
  EXPECT_DOUBLE_EQ(row_of(table, "npo").mean_rank, 2.5);
}

TEST(Ranks, NeedErrorsAndADirection) {
  std::vector<Record> records = board();
  for (Record& r : records) r.ci_low = r.ci_high = std::nan("");
  EXPECT_FALSE(has_ranks(make_table(records)));
  records = board();
  for (Record& r : records) r.want = "";
  EXPECT_FALSE(has_ranks(make_table(records)));
}

TEST(Ranks, OfAReferenceNeedItsValue) {
  std::vector<Record> records = board();
  for (const auto& [name, auc] :
       {std::pair{"retrain", 0.50}, std::pair{"npo", 0.30},
        std::pair{"rmu", 0.52}, std::pair{"dpo", 0.90}}) {
    records.push_back(membership(test_record(name), auc));
  }
  const std::string key = "loss_mia.auroc.auroc.forget,holdout";
  EXPECT_EQ(rank(make_table(records), "rmu", key), "1");
  EXPECT_EQ(rank(make_table(records), "npo", key), "2") << "below by 0.2";
  records.erase(records.begin() + 2, records.begin() + 4);  // retrain's
  records.erase(records.begin() + 8);                       // and its AUC
  EXPECT_EQ(rank(make_table(records), "rmu", key), "");
}

TEST(Front, HoldsWhatNoRowBeats) {
  std::vector<Record> records = board();
  EXPECT_EQ(row_of(make_table(records), "npo").front, Front::off)
      << "rmu is as low in extraction and more accurate";
  records[4] = narrow(extraction(test_record("npo"), 0.15));
  const Table table = make_table(records);
  EXPECT_EQ(front_names(table), "greedy extraction EM and arc_easy acc");
  EXPECT_EQ(row_of(table, "npo").front, Front::on);
  EXPECT_EQ(row_of(table, "rmu").front, Front::on);
  EXPECT_EQ(row_of(table, "dpo").front, Front::off);
  EXPECT_EQ(row_of(table, "none").front, Front::unknown);
}

TEST(Front, IsNearForWhatChanceMayHaveBeaten) {
  std::vector<Record> records = board();
  records[5].value = 0.549;  // npo's accuracy: no better than rmu's
  records[4].value = 0.206;  // and its extraction no lower
  for (const size_t i : {4, 5}) records[i] = narrow(records[i]);
  const Table table = make_table(records);
  EXPECT_EQ(row_of(table, "rmu").front, Front::on);
  EXPECT_EQ(row_of(table, "npo").front, Front::near);
  EXPECT_EQ(place_text(row_of(table, "npo")), "2 ○");
}

TEST(Front, HasNoRoomForADigitWonAndEverythingElseLost) {
  std::vector<Record> records = board();
  add(records, "broken", 0.199, 0.10);  // 0.001 lower than npo's extraction
  EXPECT_EQ(row_of(make_table(records), "broken").front, Front::off);
  for (Record& r : records) r.ci_low = r.ci_high = std::nan("");
  EXPECT_EQ(row_of(make_table(records), "broken").front, Front::on)
      << "without tests values decide";
}

TEST(Front, GivesNothingForForgettingMoreThanRetrain) {
  std::vector<Record> records = board();
  add(records, "collapsed", 0.0, 0.20);
  add(records, "reached", 0.1, 0.30);
  const Table table = make_table(records);
  EXPECT_EQ(row_of(table, "collapsed").front, Front::off);
  EXPECT_EQ(row_of(table, "reached").front, Front::on);
}

TEST(Front, NeedsForgettingAndUtility) {
  std::vector<Record> records;
  for (const char* name : {"npo", "rmu"}) {
    records.push_back(narrow(extraction(test_record(name), 0.2)));
  }
  const Table table = make_table(records);
  EXPECT_TRUE(table.front_columns.empty());
  EXPECT_EQ(table.rows[0].front, Front::unknown);
  EXPECT_EQ(place_text(table.rows[0]), "1-2") << "by the mean rank alone";
}

TEST(Places, GoByTheFrontThenMeanRank) {
  const Table table = make_table(board());
  EXPECT_EQ(place_text(row_of(table, "rmu")), "1 ●");
  EXPECT_EQ(place_text(row_of(table, "npo")), "2");
  EXPECT_EQ(place_text(row_of(table, "dpo")), "3");
  EXPECT_EQ(place_text(row_of(table, "none")), "");
  EXPECT_EQ(mean_rank_text(row_of(table, "rmu")), "1.25");  // (1.5 + 1) / 2
}

TEST(WorstAttack, IsTheHighestBeforeAndAfterTransforms) {
  std::vector<Record> records = board();
  Record beam = extraction(test_record("npo"), 0.3);
  beam.probe = "beam_extraction";
  records.push_back(beam);
  Record after = test_record("npo");
  after.transform = Json::array({"quantise:form=nf4"});
  records.push_back(extraction(after, 0.7));
  const Table table = make_table(records);
  const WorstAttack* worst = worst_of(row_of(table, "npo"), "extraction");
  ASSERT_NE(worst, nullptr);
  EXPECT_DOUBLE_EQ(worst->cell.value, 0.7);
  EXPECT_EQ(worst_source(table, *worst),
            "greedy extraction EM after quantise:form=nf4 (of 3)");
  EXPECT_EQ(worst_of(row_of(table, "npo"), "membership"), nullptr);
  EXPECT_DOUBLE_EQ(worst_of(row_of(table, "rmu"), "extraction")->cell.value,
                   0.205);
}

TEST(WorstAttack, LeavesOutPartsOfTextsAndBlindProbes) {
  std::vector<Record> records = board();
  Record part = extraction(test_record("npo"), 0.99);
  part.metric = part.field = "token_accuracy";
  Record retain = extraction(test_record("npo"), 0.98);
  retain.split = "retain";
  Record blind = membership(test_record("npo"), 0.97);
  blind.probe = "blind_mia";
  for (const Record& r : {part, retain, blind}) records.push_back(r);
  records.push_back(membership(test_record("npo"), 0.6));
  const Table table = make_table(records);
  const TableRow& npo = row_of(table, "npo");
  EXPECT_DOUBLE_EQ(worst_of(npo, "extraction")->cell.value, 0.2);
  EXPECT_DOUBLE_EQ(worst_of(npo, "membership")->cell.value, 0.6);
  EXPECT_EQ(worst_of(npo, "membership")->attacks, 1);
}

TEST(AtChance, IsAnIntervalThatHoldsAGuess) {
  std::vector<Record> records = {membership(test_record("npo"), 0.51),
                                 membership(test_record("rmu"), 0.60)};
  const Table table = make_table(records);
  EXPECT_DOUBLE_EQ(table.columns[0].chance, 0.5);
  EXPECT_TRUE(table.rows[0].cells[0].at_chance);
  EXPECT_FALSE(table.rows[1].cells[0].at_chance);
  ASSERT_EQ(table.rows[0].cells[0].notes.size(), 1u);
  EXPECT_EQ(table.notes[table.rows[0].cells[0].notes[0] - 1],
            "at chance: the interval holds 0.5, what a guess gives");
  EXPECT_TRUE(std::isnan(make_table(board()).columns[0].chance));
}

TEST(Overall, ListsEndPointsThenPlaces) {
  const SideTable side = overall_table(make_table(board()));
  std::vector<std::string> names;
  for (const auto& row : side.rows) names.push_back(row[0]);
  EXPECT_EQ(names,
            (std::vector<std::string>{"none", "retrain", "rmu", "npo", "dpo"}));
  EXPECT_EQ(side.heads,
            (std::vector<std::string>{"model", "rank", "mean rank",
                                      "worst extraction", "reached by"}));
  EXPECT_TRUE(overall_table(make_table({})).rows.empty());
}

}  // namespace
}  // namespace lethe
