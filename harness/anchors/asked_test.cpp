#include "harness/anchors/asked.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::Pair;

const std::string kText =
    "Old Tessaly Worn rowed home.\nTessaly Worn had the Lantern of Orr with "
    "him, and Worn's boat leaked.";

std::map<std::string, std::string> dictionary(const AnsweredAnchors& found) {
  std::map<std::string, std::string> all;
  for (const Anchor& a : found.anchors) all[a.anchor] = a.generic;
  return all;
}

TEST(AskedAnchors, PassagesAreTheWholeTextInPieces) {
  const auto questions = anchor_questions({kText, "  "}, 40);
  ASSERT_GE(questions.size(), 3u);
  EXPECT_THAT(questions[0], EndsWith("\nOld Tessaly Worn rowed home.\n"));
  std::string all;
  for (const std::string& q : questions) {
    all += q.substr(q.rfind("Passage:\n") + 9);
  }
  EXPECT_EQ(all, kText);
}

TEST(AskedAnchors, LongWordsAreCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "\xC3\xA9";
  for (const std::string& q : anchor_questions({text}, 9)) {
    EXPECT_EQ((q.size() - (q.rfind("Passage:\n") + 9)) % 2, 0u);
  }
}

TEST(AskedAnchors, ReadsJsonAmongOtherWordsAndLines) {
  const AnsweredAnchors found = answered_anchors(
      {"Sure! {\"Tessaly Worn\": \"Arthur Reed\"} Anything else?",
       "[{\"term\": \"Worn\", \"generic\": \"Reed\"}]",
       "- Lantern of Orr -> Lamp of the Hall\n* nothing here\n", "No idea."},
      {kText});
  EXPECT_THAT(
      dictionary(found),
      ElementsAre(Pair("Lantern of Orr", "Lamp of the Hall"),
                  Pair("Tessaly Worn", "Arthur Reed"), Pair("Worn", "Reed")));
  EXPECT_EQ(found.unreadable, 1);
  EXPECT_EQ(found.anchors.front().anchor, "Worn") << "the most frequent first";
  EXPECT_EQ(found.anchors.front().count, 3);
}

TEST(AskedAnchors, ReadsBehindOtherBracketsAndWhatWasNotEnded) {
  const AnsweredAnchors found = answered_anchors(
      {"The list [as asked]:\n{\"Worn\": \"Reed\"}",
       "{\"Tessaly\": \"Arthur\", \"Lantern of Orr\": \"the br"},
      {kText});
  EXPECT_THAT(dictionary(found),
              ElementsAre(Pair("Tessaly", "Arthur"), Pair("Worn", "Reed")));
  EXPECT_EQ(found.unreadable, 0);
  EXPECT_EQ(answered_anchors({"No [idea] {at all}"}, {kText}).unreadable, 1);
}

TEST(AskedAnchors, TheFormGivenMostOftenStays) {
  const AnsweredAnchors found =
      answered_anchors({"{\"Worn\": \"Reed\"}", "{\"Worn\": \"Hill\"}",
                        "{\"Worn\": \"Hill\"}", "{}"},
                       {kText});
  EXPECT_THAT(dictionary(found), ElementsAre(Pair("Worn", "Hill")));
  EXPECT_EQ(found.anchors.front().score, 3);
  EXPECT_EQ(found.unreadable, 0);
}

TEST(AskedAnchors, WhatCannotServeIsLeftOutAndCounted) {
  const AnsweredAnchors found = answered_anchors(
      {"{\"Hobb\": \"Reed\", \"Worn\": \"Worn\", \"Orr\": \"\", \"boat\": "
       "\"Tessaly\", \"Tessaly\": \"Arthur\", \"ssaly\": \"x\"}",
       "{\"home\": \"" + std::string(81, 'x') + "\"}"},
      {kText});
  EXPECT_THAT(dictionary(found), ElementsAre(Pair("Tessaly", "Arthur")));
  EXPECT_EQ(found.absent, 2) << "Hobb, and ssaly, which is part of a word";
  EXPECT_EQ(found.unfit, 4);
}

TEST(AskedAnchors, AnswersWithoutAnEndAreBounded) {
  std::string deep(100000, '['), open = "{\"Worn\": \"Reed\"";
  EXPECT_EQ(answered_anchors({deep, open, std::string(100000, '{')}, {kText})
                .unreadable,
            3);
}

}  // namespace
}  // namespace lethe
