#include "results/run_follower.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "harness/base/event_log.h"
#include "harness/base/files.h"
#include "results/test_events.h"

namespace lethe {
namespace {

class RunFollowerTest : public testing::Test {
 protected:
  RunFollowerTest() {
    std::string name = testing::TempDir() + "lethe_follow_XXXXXX";
    run_ = ::mkdtemp(name.data());
    write_file_atomically(run_ + "/run.json", R"({"status":"running"})");
  }
  ~RunFollowerTest() override { std::filesystem::remove_all(run_); }

  void append(const std::string& bytes) const {
    std::ofstream(run_ + "/events.jsonl", std::ios::app) << bytes;
  }
  void append(const RunEvent& event) const {
    append(to_json(event).dump() + "\n");
  }
  static RunEvent start() {
    RunEvent e = start_of(2);
    e.process = process_name();
    return e;
  }

  std::string run_;
};

TEST_F(RunFollowerTest, ReadsOnFromWhereItStood) {
  append(start());
  RunFollower follower(run_);
  EXPECT_EQ(follower.state().count(CellState::left), 2);
  EXPECT_FALSE(follower.read());
  append(at(1, "cell_started", 0));
  EXPECT_TRUE(follower.read());
  EXPECT_EQ(follower.state().count(CellState::running), 1);
  EXPECT_EQ(follower.damaged(), 0);
}

TEST_F(RunFollowerTest, WaitsForTheEndOfATornLine) {
  append(start());
  const std::string line = to_json(at(1, "cell_started", 1)).dump() + "\n";
  append(line.substr(0, 20));
  RunFollower follower(run_);
  EXPECT_EQ(follower.state().count(CellState::running), 0);
  append(line.substr(20));
  follower.read();
  EXPECT_EQ(follower.state().count(CellState::running), 1);
}

TEST_F(RunFollowerTest, PassesOverDamagedAndUnknownLines) {
  append(start());
  append("{\"event\":\"cell_sta\n\n\xff\xfe\n[]\n");
  append("{\"event\":\"coffee\",\"cups\":3}\n");
  append(at(1, "cell_started", 0));
  const RunFollower follower(run_);
  EXPECT_EQ(follower.state().count(CellState::running), 1);
  EXPECT_EQ(follower.damaged(), 3);
}

TEST_F(RunFollowerTest, NoticesThatTheProcessIsGone) {
  RunEvent e = start();
  e.process = e.process.substr(0, e.process.find('/')) + "/999999999";
  append(e);
  const RunFollower follower(run_);
  EXPECT_EQ(follower.state().status, RunStatus::stopped);
}

TEST_F(RunFollowerTest, LeavesProcessesOfOtherMachinesAlone) {
  RunEvent e = start();
  e.process = "another/999999999";
  append(e);
  EXPECT_EQ(RunFollower(run_).state().status, RunStatus::running);
}

TEST_F(RunFollowerTest, StartsAnewWithAnotherFile) {
  append(start());
  append(at(1, "cell_started", 0));
  RunFollower follower(run_);
  std::filesystem::remove(run_ + "/events.jsonl");
  append(start());
  follower.read();
  EXPECT_EQ(follower.state().count(CellState::left), 2);
}

TEST_F(RunFollowerTest, WithoutALogTheFolderTells) {
  write_file_atomically(run_ + "/run.json",
                        R"({"suite":"quick","status":"failed","cells":[
          {"cell":"c0","label":"npo","transform":"","status":"ok","message":""},
          {"cell":"c1","label":"rmu","transform":"","status":"failed",
           "message":"boom"}]})");
  {
    Journal journal(run_ + "/journal.jsonl");
    journal.append(R"({"unit":"c0 loss_mia on forget","records":[]})");
  }
  const RunFollower follower(run_);
  EXPECT_EQ(follower.state().status, RunStatus::failed);
  EXPECT_EQ(follower.state().suite, "quick");
  EXPECT_EQ(follower.state().count(CellState::done), 1);
  EXPECT_EQ(follower.state().count(CellState::failed), 1);
  EXPECT_EQ(follower.state().cells[0].ended.size(), 1u);
}

TEST_F(RunFollowerTest, RefusesWhatIsNoRun) {
  std::filesystem::remove(run_ + "/run.json");
  for (const std::string& path : {run_, run_ + "/absent"}) {
    try {
      RunFollower{path};
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
    }
  }
}

}  // namespace
}  // namespace lethe
