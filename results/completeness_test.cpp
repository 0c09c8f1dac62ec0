#include "results/completeness.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "harness/base/files.h"
#include "results/leaderboard.h"
#include "results/test_records.h"

namespace lethe {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A run of three cells with two units each: one cell is done, one half.
class RunStateTest : public testing::Test {
 protected:
  RunStateTest() : path_(testing::TempDir() + "/run_state_test/r1") {
    make_folder(path_);
    write_status("running");
    Journal journal(path_ + "/journal.jsonl");
    journal.append(R"({"unit":"model base","made":{}})");
    journal.append(unit("c1 greedy_extraction", "none", 0.9));
    journal.append(unit("c1 task quiz", "none", 0.9));
    journal.append(unit("c2 greedy_extraction", "npo", 0.3));
    journal.append(unit("c2 greedy_extraction", "npo", 0.2));  // again
  }
  ~RunStateTest() override { std::filesystem::remove_all(path_); }

  void write_status(const std::string& status) const {
    std::ofstream(path_ + "/run.json")
        << R"({"status":")" << status
        << R"(","planned":{"cells":3,"units":2}})";
  }

  static std::string unit(const std::string& name, const std::string& method,
                          double value) {
    OrderedJson line;
    line["unit"] = name;
    line["records"] =
        OrderedJson::array({to_json(extraction(test_record(method), value))});
    return line.dump();
  }

  const std::string path_;
};

TEST_F(RunStateTest, CountsCellsThatAreDone) {
  const Completeness state = completeness(path_);
  EXPECT_EQ(state.done, 1);
  EXPECT_EQ(state.planned, 3);
}

TEST_F(RunStateTest, TellsRunningFromStoppedByTheLock) {
  EXPECT_EQ(completeness(path_).text(), "stopped: 1 of 3 cells");
  const FolderLock lock(path_);
  EXPECT_EQ(completeness(path_).text(), "running: 1 of 3 cells");
}

TEST_F(RunStateTest, SaysNothingOfACompleteRun) {
  for (const char* status : {"complete", "failed"}) {
    write_status(status);
    EXPECT_EQ(completeness(path_).text(), "") << status;
  }
  std::filesystem::remove(path_ + "/run.json");
  EXPECT_EQ(completeness(path_).text(), "");
}

TEST_F(RunStateTest, DoesWithoutAPlan) {
  std::ofstream(path_ + "/run.json") << R"({"status":"running"})";
  EXPECT_EQ(completeness(path_).text(), "stopped: 2 cells so far");
}

TEST_F(RunStateTest, MarksTheLeaderboardInEveryFormat) {
  const FolderLock lock(path_);
  for (const char* format :
       {"terminal", "summary", "md", "csv", "html", "latex", "json"}) {
    const std::string text = leaderboard({path_}, format);
    EXPECT_TRUE(contains(text, "running: 1 of 3 cells")) << format << text;
    EXPECT_TRUE(contains(text, "npo")) << format;
  }
}

}  // namespace
}  // namespace lethe
