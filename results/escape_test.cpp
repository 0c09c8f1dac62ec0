#include "results/escape.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

TEST(HtmlEscape, LeavesNoMarkupAndNoAttributeEnd) {
  EXPECT_EQ(html_escape("<img src=x onerror='a(\"b\")'>&amp;"),
            "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;amp;");
  EXPECT_EQ(html_escape("plain ↓ 日本"), "plain ↓ 日本");
  EXPECT_EQ(html_escape(""), "");
}

TEST(Escapes, ReplaceControlCharactersAndBadUtf8) {
  const std::string hostile = "a\x1b[31mb\nc\x07\xff";
  for (const auto& safe :
       {html_escape(hostile), csv_cell(hostile), markdown_cell(hostile)}) {
    for (const char c : safe) {
      EXPECT_FALSE(c == '\n' || (c > 0 && c < 0x20)) << safe;
    }
    EXPECT_NE(safe.find("\xEF\xBF\xBD"), std::string::npos) << safe;
  }
  EXPECT_EQ(csv_cell("\xE2\x80\xAEgnp.exe"), "\xEF\xBF\xBDgnp.exe");
}

TEST(Escapes, KeepLongTextWhole) {
  const std::string text(5000, 'x');
  EXPECT_EQ(html_escape(text), text);
  EXPECT_EQ(csv_cell(text), text);
  EXPECT_EQ(markdown_cell(text), text);
}

TEST(CsvCell, QuotesWhatRfc4180Asks) {
  EXPECT_EQ(csv_cell("plain text"), "plain text");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell(" outer "), "\" outer \"");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("two\nlines"), "two\\nlines");
}

TEST(CsvCell, DisarmsFormulas) {
  EXPECT_EQ(csv_cell("=1+1"), "'=1+1");
  EXPECT_EQ(csv_cell("+1"), "'+1");
  EXPECT_EQ(csv_cell("-1"), "'-1");
  EXPECT_EQ(csv_cell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(csv_cell("=cmd|' /C calc'!A0,1"), "\"'=cmd|' /C calc'!A0,1\"");
  EXPECT_EQ(csv_cell("  =1"), "'  =1");
  EXPECT_EQ(csv_cell("\t=1"), "' =1");
  EXPECT_EQ(csv_cell("a=1"), "a=1");
}

TEST(MarkdownCell, HoldsNoMarkup) {
  EXPECT_EQ(markdown_cell("a|b"), "a\\|b");
  EXPECT_EQ(markdown_cell("\\|"), "\\\\\\|");
  EXPECT_EQ(markdown_cell("`code` *b* ~s~ $x$"),
            "\\`code\\` \\*b\\* \\~s\\~ \\$x\\$");
  EXPECT_EQ(markdown_cell("<b>&amp;"), "&lt;b&gt;&amp;amp;");
  EXPECT_EQ(markdown_cell("![x](http://evil/p.png)"),
            "\\!\\[x\\](http://evil/p.png)");
  EXPECT_EQ(markdown_cell("two\nlines"), "two\\\\nlines");
}

TEST(MarkdownCell, KeepsNamesReadable) {
  EXPECT_EQ(markdown_cell("arc_easy acc_norm"), "arc_easy acc_norm");
  EXPECT_EQ(markdown_cell("_emphasis_"), "\\_emphasis\\_");
  EXPECT_EQ(markdown_cell("npo:beta=0.1 + quantise:form=nf4"),
            "npo:beta=0.1 + quantise:form=nf4");
}

TEST(LatexEscape, ShowsCommandsAndSpecialSigns) {
  EXPECT_EQ(latex_escape("\\input{a}_%$#&~^"),
            "\\textbackslash{}input\\{a\\}\\_\\%\\$\\#\\&"
            "\\textasciitilde{}\\textasciicircum{}");
  EXPECT_EQ(latex_escape("a--b ``c'' [d]"),
            "a-{}-b \\char96{}\\char96{}c\\char39{}\\char39{} {[}d]");
  EXPECT_EQ(latex_escape("0.3 ± 0.1 ↓"), "0.3 $\\pm$ 0.1 $\\downarrow$");
}

TEST(LatexEscape, KeepsAccentsAndNamesOtherLetters) {
  EXPECT_EQ(latex_escape("Zoë Łódź"), "Zoë Łódź");
  EXPECT_EQ(latex_escape("中😀"), "{[}U+4E2D]{[}U+1F600]");
  EXPECT_EQ(latex_escape("\x1b[31m\n").find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace lethe
