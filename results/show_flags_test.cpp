// What show --flags counts.
#include "results/show_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/files.h"
#include "results/test_records.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::Not;

class ShowFlags : public testing::Test {
 protected:
  ShowFlags() {
    std::string name = testing::TempDir() + "lethe_flags_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~ShowFlags() override { std::filesystem::remove_all(folder_); }

  std::vector<CountedFlag> flags(const std::vector<Record>& records) const {
    std::string text;
    for (const Record& r : records) text += to_json(r).dump() + "\n";
    write_file_atomically(folder_ + "/records.jsonl", text);
    return counted_flags(folder_);
  }

  std::string folder_;
};

TEST_F(ShowFlags, SaysThatNothingWasCounted) {
  EXPECT_THAT(flags_text(flags({extraction(test_record("npo"), 0.5)})),
              HasSubstr("nothing truncated"));
}

TEST_F(ShowFlags, CountsOncePerPassWhatAllItsMetricsRepeat) {
  Record a = extraction(test_record("npo"), 0.5);
  a.counts.truncated = 3;
  a.counts.skipped = 2;
  Record b = a;
  b.metric = b.field = "token_accuracy";
  const auto all = flags({a, b});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].flag, "truncated");
  EXPECT_EQ(all[0].items, 3);
  EXPECT_EQ(all[0].of, 100);
  EXPECT_EQ(all[1].flag, "skipped");
  EXPECT_THAT(flags_text(all), HasSubstr("3 of 100 truncated"));
}

TEST_F(ShowFlags, NamesValuesThatAreMissingOrRestOnLess) {
  Record fewer = extraction(test_record("npo"), 0.5);
  fewer.n = 90;
  const Record failed =
      missing(perplexity(test_record("npo"), 1), "failed", "out of memory");
  Record none = missing(accuracy(test_record("npo"), 1), "ok", "no items");
  const std::string text = flags_text(flags({fewer, failed, none}));
  EXPECT_THAT(text, HasSubstr("exact_match: 90 of 100"));
  EXPECT_THAT(text, HasSubstr("perplexity: failed: out of memory"));
  EXPECT_THAT(text, HasSubstr("acc: no items"));
}

TEST_F(ShowFlags, ShowsTheFlagsOfCellsAndEscapesTexts) {
  write_file_atomically(
      folder_ + "/run.json",
      R"({"cells":[{"label":"npo","flags":["unchanged"]},7,{"flags":3}]})");
  const Record failed =
      missing(extraction(test_record("npo"), 1), "failed", "\x1b[31mred");
  const auto all = flags({failed});
  EXPECT_EQ(all.back().flag, "unchanged");
  EXPECT_THAT(flags_text(all), Not(HasSubstr("\x1b")));
  EXPECT_EQ(flags_json(all)["flags"].size(), 2u);
}

TEST_F(ShowFlags, NamesTheRowOfAFlaggedCell) {
  Record first = extraction(test_record("npo", 0), 0.5);
  first.cell = "c0";
  Record second = extraction(test_record("npo", 1), 0.5);
  second.cell = "c1";
  second.transform = {"quantise"};
  write_file_atomically(folder_ + "/run.json",
                        R"({"cells":[
      {"cell":"c0","label":"npo","flags":["unchanged"]},
      {"cell":"c1","label":"npo","flags":["unchanged"]}]})");
  const auto all = flags({first, second});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].row, "npo (seed 0)");
  EXPECT_EQ(all[1].row, "npo (seed 1) + quantise");
}

TEST_F(ShowFlags, LinesFitATerminal) {
  Record r = missing(extraction(test_record(std::string(60, 'x')), 1), "failed",
                     std::string(400, 'y') + " " + std::string(50, 'z'));
  const std::string text = flags_text(flags({r}));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 100u);
    begin = end + 1;
  }
}

}  // namespace
}  // namespace lethe
