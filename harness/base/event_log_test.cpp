#include "harness/base/event_log.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "harness/base/files.h"

namespace lethe {
namespace {

class EventLogTest : public testing::Test {
 protected:
  EventLogTest() {
    std::string name = testing::TempDir() + "lethe_events_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~EventLogTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/events.jsonl"; }

  std::string folder_;
};

RunEvent event(const std::string& name) {
  RunEvent e;
  e.event = name;
  return e;
}

TEST_F(EventLogTest, AppendsALineAnEventWithTheTime) {
  {
    EventLog log(path());
    RunEvent e = event("unit_done");
    e.cell = "abc";
    e.unit = "loss_mia on forget";
    e.seconds = 1.25;
    e.tokens = 640;
    log.on(e);
  }
  EventLog(path()).on(event("run_finished"));
  const auto lines = read_lines(path());
  ASSERT_EQ(lines.size(), 2u);
  const RunEvent first = run_event_from_json(Json::parse(lines[0]));
  EXPECT_EQ(first.event, "unit_done");
  EXPECT_EQ(first.unit, "loss_mia on forget");
  EXPECT_EQ(first.seconds, 1.25);
  EXPECT_EQ(first.tokens, 640);
  EXPECT_NEAR(seconds_of(first.time), wall_clock(), 60);
  EXPECT_EQ(run_event_from_json(Json::parse(lines[1])).event, "run_finished");
}

TEST_F(EventLogTest, EndsATornLineSoThatTheNextStandsAlone) {
  write_file_atomically(path(), "{\"event\":\"cell_sta");
  EventLog(path()).on(event("run_started"));
  const auto lines = read_lines(path());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "{\"event\":\"cell_sta");
  EXPECT_EQ(run_event_from_json(Json::parse(lines[1])).event, "run_started");
}

TEST_F(EventLogTest, EscapesWhatATerminalWouldRun) {
  RunEvent e = event("unit_failed");
  e.unit = "a\x1b[2Jb\nc\x7f";
  e.message = std::string("bad \xff\x1b[31m \xc2\x9b") + std::string(5000, 'x');
  EventLog(path()).on(e);
  const std::string bytes = read_file(path());
  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), '\n'), 1);
  for (const char c : bytes.substr(0, bytes.size() - 1)) {
    EXPECT_TRUE(c >= 0x20 && c < 0x7f) << int{c};
  }
  EXPECT_LT(bytes.size(), 2000u);
}

TEST_F(EventLogTest, LeavesOutWhatTheJournalKept) {
  EventLog log(path());
  RunEvent e = event("unit_done");
  e.kept = true;
  log.on(e);
  EXPECT_EQ(read_file(path()), "");
}

TEST_F(EventLogTest, ThinsProgress) {
  EventLog log(path());
  for (int step = 1; step <= 1000; ++step) {
    RunEvent e = event("progress");
    e.done = step;
    log.on(e);
  }
  EXPECT_EQ(read_lines(path()).size(), 1u);
}

TEST_F(EventLogTest, StaysSmallOverAMonth) {
  int64_t lines = 0;
  double last = -1e9;
  for (double now = 0; now < 30 * 86400; now += 1) {
    if (!EventLog::due(last, now)) continue;
    last = now;
    ++lines;
  }
  EXPECT_GT(lines, 1000);
  EXPECT_LT(lines, 7000);
}

TEST_F(EventLogTest, WarnsOnceAndGoesOnWhereItCannotWrite) {
  testing::internal::CaptureStderr();
  EventLog log(folder_ + "/absent/events.jsonl");
  log.on(event("run_started"));
  log.on(event("run_finished"));
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("the run goes on without it"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

TEST_F(EventLogTest, ASignalLeavesALastWord) {
  {
    EventLog log(path());
    log_stop_of_signal(SIGTERM);
  }
  log_stop_of_signal(SIGTERM);  // no log is open
  const auto lines = read_lines(path());
  ASSERT_EQ(lines.size(), 1u);
  const RunEvent e = run_event_from_json(Json::parse(lines[0]));
  EXPECT_EQ(e.event, "run_stopped");
  EXPECT_EQ(e.message, "signal 15");
  EXPECT_NEAR(seconds_of(e.time), wall_clock(), 60);
}

TEST(RunEvent, SurvivesBeingWrittenAndRead) {
  RunEvent e = event("run_started");
  e.suite = "quickstart";
  e.resumed = true;
  e.units = {"loss_mia on forget", "task quiz"};
  e.plan = {{"c1", "npo", "", 0}, {"c2", "npo", "quantise", 3}};
  const RunEvent back = run_event_from_json(Json::parse(to_json(e).dump()));
  EXPECT_EQ(to_json(back), to_json(e));
  ASSERT_EQ(back.plan.size(), 2u);
  EXPECT_EQ(back.plan[1].transform, "quantise");
  EXPECT_EQ(back.plan[1].seed, 3);
  EXPECT_TRUE(back.resumed);
}

TEST(RunEvent, ReadersPassOverWhatTheyDoNotKnow) {
  const RunEvent e = run_event_from_json(Json::parse(
      R"({"event":"unit_done","colour":"red","seconds":"many","tokens":1e300,
          "plan":[1,{"cell":7}],"units":{"a":1},"unit":["x"]})"));
  EXPECT_EQ(e.event, "unit_done");
  EXPECT_EQ(e.seconds, 0);
  EXPECT_EQ(e.tokens, 0);
  EXPECT_EQ(e.unit, "");
  ASSERT_EQ(e.plan.size(), 1u);
  EXPECT_EQ(e.plan[0].cell, "");
  EXPECT_EQ(run_event_from_json(Json::parse("[1]")).event, "");
}

TEST(RunEvent, TimesAreUtc) {
  EXPECT_EQ(utc_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_time(1769860800.25), "2026-01-31T12:00:00.250Z");
  EXPECT_EQ(seconds_of("2026-01-31T12:00:00.250Z"), 1769860800.25);
  EXPECT_EQ(seconds_of("2026-01-31T12:00:00Z"), 1769860800.0);
  EXPECT_TRUE(std::isnan(seconds_of("yesterday")));
}

TEST(RunEvent, TellsWhetherAProcessIsThere) {
  EXPECT_EQ(process_state(process_name()), ProcessState::runs);
  const std::string own = process_name();
  const std::string machine = own.substr(0, own.find('/'));
  EXPECT_EQ(process_state(machine + "/999999999"), ProcessState::ended);
  EXPECT_EQ(process_state("another/1"), ProcessState::elsewhere);
  EXPECT_EQ(process_state(""), ProcessState::elsewhere);
  EXPECT_EQ(process_state(machine + "/x"), ProcessState::elsewhere);
}

}  // namespace
}  // namespace lethe
