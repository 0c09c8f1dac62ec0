#include "harness/run/announcer.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "harness/run/run_testing.h"
#include "results/run_follower.h"

namespace lethe {
namespace {

struct Seen : RunObserver {
  void on(const RunEvent& event) override { events.push_back(event); }
  std::map<std::string, int> counts() const {
    std::map<std::string, int> all;
    for (const RunEvent& e : events) ++all[e.event];
    return all;
  }
  std::vector<RunEvent> events;
};

class AnnouncedRun : public SuiteRun {
 protected:
  RunSummary observed(const Json& json, RunObserver* observer) const {
    RunOptions options;
    options.out = out();
    options.compute = test_compute();
    options.observer = observer;
    return run_suite(suite_of(json, folder_), options);
  }
  std::string events() const { return out() + "/events.jsonl"; }
};

TEST_F(AnnouncedRun, TellsItsPlanAndEveryCellAndUnit) {
  Seen seen;
  const RunSummary summary = observed(suite_json(), &seen);
  auto counts = seen.counts();
  EXPECT_EQ(counts["run_started"], 1);
  EXPECT_EQ(counts["cell_started"], 4);
  EXPECT_EQ(counts["cell_finished"], 4);
  EXPECT_EQ(counts["unit_done"], 3 + summary.finished);  // base and two models
  EXPECT_EQ(counts["run_finished"], 1);
  EXPECT_GT(counts["progress"], 0);
  const RunEvent& start = seen.events.front();
  ASSERT_EQ(start.plan.size(), 4u);
  EXPECT_EQ(start.plan[1].transform, "quantise");
  EXPECT_THAT(start.units, testing::ElementsAre("greedy_extraction on forget",
                                                "loss_mia on forget+holdout"));
  std::set<std::string> planned, told;
  for (const PlannedRow& row : start.plan) planned.insert(row.cell);
  for (const Record& r : summary.records) told.insert(r.cell);
  EXPECT_EQ(planned, told);
}

TEST_F(AnnouncedRun, TheLogShowsAWatcherTheSameEnd) {
  observed(suite_json(), nullptr);
  const RunFollower follower(out());
  const RunState& state = follower.state();
  EXPECT_EQ(state.status, RunStatus::complete);
  EXPECT_EQ(state.count(CellState::done), 4);
  EXPECT_EQ(follower.damaged(), 0);
  EXPECT_GT(state.tokens, 0);
  EXPECT_GT(state.peak_bytes, 0);
  for (const CellProgress& cell : state.cells) {
    EXPECT_EQ(cell.ended.size(), 2u) << cell.name();
  }
}

TEST_F(AnnouncedRun, AResumedRunAppendsAndTellsOnlyWhatIsDone) {
  const RunSummary whole = observed(suite_json(), nullptr);
  const size_t before = read_lines(events()).size();
  Seen seen;
  const RunSummary again = observed(suite_json(), &seen);
  EXPECT_EQ(lines(whole, true), lines(again, true));
  EXPECT_TRUE(seen.events.front().resumed);
  for (const RunEvent& e : seen.events) {
    if (e.event == "unit_done") EXPECT_TRUE(e.kept) << e.unit;
  }
  // The start, two lines a cell, the end.
  EXPECT_EQ(read_lines(events()).size(), before + 1 + 4 * 2 + 1);
  EXPECT_EQ(RunFollower(out()).state().count(CellState::done), 4);
}

TEST_F(AnnouncedRun, AFailedUnitSaysWhy) {
  Json json = suite_json();
  json["methods"] = {{{"name", "none"}}};
  json.erase("transforms");
  const std::vector<int64_t> ids = {5, 6, 7, 8, 9, 10, 11, 12, 1000, 13};
  write("forget.jsonl", Json{{"ids", ids}}.dump() + "\n");
  Seen seen;
  EXPECT_EQ(observed(json, &seen).failed, 2);
  EXPECT_EQ(seen.counts()["unit_failed"], 2);
  const RunFollower follower(out());
  EXPECT_EQ(follower.state().status, RunStatus::failed);
  ASSERT_EQ(follower.state().count(CellState::failed), 1);
  EXPECT_THAT(follower.state().cells[0].message, testing::HasSubstr("1000"));
}

TEST_F(AnnouncedRun, AnErrorThatEndsTheRunIsItsLastWord) {
  struct Full : RunObserver {
    void on(const RunEvent& event) override {
      if (event.event == "cell_started") {
        throw WriteError(Fault::runtime, "journal.jsonl: disk full");
      }
    }
  } full;
  EXPECT_THROW(observed(suite_json(), &full), WriteError);
  const RunFollower follower(out());
  EXPECT_EQ(follower.state().status, RunStatus::stopped);
  EXPECT_THAT(follower.state().message, testing::HasSubstr("disk full"));
}

TEST_F(AnnouncedRun, TheEventsAreNoPartOfTheResult) {
  const RunSummary whole = observed(suite_json(), nullptr);
  std::filesystem::remove(events());
  std::filesystem::create_directory(events());  // it cannot be written
  const RunSummary again = observed(suite_json(), nullptr);
  EXPECT_EQ(lines(whole, true), lines(again, true));
}

}  // namespace
}  // namespace lethe
