#include "harness/anchors/extract.h"

#include <gtest/gtest.h>

#include <map>

#include "harness/anchors/anchors_testing.h"
#include "harness/base/error.h"

namespace lethe {
namespace {

std::map<std::string, FoundAnchor> found_in(
    const std::vector<std::string>& target,
    const std::vector<std::string>& background, ExtractOptions options = {}) {
  std::map<std::string, FoundAnchor> found;
  for (const FoundAnchor& anchor :
       extract_anchors(target, background, options).anchors) {
    found[anchor.anchor.anchor] = anchor;
  }
  return found;
}

TEST(ExtractAnchors, FindsNamesAliasesTitlesAndConnectors) {
  const auto found = found_in(harbour_story(), plain_prose());
  for (const char* name : {"Quinlan", "Abel Quinlan", "Mr. Quinlan", "Abel",
                           "Tolm", "Pitch Lane", "Bank of Tolm", "Brass Heron",
                           "Odile Verrin", "Verrin", "Captain Dace", "Dace"}) {
    EXPECT_EQ(found.count(name), 1U) << name;
  }
  EXPECT_EQ(found.at("Quinlan").anchor.count, 9);
  EXPECT_EQ(found.at("Tolm").anchor.count, 7);
}

TEST(ExtractAnchors, SentenceStartersTitlesDaysAndNationsAreNone) {
  const auto found = found_in(harbour_story(), plain_prose());
  for (const char* word :
       {"Then",         "When", "The",     "He",     "I",       "Oh",
        "Mr",           "Miss", "Captain", "Monday", "Tuesday", "English",
        "Poor Quinlan", "Poor", "Come",    "My",     "CHAPTER", "George",
        "QUINLAN",      "Lane", "Bank"}) {
    EXPECT_EQ(found.count(word), 0U) << word;
  }
}

TEST(ExtractAnchors, AWordInSmallLettersNeedsTheBackground) {
  const auto found = found_in(harbour_story(), plain_prose(),
                              ExtractOptions{.phrase_per_million = 2000});
  ASSERT_EQ(found.count("gnarlstone"), 1U);
  EXPECT_EQ(found.at("gnarlstone").anchor.kind, "thing");
  EXPECT_EQ(found.count("supper"), 0U);
  EXPECT_EQ(found_in(harbour_story(), {}).count("gnarlstone"), 0U);
  // A small background proves little.
  EXPECT_EQ(found_in(harbour_story(), plain_prose()).count("gnarlstone"), 0U);
  EXPECT_EQ(
      found_in(harbour_story(), plain_prose(),
               ExtractOptions{.phrases = false, .phrase_per_million = 2000})
          .count("gnarlstone"),
      0U);
}

TEST(ExtractAnchors, GuessesKindAndGender) {
  const auto found = found_in(harbour_story(), plain_prose());
  EXPECT_EQ(found.at("Quinlan").anchor.kind, "person");
  EXPECT_EQ(found.at("Quinlan").gender, Gender::male);
  EXPECT_TRUE(found.at("Quinlan").surname);
  EXPECT_EQ(found.at("Odile Verrin").gender, Gender::female);
  EXPECT_EQ(found.at("Tolm").anchor.kind, "place");
  EXPECT_EQ(found.at("Pitch Lane").anchor.kind, "place");
  EXPECT_EQ(found.at("Bank of Tolm").anchor.kind, "organisation");
  EXPECT_TRUE(found.at("Brass Heron").common);
}

TEST(ExtractAnchors, ANameThatTheBackgroundHasIsNoAnchor) {
  std::vector<std::string> background = plain_prose();
  for (int i = 0; i < 60; ++i) background[0] += "He met Quinlan there. ";
  EXPECT_EQ(found_in(harbour_story(), background).count("Quinlan"), 0U);
}

TEST(ExtractAnchors, SaysWhatIsWeakerWithoutABackground) {
  const Extraction found = extract_anchors(harbour_story(), {});
  EXPECT_NE(found.note.find("no background"), std::string::npos);
  ASSERT_FALSE(found.anchors.empty());
  EXPECT_EQ(found.anchors[0].anchor.anchor, "Quinlan");
  EXPECT_EQ(found.anchors[0].anchor.score, 9);
  EXPECT_NE(
      extract_anchors(harbour_story(), plain_prose()).note.find("need 600000"),
      std::string::npos);
  EXPECT_TRUE(extract_anchors(harbour_story(), plain_prose(),
                              ExtractOptions{.phrases = false})
                  .note.empty());
}

TEST(ExtractAnchors, ReadsOtherScripts) {
  std::string russian, plain;
  for (int i = 0; i < 4; ++i) {
    russian += "Вчера Марфа Ильина пошла в город. Там Марфа ждала. ";
    plain += "Вчера он пошёл в город. Там он ждал. ";
  }
  const auto found = found_in({russian}, {plain});
  EXPECT_EQ(found.count("Марфа"), 1U);
  EXPECT_EQ(found.count("Марфа Ильина"), 1U);
  EXPECT_EQ(found.count("Вчера"), 0U);
  EXPECT_EQ(found.count("Там"), 0U);
  // No case: by frequency.
  std::string chinese, elsewhere;
  for (int i = 0; i < 12; ++i) chinese += "今天福尔摩斯在北京学习。";
  for (int i = 0; i < 60; ++i) elsewhere += "今天我们在北京学习。";
  bool some = false;
  for (const auto& [name, anchor] : found_in({chinese}, {elsewhere})) {
    EXPECT_NE(name, "北京");
    EXPECT_NE(name, "今天");
    some = some || std::string("福尔摩斯").find(name) != std::string::npos;
  }
  EXPECT_TRUE(some);
}

TEST(ExtractAnchors, RefusesNothingAndOptionsOutOfRange) {
  EXPECT_THROW(extract_anchors({}, {}), Error);
  EXPECT_THROW(extract_anchors({" .. "}, {}), Error);
  EXPECT_TRUE(extract_anchors({"word"}, {}).anchors.empty());
  try {
    extract_anchors({"word"}, {}, ExtractOptions{.min_count = 0});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_NE(std::string(error.what()).find("min_count"), std::string::npos);
  }
}

TEST(ExtractAnchors, KeepsTheHighestScores) {
  const Extraction found = extract_anchors(harbour_story(), plain_prose(),
                                           ExtractOptions{.max_anchors = 3});
  ASSERT_EQ(found.anchors.size(), 3U);
  EXPECT_GE(found.anchors[0].anchor.score, found.anchors[1].anchor.score);
  EXPECT_GE(found.anchors[1].anchor.score, found.anchors[2].anchor.score);
}

}  // namespace
}  // namespace lethe
