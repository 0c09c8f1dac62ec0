#include "harness/base/terminal.h"

#include <gtest/gtest.h>

#include "harness/base/log.h"

namespace lethe {
namespace {

TEST(BlockFrame, TheFirstStandsWhereTheCursorIs) {
  EXPECT_EQ(block_frame(0, {"a", "b"}), "\ra\x1b[K\nb\x1b[K\n\x1b[J");
}

TEST(BlockFrame, TheNextGoesUpOverTheOldOne) {
  EXPECT_EQ(block_frame(3, {"a"}), "\r\x1b[3Aa\x1b[K\n\x1b[J");
}

TEST(BlockFrame, NoLinesTakeItAway) {
  EXPECT_EQ(block_frame(2, {}), "\r\x1b[2A\x1b[J");
}

TEST(RowsOf, LinesBreakAgainOnANarrowerTerminal) {
  EXPECT_EQ(rows_of({79, 10, 0}, 80), 3u);
  EXPECT_EQ(rows_of({79, 10, 0}, 40), 4u);
  EXPECT_EQ(rows_of({80}, 40), 2u);
  EXPECT_EQ(rows_of({81}, 40), 3u);
}

struct Heard : ProgressListener {
  explicit Heard(bool shows) : shows(shows) {}
  bool on_progress(const Stage& stage) override {
    stages.push_back(stage);
    return shows;
  }
  const bool shows;
  std::vector<Stage> stages;
};

TEST(ProgressListener, HearsAllProgress) {
  Heard heard(true);
  testing::internal::CaptureStderr();
  {
    Progress progress("training", "steps", 10);
    progress.set(3, "loss 2.0");
    progress.add(4);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_EQ(heard.stages.size(), 2u);
  EXPECT_EQ(heard.stages[0].title, "training");
  EXPECT_EQ(heard.stages[0].unit, "steps");
  EXPECT_EQ(heard.stages[0].note, "loss 2.0");
  EXPECT_EQ(heard.stages[1].done, 7);
  EXPECT_EQ(heard.stages[1].total, 10);
}

TEST(ProgressListener, TheOneBeforeHearsAgainWhenItEnds) {
  Heard outer(true);
  { const Heard inner(true); }
  Progress("scoring", "tokens", 5).set(1);
  EXPECT_EQ(outer.stages.size(), 1u);
}

}  // namespace
}  // namespace lethe
