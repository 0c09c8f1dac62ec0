#include "results/run_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/test_events.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Cell 0 done, 1 failed, 2 at work on its probe.
RunState busy() {
  RunState s = started(6);
  run_cell(s, 0, 0, 10);
  s.apply(at(10, "cell_started", 1));
  s.apply(took(at(14, "unit_done", 1, kModelUnit), 4, 1200));
  s.apply(took(at(19, "unit_done", 1, "probe"), 5, 600));
  s.apply(failed(at(20, "unit_failed", 1, "task"), "out of memory"));
  s.apply(status(at(20, "cell_finished", 1), "failed"));
  s.apply(at(20, "cell_started", 2));
  s.apply(took(at(24, "unit_done", 2, kModelUnit), 4, 1200));
  s.apply(at(24, "unit_started", 2, "probe"));
  RunEvent p = at(26, "progress", 2, "probe");
  p.stage = "scoring";
  p.counted = "tokens";
  p.done = 45;
  p.total = 100;
  s.apply(p);
  return s;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(RunView, SaysWhereTheRunStands) {
  const auto lines = run_lines(busy(), kStart + 26, {.run = "runs/q"});
  EXPECT_EQ(text_of(lines),
            "quickstart in runs/q: 1 of 6 cells done, 1 failed, 1 running, "
            "3 left\n"
            "[#x>...]\n"
            "  time    26 s, about 34 s left\n"
            "  cell    m2 (seed 0), 0 of 2 probes and tasks done\n"
            "  now     probe: scoring 45 %, 45 of 100 tokens\n"
            "  cost    23 s of work, 3000 tokens\n"
            "  failed  m1 (seed 0): out of memory\n");
}

TEST(RunView, TrainingSaysHowLongItStillTakes) {
  RunState s = started(2);
  s.apply(at(0, "unit_started", -1, kModelUnit));
  s.apply(steps(at(2, "progress", -1, kModelUnit), 1, 101));
  EXPECT_THAT(text_of(run_lines(s, kStart + 2, {})),
              HasSubstr("training the base model 1 %, 1 of 101 steps\n"));
  s.apply(failed(steps(at(22, "progress", -1, kModelUnit), 11, 101), "loss 2"));
  EXPECT_THAT(text_of(run_lines(s, kStart + 22, {})),
              HasSubstr("training the base model 11 %, 11 of 101 steps, "
                        "3 min 00 s left, loss 2\n"));
  s.apply(at(30, "cell_started", 0));
  s.apply(at(30, "unit_started", 0, kModelUnit));
  EXPECT_THAT(text_of(run_lines(s, kStart + 30, {})),
              HasSubstr("now     making the model\n"));
  s.apply(steps(at(31, "progress", 0, kModelUnit), 1, 4));
  EXPECT_THAT(text_of(run_lines(s, kStart + 31, {})),
              HasSubstr("now     training 25 %, 1 of 4 steps\n"));
}

TEST(RunView, NoLineIsWiderThanAsked) {
  RunState s = busy();
  s.apply(failed(at(27, "unit_failed", 2, "probe"), std::string(500, 'x')));
  for (const size_t width : {10, 20, 40, 79, 119}) {
    for (const bool watch : {false, true}) {
      const ViewOptions options = {
          .width = width, .run = std::string(300, 'r'), .watch = watch};
      for (const std::string& line : run_lines(s, kStart + 30, options)) {
        EXPECT_LE(display_width(line), width) << line;
      }
    }
  }
}

TEST(RunView, WholeTextsGoOnInFurtherLines) {
  RunState s = busy();
  const std::string why = "needs 12.3 GB, 8.1 GB are free: lower batch";
  s.apply(failed(at(27, "unit_failed", 2, "probe"), why));
  const ViewOptions options = {.width = 40, .height = 99, .whole = true};
  const std::string text = text_of(run_lines(s, kStart + 30, options));
  EXPECT_THAT(text, HasSubstr("1 failed,\n1 running, 3 left\n"));
  EXPECT_THAT(text, HasSubstr("          m2 (seed 0): needs 12.3 GB,\n"
                              "          8.1 GB are free: lower batch\n"));
}

TEST(RunView, NoMoreLinesThanAsked) {
  for (const size_t height : {3, 5, 12}) {
    EXPECT_LE(run_lines(busy(), kStart + 30, {.height = height}).size(),
              height);
  }
}

TEST(RunView, HostileLabelsStayText) {
  RunState s;
  RunEvent e = start_of(1);
  e.suite = "a\x1b[2J\nb";
  e.plan[0].label = "evil\x1b]0;title\x07\xe2\x80\xae\r";
  e.units = {"pro\x1b[1mbe"};
  s.apply(e);
  s.apply(at(1, "cell_started", 0));
  s.apply(at(1, "unit_started", 0, "pro\x1b[1mbe"));
  s.apply(failed(at(2, "unit_failed", 0, "pro\x1b[1mbe"), "\x9b\x1b[31mred\n"));
  s.apply(status(at(3, "cell_finished", 0), "failed"));
  std::string text = run_line(s, kStart + 3) + cell_line(s, kStart + 3);
  for (const std::string& line :
       run_lines(s, kStart + 3, {.run = "x\x1b[0m\ny"})) {
    text += line;
  }
  for (const char c : text) EXPECT_FALSE(c >= 0 && c < 0x20) << int{c};
  EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
}

TEST(RunView, TwoHundredCellsTakeThreeLines) {
  RunState s = started(200);
  for (int i = 0; i < 120; ++i) run_cell(s, i, i, i + 1);
  const auto lines = run_lines(s, kStart + 120, {});
  EXPECT_THAT(lines[0], HasSubstr("120 of 200 cells done, 80 left"));
  EXPECT_EQ(lines[1], "[" + std::string(77, '#'));
  EXPECT_EQ(lines[2], " " + std::string(43, '#') + std::string(34, '.'));
  EXPECT_EQ(lines[3], " " + std::string(46, '.') + "]");
  EXPECT_THAT(lines[4], StartsWith("  time"));
}

TEST(RunView, OneSignStandsForManyCellsAndSaysTheWorst) {
  RunState s = started(2000);
  for (int i = 0; i < 1000; ++i) run_cell(s, i, i, i + 1);
  s.apply(at(1001, "cell_started", 500));
  s.apply(status(at(1002, "cell_finished", 500), "failed"));
  const auto lines = run_lines(s, kStart + 1002, {});
  size_t signs = 0, failed = 0, maps = 0;
  for (const std::string& line : lines) {
    if (line[0] != '[' && (line[0] != ' ' || line[1] == ' ')) continue;
    ++maps;
    for (const char c : line) {
      signs += c == '#' || c == 'x' || c == '.' ? 1 : 0;
      failed += c == 'x' ? 1 : 0;
    }
  }
  EXPECT_LE(maps, 3u);
  EXPECT_EQ(signs, 223u);  // nine cells a sign
  EXPECT_EQ(failed, 1u);
}

TEST(RunView, ColoursOnlyWhenAsked) {
  EXPECT_THAT(text_of(run_lines(busy(), kStart + 26, {.colour = false})),
              Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_of(run_lines(busy(), kStart + 26, {.colour = true})),
              HasSubstr("\x1b[31mx\x1b[0m"));
}

TEST(RunView, WatchNamesThePartialTableAndTheSilence) {
  const ViewOptions watch = {.run = "runs/q", .watch = true};
  const std::string early = text_of(run_lines(busy(), kStart + 60, watch));
  EXPECT_THAT(early, AllOf(HasSubstr("lethe leaderboard runs/q"),
                           Not(HasSubstr("no event"))));
  EXPECT_THAT(text_of(run_lines(busy(), kStart + 26 + 300, watch)),
              HasSubstr("no event for 5 min 00 s"));
}

TEST(RunView, AStoppedRunSaysWhy) {
  RunState s = busy();
  s.apply(failed(at(30, "run_stopped"), "signal 15"));
  const std::string text = text_of(run_lines(s, kStart + 999, {}));
  EXPECT_THAT(text, HasSubstr(": stopped (signal 15): 1 of 6 cells done"));
  EXPECT_THAT(text, HasSubstr("time    30 s\n"));
  EXPECT_THAT(text, Not(HasSubstr("now ")));
}

TEST(PlainLines, GiveALineACellAndOneAMinute) {
  PlainLines plain;
  RunState s = started(3);
  EXPECT_EQ(plain.due(s, kStart), "");
  run_cell(s, 0, 0, 10);
  EXPECT_EQ(plain.due(s, kStart + 10),
            "1 of 3 cells: m0 (seed 0): done in 10 s; about 20 s left");
  EXPECT_EQ(plain.due(s, kStart + 11), "");
  EXPECT_EQ(plain.due(s, kStart + 69), "");
  EXPECT_THAT(plain.due(s, kStart + 70),
              StartsWith("1 of 3 cells done, 2 left"));
  EXPECT_EQ(plain.due(s, kStart + 71), "");
}

TEST(RunJson, HasTheSameInNumbers) {
  const OrderedJson json = run_json(busy(), kStart + 26);
  EXPECT_EQ(json["status"], "running");
  EXPECT_EQ(json["cells"]["total"], 6);
  EXPECT_EQ(json["cells"]["failed"], 1);
  EXPECT_EQ(json["units"]["total"], 12);
  EXPECT_EQ(json["units"]["ended"], 4);
  EXPECT_EQ(json["units"]["failed"], 1);
  EXPECT_EQ(json["now"]["unit"], "probe");
  EXPECT_EQ(json["now"]["done"], 45);
  EXPECT_NEAR(json["seconds_left"].get<double>(), 34, 1e-9);
  EXPECT_EQ(json["failures"][0]["message"], "out of memory");
}

TEST(Clipped, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(clipped("abcdef", 6), "abcdef");
  EXPECT_EQ(clipped("abcdefg", 6), "abc...");
  EXPECT_EQ(clipped("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 5),
            "\xe6\x97\xa5...");
  EXPECT_EQ(clipped("abc", 2), "..");
}

}  // namespace
}  // namespace lethe
