#include "results/text_table.h"

#include <gtest/gtest.h>

#include "results/text_wrap.h"

namespace lethe {
namespace {

using Lines = std::vector<std::string>;

TextTable sample() {
  TextTable table;
  table.corner = "model";
  table.columns = {{"greedy extraction EM", "↓", "Attack", "100"},
                   {"seconds", "", "Cost", ""}};
  table.names = {"none", "npo + relearn:n=100,steps=50"};
  table.cells = {{{"0.980", ""}, {"0.0", ""}}, {{"-", "¹"}, {"33.3", ""}}};
  table.name_width = 16;
  table.second_block = 1;
  return table;
}

TEST(TextWrap, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("↓ ≈ ±"), 5u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);  // e and a combining accent
  EXPECT_EQ(pad_left("日", 4), "  日");
  EXPECT_EQ(pad_right("abcdef", 3), "abcdef");
}

TEST(TextWrap, BreaksAtBlanksThenBehindSeparators) {
  EXPECT_EQ(wrap_text("one two three", 7), (Lines{"one two", "three"}));
  EXPECT_EQ(wrap_text("relearn:n=100,steps=50", 14),
            (Lines{"relearn:n=100,", "steps=50"}));
  EXPECT_EQ(wrap_text("abcdefgh", 3), (Lines{"abc", "def", "gh"}));
  EXPECT_EQ(wrap_text("", 5), (Lines{""}));
  EXPECT_EQ(wrap_text("日本", 1), (Lines{"日", "本"}));
  EXPECT_EQ(widest_word("greedy extraction EM"), 10u);
}

TEST(TextWrap, HangsTextBesideItsLabel) {
  EXPECT_EQ(hanging("  a", 6, "one two three", 13),
            "  a   one two\n      three\n");
  EXPECT_EQ(hanging("- ", 2, "", 10), "- \n");
}

TEST(TextTable, IsAlignedInATerminal) {
  EXPECT_EQ(render_table(sample(), TextLayout::terminal),
            "                  Attack      Cost\n"
            "                      greedy\n"
            "                  extraction\n"
            "model                     EM  seconds\n"
            "                     ↓ n=100\n"
            "----------------  ----------  -------\n"
            "none                  0.980       0.0\n"
            "\n"
            "npo +                     -¹     33.3\n"
            "  relearn:n=100,steps=50\n");
}

TEST(TextTable, IsAPipeTableInMarkdown) {
  EXPECT_EQ(
      render_table(sample(), TextLayout::markdown),
      "| model                        | greedy extraction EM ↓ | seconds |\n"
      "|------------------------------|-----------------------:|--------:|\n"
      "| n                            |                    100 |         |\n"
      "| none                         |                 0.980  |     0.0 |\n"
      "| npo + relearn:n=100,steps=50 |                     -¹ |    33.3 |\n");
}

TEST(TextTable, IsCutToTheWidth) {
  const TextTable table = sample();
  EXPECT_EQ(cut_to_width(table, 100, TextLayout::terminal).size(), 1u);
  const auto parts = cut_to_width(table, 30, TextLayout::terminal);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].columns[0].title, "greedy extraction EM");
  EXPECT_EQ(parts[1].columns[0].title, "seconds");
  EXPECT_EQ(parts[1].cells[1][0].text, "33.3");
  EXPECT_EQ(parts[1].names, table.names);
  EXPECT_EQ(cut_to_width(table, 1, TextLayout::markdown).size(), 2u);
}

}  // namespace
}  // namespace lethe
