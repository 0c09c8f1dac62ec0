#include "results/gate/glob.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(glob_matches("npo", "npo"));
  EXPECT_FALSE(glob_matches("npo", "npo + quantise"));
  EXPECT_TRUE(glob_matches("npo*", "npo + quantise"));
  EXPECT_TRUE(glob_matches("*_mia.auroc", "zlib_mia.auroc"));
  EXPECT_FALSE(glob_matches("*_mia.auroc", "zlib_mia.auroc.forget"));
  EXPECT_TRUE(glob_matches("a*b*c", "aXbbYc"));
  EXPECT_TRUE(glob_matches("rouge_?", "rouge_l"));
  EXPECT_FALSE(glob_matches("rouge_?", "rouge_"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_FALSE(glob_matches("", "x"));
}

TEST(Glob, TakesEverythingElseAsItStands) {
  EXPECT_TRUE(glob_matches("npo:beta=0.1", "npo:beta=0.1"));
  EXPECT_FALSE(glob_matches("npo:beta=0.1", "npo:beta=0x1"));
  EXPECT_TRUE(glob_matches("a[b](c)+", "a[b](c)+"));
}

TEST(Glob, StaysFastOnManyStars) {
  const std::string pattern = "*a*a*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(glob_matches(pattern, std::string(5000, 'a')));
}

TEST(Glob, SaysWhatATextCouldBecome) {
  EXPECT_TRUE(glob_could_match("*_mia.auroc", "zlib_mia."));
  EXPECT_TRUE(glob_could_match("zlib_mia.auroc", "zlib_mia."));
  EXPECT_FALSE(glob_could_match("loss_mia.auroc", "zlib_mia."));
}

TEST(ChosenBy, TakesOutWhatFollowsAnExclamationMark) {
  EXPECT_TRUE(chosen_by({}, "npo"));
  EXPECT_TRUE(chosen_by({"npo", "ga"}, "ga"));
  EXPECT_FALSE(chosen_by({"*", "!none*"}, "none + quantise"));
  EXPECT_TRUE(chosen_by({"!none*"}, "npo"));
  EXPECT_FALSE(chosen_by({"npo"}, "ga"));
}

}  // namespace
}  // namespace lethe
