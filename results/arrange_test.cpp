#include "results/arrange.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "results/test_records.h"

namespace lethe {
namespace {

std::vector<std::string> keys_after(const std::vector<std::string>& patterns) {
  std::vector<Record> records = small_board();
  records.push_back(missing(test_record("npo"), "failed", "disk full"));
  keep_columns(records, patterns);
  EXPECT_EQ(records.back().message, "disk full") << "reasons stay";
  std::vector<std::string> keys;
  for (const TableColumn& c : make_table(records).columns) {
    keys.push_back(c.key);
  }
  return keys;
}

using Keys = std::vector<std::string>;

TEST(KeepColumns, TakesKeysTitlesAndPatterns) {
  EXPECT_EQ(keys_after({}).size(), 4u);
  EXPECT_EQ(keys_after({"arc_easy acc"}), Keys{"arc_easy.acc.acc.test"});
  EXPECT_EQ(keys_after({"arc*"}), Keys{"arc_easy.acc.acc.test"});
  EXPECT_EQ(keys_after({"arc*,seconds"}).size(), 2u);
  EXPECT_EQ(keys_after({"arc*", "*EM"}).size(), 2u);
}

TEST(KeepColumns, TakesAKeyWithACommaAsItIs) {
  Record r = extraction(test_record("npo"), 0.5);
  r.split = "forget,holdout";
  std::vector<Record> records = {r, seconds(test_record("npo"), 1)};
  keep_columns(records,
               {"greedy_extraction.exact_match.exact_match.forget,holdout"});
  EXPECT_EQ(records.size(), 1u);
}

TEST(KeepColumns, AnswersWithNearNames) {
  try {
    keys_after({"arc_easy ac"});
    FAIL() << "nothing thrown";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean arc_easy acc"),
              std::string::npos)
        << e.what();
  }
}

Keys sorted_by(const std::string& by) {
  std::vector<Record> records = small_board();
  for (const auto& [name, em, acc] :
       {std::tuple{"rmu", 0.2, 0.42}, std::tuple{"dpo", 0.5, 0.5}}) {
    records.push_back(extraction(test_record(name), em));
    records.push_back(accuracy(test_record(name), acc));
  }
  Record after = test_record("dpo");
  after.transform = Json::array({"quantise"});
  records.push_back(extraction(after, 0.0));
  records.push_back(
      missing(extraction(test_record("bad"), 0), "failed", "boom"));
  Table table = make_table(records);
  sort_rows(table, by);
  Keys names;
  for (const TableRow& row : table.rows) names.push_back(row.name);
  return names;
}

TEST(SortRows, KeepsEndPointsFirstAndTransformsApart) {
  EXPECT_EQ(sorted_by(""), (Keys{"none", "retrain", "npo", "rmu", "dpo", "bad",
                                 "dpo + quantise"}));
  EXPECT_EQ(sorted_by("name"), (Keys{"none", "retrain", "bad", "dpo", "npo",
                                     "rmu", "dpo + quantise"}));
}

TEST(SortRows, PutsTheBetterValueFirstAndWhatHasNoneLast) {
  EXPECT_EQ(
      sorted_by("greedy extraction EM"),
      (Keys{"retrain", "none", "rmu", "npo", "dpo", "bad", "dpo + quantise"}));
  EXPECT_EQ(
      sorted_by("arc_easy.acc.acc.test"),
      (Keys{"retrain", "none", "dpo", "npo", "rmu", "bad", "dpo + quantise"}));
}

TEST(SortRows, GoesByRankAndDistance) {
  const Keys by_rank = sorted_by("rank");
  EXPECT_EQ(by_rank[2], "rmu");  // on the front with dpo, better in extraction
  const Keys by_distance = sorted_by("distance");
  EXPECT_EQ(by_distance[0], "retrain");
  EXPECT_EQ(by_distance[1], "none");
  EXPECT_EQ(by_distance[5], "bad");
}

TEST(SortRows, AnswersWithNearNames) {
  try {
    sorted_by("distanc");
    FAIL() << "nothing thrown";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean distance"),
              std::string::npos)
        << e.what();
  }
}

}  // namespace
}  // namespace lethe
