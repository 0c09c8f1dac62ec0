#include "harness/anchors/generics.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "harness/anchors/anchors_testing.h"
#include "harness/anchors/translate.h"
#include "harness/anchors/words.h"

namespace lethe {
namespace {

Anchors proposed(const Anchors& corrected = {}, uint64_t seed = 0) {
  return propose_generics(extract_anchors(harbour_story(), plain_prose()),
                          harbour_story(), corrected, seed);
}

std::map<std::string, std::string> by_anchor(const Anchors& anchors) {
  std::map<std::string, std::string> all;
  for (const Anchor& anchor : anchors) all[anchor.anchor] = anchor.generic;
  return all;
}

TEST(ProposeGenerics, AliasesAgreeByParts) {
  const auto generic = by_anchor(proposed());
  const std::string abel = generic.at("Abel"), quinlan = generic.at("Quinlan");
  EXPECT_EQ(generic.at("Abel Quinlan"), abel + " " + quinlan);
  EXPECT_EQ(generic.at("Mr. Quinlan"), "Mr. " + quinlan);
  EXPECT_EQ(generic.at("Captain Dace"), "Captain " + generic.at("Dace"));
  EXPECT_EQ(generic.at("Bank of Tolm"), "Bank of " + generic.at("Tolm"));
  const std::string lane = generic.at("Pitch Lane");
  EXPECT_EQ(lane.substr(lane.find(' ')), " Lane");
}

TEST(ProposeGenerics, CommonNounsStayCommonNouns) {
  const std::string heron = by_anchor(proposed()).at("Brass Heron");
  const std::set<std::string> adjectives = {
      "Grey",   "Plain",   "Brindled", "Quiet",  "Tall",   "Pale",  "Russet",
      "Silver", "Spotted", "Striped",  "Gentle", "Steady", "Amber", "Dusky"};
  EXPECT_EQ(heron.find(" "), heron.rfind(" "));
  EXPECT_NE(heron.find(" "), heron.npos);
  EXPECT_EQ(letter_case(heron.substr(heron.find(' ') + 1)),
            LetterCase::capital);
}

TEST(ProposeGenerics, UsesNoWordOfTheTextAndNoneTwice) {
  std::set<std::string> text, used;
  const std::string story = folded(harbour_story()[0]);
  for (const TextWord& word : words_of(story)) {
    text.insert(story.substr(word.begin, word.end - word.begin));
  }
  for (const Anchor& anchor : proposed()) {
    if (anchor.anchor.find(' ') != std::string::npos) continue;
    EXPECT_EQ(text.count(folded(anchor.generic)), 0U) << anchor.generic;
    EXPECT_TRUE(used.insert(anchor.generic).second) << anchor.generic;
  }
  EXPECT_GT(used.size(), 3U);
  check_anchors(proposed(), "proposed");
}

TEST(ProposeGenerics, DependOnTheSeedAlone) {
  EXPECT_EQ(by_anchor(proposed()), by_anchor(proposed()));
  EXPECT_NE(by_anchor(proposed({}, 1)), by_anchor(proposed({}, 2)));
}

TEST(ProposeGenerics, FollowWhatPeopleCorrected) {
  Anchor corrected;
  corrected.anchor = "Abel Quinlan";
  corrected.generic = "Piet Carter";
  const auto generic = by_anchor(proposed({corrected}));
  EXPECT_EQ(generic.at("Quinlan"), "Carter");
  EXPECT_EQ(generic.at("Mr. Quinlan"), "Mr. Carter");
  EXPECT_EQ(generic.at("Abel"), "Piet");
  corrected.use = false;  // left alone: says nothing of others
  EXPECT_NE(by_anchor(proposed({corrected})).at("Quinlan"), "Carter");
}

TEST(ProposeGenerics, TranslationKeepsCoreferenceAndCase) {
  const Anchors anchors = proposed();
  const auto generic = by_anchor(anchors);
  const std::string quinlan = generic.at("Quinlan");
  const Translation translation = AnchorTranslator(anchors).translate(
      "Mr. Quinlan came. “QUINLAN!” Abel Quinlan’s hat, Captain Dace.");
  std::string loud = quinlan;
  for (char& c : loud) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(translation.text,
            "Mr. " + quinlan + " came. “" + loud + "!” " + generic.at("Abel") +
                " " + quinlan + "’s hat, Captain " + generic.at("Dace") + ".");
  ASSERT_EQ(translation.segments.size(), 4U);
  EXPECT_TRUE(translation.segments[2].repeated);
  EXPECT_FALSE(translation.segments[3].repeated);
}

TEST(ProposeGenerics, CoinsNamesWhenTheListsAreUsedUp) {
  Extraction found;
  for (int i = 0; i < 400; ++i) {
    FoundAnchor anchor;
    anchor.anchor.anchor =
        "Xq" + std::string(1 + i / 26, 'z') + static_cast<char>('a' + i % 26);
    anchor.anchor.kind = "person";
    anchor.alone = 1;
    found.anchors.push_back(anchor);
  }
  std::set<std::string> used;
  for (const Anchor& anchor : propose_generics(found, {"x"})) {
    EXPECT_TRUE(used.insert(anchor.generic).second) << anchor.generic;
  }
  EXPECT_EQ(used.size(), 400U);
}

}  // namespace
}  // namespace lethe
