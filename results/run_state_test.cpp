#include "results/run_state.h"

#include <gtest/gtest.h>

#include "results/test_events.h"

namespace lethe {
namespace {

TEST(RunState, CountsCellsByWhereTheyStand) {
  RunState s = started(4);
  EXPECT_EQ(s.status, RunStatus::running);
  EXPECT_EQ(s.count(CellState::left), 4);
  run_cell(s, 0, 10, 20);
  s.apply(at(20, "cell_started", 1));
  s.apply(failed(at(25, "unit_failed", 1, "probe"), "out of memory"));
  s.apply(status(at(26, "cell_finished", 1), "failed"));
  s.apply(at(26, "cell_started", 2));
  EXPECT_EQ(s.count(CellState::done), 1);
  EXPECT_EQ(s.count(CellState::failed), 1);
  EXPECT_EQ(s.count(CellState::running), 1);
  EXPECT_EQ(s.count(CellState::left), 1);
  EXPECT_EQ(s.ended(), 2);
  EXPECT_EQ(s.cells[1].message, "out of memory");
}

TEST(RunState, ACellWhoseUnitsAllSkipIsSkipped) {
  RunState s = started(1);
  s.apply(at(1, "cell_started", 0));
  for (const char* unit : {"probe", "task"}) {
    s.apply(failed(at(2, "unit_skipped", 0, unit), "no tokenizer"));
  }
  s.apply(status(at(3, "cell_finished", 0), "ok"));
  EXPECT_EQ(s.count(CellState::skipped), 1);
  EXPECT_EQ(s.cells[0].message, "no tokenizer");
}

TEST(RunState, AddsUpWhatWasMeasured) {
  RunState s = started(2);
  run_cell(s, 0, 0, 10);
  RunEvent e = took(at(30, "unit_done", 1, "probe"), 7, 100);
  e.peak_bytes = 5'000'000;
  s.apply(at(20, "cell_started", 1));
  s.apply(e);
  EXPECT_DOUBLE_EQ(s.seconds, 17);
  EXPECT_EQ(s.tokens, 100);
  EXPECT_EQ(s.peak_bytes, 5'000'000);
}

TEST(RunState, KnowsNoTimeLeftBeforeSomethingWasMeasured) {
  RunState s = started(2);
  EXPECT_FALSE(s.seconds_left(kStart));
  s.apply(at(0, "cell_started", 0));
  s.apply(at(0, "unit_started", 0, "probe"));
  EXPECT_FALSE(s.seconds_left(kStart + 5));
}

// Model 4 s, probe 5 s, task 1 s; three more cells of the same.
TEST(RunState, TheRestTakesAsLongAsTheSameTookBefore) {
  RunState s = started(4);
  run_cell(s, 0, 0, 10);
  ASSERT_TRUE(s.seconds_left(kStart + 10));
  EXPECT_NEAR(*s.seconds_left(kStart + 10), 30, 1e-9);
  s.apply(at(10, "cell_started", 1));
  s.apply(at(10, "unit_started", 1, kModelUnit));
  EXPECT_NEAR(*s.seconds_left(kStart + 13), 27, 1e-9);
  // Longer than it took before: nothing is left of it, not less.
  EXPECT_NEAR(*s.seconds_left(kStart + 100), 26, 1e-9);
}

TEST(RunState, StepsOfTrainingSayMoreThanOtherModels) {
  RunState s = started(2);
  run_cell(s, 0, 0, 10);
  s.apply(at(10, "cell_started", 1));
  s.apply(at(10, "unit_started", 1, kModelUnit));
  s.apply(steps(at(12, "progress", 1, kModelUnit), 1, 101));
  s.apply(steps(at(32, "progress", 1, kModelUnit), 11, 101));
  // 2 s a step, 90 steps left; then 6 s of probe and task.
  EXPECT_NEAR(*s.seconds_left(kStart + 32), 186, 1e-9);
  EXPECT_NEAR(*s.seconds_left(kStart + 42), 176, 1e-9);
}

TEST(RunState, StepsBeforeAResumeAreNoMeasure) {
  RunState s = started(2);
  run_cell(s, 0, 0, 10);
  s.apply(at(10, "cell_started", 1));
  s.apply(at(10, "unit_started", 1, kModelUnit));
  s.apply(steps(at(12, "progress", 1, kModelUnit), 501, 1000));
  s.apply(steps(at(13, "progress", 1, kModelUnit), 502, 1000));
  EXPECT_NEAR(*s.seconds_left(kStart + 13), 498 + 6, 1e-9);
}

TEST(RunState, ATransformedCellTakesNoModel) {
  RunState s;
  RunEvent start = at(0, "run_started");
  start.units = {"probe"};
  start.plan = {{"c0", "npo", "", 0}, {"c1", "npo", "quantise", 0}};
  s.apply(start);
  s.apply(at(0, "cell_started", 0));
  s.apply(took(at(100, "unit_done", 0, kModelUnit), 100, 10));
  s.apply(took(at(102, "unit_done", 0, "probe"), 2, 10));
  s.apply(status(at(102, "cell_finished", 0), "ok"));
  EXPECT_NEAR(*s.seconds_left(kStart + 102), 2, 1e-9);
}

TEST(RunState, AResumedRunKeepsWhatEndedAndTriesAgainWhatFailed) {
  RunState s = started(3);
  run_cell(s, 0, 0, 10);
  s.apply(at(10, "cell_started", 1));
  s.apply(took(at(14, "unit_done", 1, kModelUnit), 4, 10));
  s.apply(took(at(19, "unit_done", 1, "probe"), 5, 10));
  s.apply(failed(at(20, "unit_failed", 1, "task"), "broken"));
  s.apply(status(at(20, "cell_finished", 1), "failed"));
  s.apply(at(21, "run_stopped"));
  EXPECT_EQ(s.status, RunStatus::stopped);
  EXPECT_FALSE(s.seconds_left(kStart + 21));

  RunEvent again = start_of(3);
  again.resumed = true;
  s.apply(again);
  EXPECT_EQ(s.status, RunStatus::running);
  EXPECT_EQ(s.count(CellState::done), 1);
  EXPECT_EQ(s.count(CellState::left), 2);
  EXPECT_EQ(s.cells[1].failed(), 0);
  EXPECT_EQ(s.cells[1].message, "");
  // What the journal kept is not counted twice.
  const double before = s.seconds;
  s.apply(took(at(21, "unit_done", 1, "probe"), 5, 10));
  EXPECT_EQ(s.seconds, before);
  // The task of cell 1 (1 s), and the whole of cell 2.
  EXPECT_NEAR(*s.seconds_left(kStart + 21), 1 + 10, 1e-9);
}

TEST(RunState, UnknownEventsAndCellsChangeNothing) {
  RunState s = started(2);
  s.apply(at(5, "coffee_break"));
  s.apply(at(6, "cell_started", 77));
  s.apply(status(at(6, "cell_finished", 77), "ok"));
  s.apply({});
  EXPECT_EQ(s.count(CellState::left), 2);
  EXPECT_FALSE(s.has_current);
}

TEST(RunState, EndsAsTheRunSays) {
  RunState s = started(1);
  s.apply(status(at(5, "run_finished"), "failed"));
  EXPECT_EQ(s.status, RunStatus::failed);
  s = started(1);
  s.apply(at(1, "cell_started", 0));
  s.apply(at(2, "run_stopped"));
  EXPECT_EQ(s.status, RunStatus::stopped);
  EXPECT_EQ(s.count(CellState::left), 1);
  s = started(1);
  s.apply(status(at(5, "run_finished"), "complete"));
  EXPECT_EQ(s.status, RunStatus::complete);
}

}  // namespace
}  // namespace lethe
