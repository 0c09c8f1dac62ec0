#include "harness/anchors/translate.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"

namespace lethe {
namespace {

Anchor row(const std::string& anchor, const std::string& generic,
           bool any_case = false) {
  Anchor one;
  one.anchor = anchor;
  one.generic = generic;
  one.any_case = any_case;
  return one;
}

Anchors okafor() {
  return {row("Ines Okafor", "Clara Weldon"),
          row("Okafor", "Weldon"),
          row("Ines", "Clara"),
          row("Mr. Okafor", "Mr. Weldon"),
          row("Lumenstadt", "Harbury", true),
          row("Owl", "Ibis"),
          row("sun lamp", "tin drum")};
}

std::string translated(const std::string& text) {
  return AnchorTranslator(okafor()).translate(text).text;
}

TEST(TranslateAnchors, TakesTheLongestAtWordBoundaries) {
  EXPECT_EQ(translated("Ines Okafor met Ines and Okafor."),
            "Clara Weldon met Clara and Weldon.");
  EXPECT_EQ(translated("Okaforian Inescapable reOwl Owls Owl1"),
            "Okaforian Inescapable reOwl Owls Owl1");
  EXPECT_EQ(translated("(Okafor)—“Okafor”_Okafor_Okafor-like"),
            "(Weldon)—“Weldon”_Weldon_Weldon-like");
}

TEST(TranslateAnchors, KeepsCaseAndPossessives) {
  EXPECT_EQ(translated("OKAFOR! INES OKAFOR’S hat, Okafor's, Okafor’s"),
            "WELDON! CLARA WELDON’S hat, Weldon's, Weldon’s");
  const AnchorTranslator translator({row("Abels", "Weldon")});
  EXPECT_EQ(translator.translate("Abels' hat, Abels’, Abels' A, Abels'").text,
            "Weldon's hat, Weldon’, Weldon' A, Weldon'");
  // Small letters only where the row says so.
  EXPECT_EQ(translated("okafor in lumenstadt, LUMENSTADT"),
            "okafor in harbury, HARBURY");
  EXPECT_EQ(translated("Sun lamp, sun lamp, SUN LAMP, Sun Lamp"),
            "Tin drum, tin drum, TIN DRUM, Sun Lamp");
  EXPECT_EQ(translated("the owl and the Owl"), "the owl and the Ibis");
}

TEST(TranslateAnchors, ReadsWrappedLinesAndTitlesWithoutAStop) {
  EXPECT_EQ(translated("Ines\nOkafor, Mr Okafor, Mr.  Okafor"),
            "Clara Weldon, Mr. Weldon, Mr. Weldon");
  EXPECT_EQ(translated("Ines\n\nOkafor"), "Clara\n\nWeldon");
}

TEST(TranslateAnchors, PutsTheArticleRight) {
  EXPECT_EQ(translated("an Okafor, a Owl, An Owl, A\nLumenstadt, AN OKAFOR"),
            "a Weldon, an Ibis, An Ibis, A\nHarbury, A WELDON");
  // No article: a letter, the end of a word, a name's initial.
  EXPECT_EQ(translated("data Owl, plan Okafor, d'a Owl, A. Owl"),
            "data Ibis, plan Weldon, d'a Ibis, A. Ibis");
  const Translation both = AnchorTranslator(okafor()).translate("an Okafor");
  ASSERT_EQ(both.segments.size(), 2U);
  EXPECT_EQ(both.segments[0].anchor, -1);
  EXPECT_EQ(both.segments[0].end, 2U);
  EXPECT_EQ(both.segments[0].translated_end, 1U);
}

TEST(TranslateAnchors, TwiceIsOnce) {
  const std::string text =
      "Mr. Okafor of Lumenstadt saw an Owl by a sun lamp. “INES!”";
  EXPECT_EQ(translated(translated(text)), translated(text));
  EXPECT_NE(translated(text), text);
}

TEST(TranslateAnchors, SegmentsAreByteRangesWithRepeatsOfSharedParts) {
  const std::string text = "É: Mr. Okafor, Ines Okafor, Owl";
  const Translation result = AnchorTranslator(okafor()).translate(text);
  ASSERT_EQ(result.segments.size(), 3U);
  std::vector<bool> repeated;
  for (const AnchorSegment& segment : result.segments) {
    const Anchor anchor = okafor()[static_cast<size_t>(segment.anchor)];
    EXPECT_EQ(text.substr(segment.begin, segment.end - segment.begin),
              anchor.anchor);
    EXPECT_EQ(
        result.text.substr(segment.translated_begin,
                           segment.translated_end - segment.translated_begin),
        anchor.generic);
    repeated.push_back(segment.repeated);
  }
  EXPECT_EQ(repeated, (std::vector<bool>{false, true, false}));
  EXPECT_EQ(result.segments[0].begin, 4U);
}

TEST(TranslateAnchors, ATitleAloneIsNoSharedPart) {
  const AnchorTranslator translator(
      {row("Mr. Okafor", "Mr. Weldon"), row("Mr. Abel", "Mr. Cole")});
  const Translation result = translator.translate("Mr. Okafor, Mr. Abel");
  EXPECT_FALSE(result.segments[1].repeated);
}

TEST(TranslateAnchors, ChineseHasNoWordBoundaries) {
  const AnchorTranslator translator({row("福尔摩斯", "韦尔登")});
  EXPECT_EQ(translator.translate("是福尔摩斯的").text, "是韦尔登的");
}

TEST(TranslateAnchors, LeavesOutWhatIsNotInUseAndCopesWithNothing) {
  Anchors anchors = okafor();
  anchors[1].use = false;
  EXPECT_EQ(AnchorTranslator(anchors).translate("Okafor Ines").text,
            "Okafor Clara");
  EXPECT_EQ(AnchorTranslator(anchors).translate("Ines").segments[0].anchor, 2);
  EXPECT_EQ(translated(""), "");
  EXPECT_EQ(AnchorTranslator({}).translate("Ines").text, "Ines");
  EXPECT_THROW(translated("\xff"), Error);
}

TEST(TranslateAnchors, OfTwoThatDifferInCaseTakesTheOneThatIsWritten) {
  const AnchorTranslator translator({row("Owl", "Ibis"), row("owl", "hat")});
  EXPECT_EQ(translator.translate("Owl owl OWL").text, "Ibis hat IBIS");
}

}  // namespace
}  // namespace lethe
