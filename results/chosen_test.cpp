#include "results/chosen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/base/files.h"
#include "results/test_records.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Chosen : public testing::Test {
 protected:
  Chosen() : folder_(testing::TempDir() + "/chosen_test") {
    make_folder(folder_);
  }
  ~Chosen() override { std::filesystem::remove_all(folder_); }

  void describe(const Json& run) const {
    write_file_atomically(folder_ + "/run.json", run.dump());
  }

  // Two rows of npo, one of them chosen, and a validation value of it.
  static std::vector<Record> records() {
    std::vector<Record> all;
    for (const char* label : {"npo:lr=1", "npo:lr=2"}) {
      Record r = extraction(test_record("npo"), 0.1);
      r.label = label;
      r.selection = std::string(label) == "npo:lr=2" ? "chosen" : "left";
      all.push_back(r);
      r.validation = true;
      r.split = "check";
      all.push_back(r);
    }
    return all;
  }

  const std::string folder_;
};

TEST_F(Chosen, RowsThatWereLeftAndValidationValuesAreDropped) {
  describe({{"selection", {{"rule", "the best"}, {"choices", Json::array()}}}});
  std::vector<Record> kept = records();
  EXPECT_THAT(keep_chosen(kept, folder_, Rows::chosen),
              ElementsAre("chosen on validation splits: the best; means over "
                          "the seeds; 1 not chosen (leaderboard --all shows "
                          "it)"));
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].label, "npo:lr=2");
  EXPECT_EQ(kept[0].split, "forget");
}

TEST_F(Chosen, AllRowsCanBeShownButNoValidationValue) {
  describe({{"selection", {{"rule", "the best"}}}});
  std::vector<Record> kept = records();
  EXPECT_THAT(keep_chosen(kept, folder_, Rows::all),
              ElementsAre(HasSubstr("not chosen are here too")));
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_FALSE(kept[1].validation);
}

TEST_F(Chosen, SaysWhichMethodHasNoRow) {
  describe(Json::parse(R"({"selection": {"rule": "the best", "choices": [
      {"of": "npo", "chosen": null, "candidates": [{}, {}]},
      {"of": "none", "chosen": "none", "candidates": [{}]}]}})"));
  std::vector<Record> kept = records();
  EXPECT_THAT(keep_chosen(kept, folder_, Rows::chosen),
              ElementsAre(HasSubstr("the best"),
                          "npo: none of its 2 rows meets the rule"));
}

TEST_F(Chosen, RunsWithoutASelectionAreShownWhole) {
  std::vector<Record> kept = small_board();
  EXPECT_TRUE(keep_chosen(kept, folder_, Rows::chosen).empty());
  describe({{"suite", {{"suite", "x"}}}});
  EXPECT_TRUE(keep_chosen(kept, folder_, Rows::chosen).empty());
  EXPECT_EQ(kept.size(), small_board().size());
}

TEST_F(Chosen, AnUnfinishedRunSaysThatNothingIsChosenYet) {
  describe({{"suite", {{"selection", {{"by", "method"}}}}}});
  std::vector<Record> kept = small_board();
  EXPECT_THAT(keep_chosen(kept, folder_, Rows::chosen),
              ElementsAre(HasSubstr("when the run is complete")));
}

}  // namespace
}  // namespace lethe
