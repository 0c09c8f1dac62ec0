#include "results/published.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/json.h"
#include "results/leaderboard.h"
#include "results/test_records.h"

namespace lethe {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The tables of every file that ships.
std::vector<PublishedTable> all_tables() {
  std::vector<PublishedTable> all;
  const std::string folder =
      std::string(LETHE_SOURCE_DIR) + "/results/published";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    for (auto& table : published_tables(entry.path().stem().string())) {
      all.push_back(std::move(table));
    }
  }
  return all;
}

TEST(Published, EveryFileReadsAndNamesItsSource) {
  const auto tables = all_tables();
  EXPECT_GE(tables.size(), 12u);
  for (const PublishedTable& table : tables) {
    EXPECT_TRUE(contains(table.source, "arXiv") ||
                contains(table.source, "commit"))
        << table.title;
    EXPECT_FALSE(table.rows.empty()) << table.title;
    for (const PublishedRow& row : table.rows) {
      EXPECT_EQ(row.values.size(), table.columns.size()) << table.title;
    }
  }
}

TEST(Published, SelectsByAPartOfTheModelsName) {
  EXPECT_EQ(published_tables("tofu").size(), 6u);
  const auto tables = published_tables("tofu:1b-instruct, forget10");
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_EQ(tables[0].rows[5].name, "NPO");
  EXPECT_DOUBLE_EQ(tables[0].rows[5].values[0], 0.02);
  EXPECT_EQ(published_number(tables[0].rows[2].values[0]), "1.06e-239");
}

TEST(Published, AnswersUnknownNames) {
  const auto message = [](const std::string& name) -> std::string {
    try {
      published_tables(name);
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::usage);
      return e.what();
    }
    return "nothing thrown";
  };
  EXPECT_TRUE(contains(message("tofuu"), "did you mean tofu"))
      << message("tofuu");
  EXPECT_TRUE(contains(message("muse:nwes"), "muse has no model"));
}

// Beside a table of our own, in every format, and never among its rows.
TEST(Published, IsMarkedAsNotRunHereInEveryFormat) {
  Table table = make_table(small_board());
  table.published = published_tables("wmdp");
  const char* const kMark = "ublished, not run here";
  for (const std::string& text :
       {to_terminal(table), to_markdown(table), to_latex(table), to_csv(table),
        to_html(table)}) {
    EXPECT_TRUE(contains(text, kMark)) << text.substr(0, 200);
    EXPECT_TRUE(contains(text, "31.2"));
  }
  const OrderedJson json = to_json(table);
  EXPECT_EQ(json["published"][0]["run_here"], false);
  EXPECT_EQ(json["published"][0]["rows"][1]["values"]["wmdp_bio"], 31.2);
  EXPECT_EQ(json["rows"].size(), 3u);
  const std::string csv = to_csv(table);
  EXPECT_TRUE(contains(csv, "RMU (published),RMU,NA,NA,"));
  EXPECT_TRUE(contains(csv, ",published.\"\"") ||
              contains(csv, "published.wmdp, Zephyr-7b-beta.wmdp_bio"));
}

}  // namespace
}  // namespace lethe
