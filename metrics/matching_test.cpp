// Greedy matching in little memory, and files of baselines.
#include "metrics/matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/base/error.h"
#include "metrics/baseline_file.h"
#include "metrics/toy_text_model.h"

namespace lethe {
namespace {

using testing::HasSubstr;

// 30 texts of different lengths; each is compared with several.
struct Many {
  ToyTextModel model{{{"[", {1, 0, 0.5f}},
                      {"]", {0, 1, 0.5f}},
                      {"x", {0.3f, -0.4f, 0.1f}},
                      {"y", {-0.2f, 0.9f, 0.3f}},
                      {"?", {0.5f, 0.1f, -0.7f}}}};
  std::vector<WeightedText> texts;
  std::vector<std::pair<size_t, size_t>> pairs;

  Many() {
    for (size_t i = 0; i < 30; ++i) {
      std::string text;
      for (size_t word = 0; word <= i; ++word) {
        text += (word * word + i) % 3 == 0 ? "x " : i % 2 == 0 ? "y " : "z ";
      }
      const std::vector<int64_t> ids = model.encode(text);
      std::vector<double> weights(ids.size(), 1);
      weights.front() = weights.back() = 0;
      texts.push_back({ids, weights, false});
    }
    for (size_t i = 0; i < 90; ++i) pairs.emplace_back(i % 30, i * 7 % 30);
  }
};

TEST(Matching, GivesTheSameInLittleMemory) {
  Many many;
  const std::vector<Match> wanted =
      match(many.model, many.texts, many.pairs, {});
  EXPECT_EQ(many.model.computed, 30);
  for (const size_t bytes : {1, 400, 2000}) {
    many.model.computed = 0;
    MatchOptions options;
    options.bytes = bytes;
    const std::vector<Match> got =
        match(many.model, many.texts, many.pairs, options);
    EXPECT_GT(many.model.computed, 30);
    for (size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(got[i].precision, wanted[i].precision) << bytes << " " << i;
      EXPECT_EQ(got[i].recall, wanted[i].recall);
      EXPECT_EQ(got[i].f1, wanted[i].f1);
    }
  }
}

TEST(Matching, TurnsRoundWithItsTexts) {
  Many many;
  for (const auto& [a, b] : many.pairs) {
    const auto found = match(many.model, many.texts, {{a, b}, {b, a}}, {});
    EXPECT_NEAR(found[0].precision, found[1].recall, 1e-7);
    EXPECT_NEAR(found[0].f1, found[1].f1, 1e-7);
  }
}

std::string refusal(const std::string& text, int64_t layer = 1) {
  const std::string path = testing::TempDir() + "refused.tsv";
  std::ofstream(path) << text;
  try {
    read_baseline(path, layer);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(BaselineFile, IsReadByLayer) {
  const std::string path = testing::TempDir() + "read.tsv";
  std::ofstream(path) << "LAYER,P,R,F\r\n1,0.5,0.25,-0.5\r\n0,0,0,0\r\n\r\n";
  const Match found = read_baseline(path, 1);
  EXPECT_EQ(found.precision, 0.5);
  EXPECT_EQ(found.recall, 0.25);
  EXPECT_EQ(found.f1, -0.5);
  const Match scaled = rescaled({1, 0.25, -0.5}, found);
  EXPECT_EQ(scaled.precision, 1);
  EXPECT_EQ(scaled.recall, 0);
  EXPECT_EQ(scaled.f1, 0);
}

TEST(BaselineFile, IsRefusedWithThePlace) {
  EXPECT_THAT(refusal(""), HasSubstr("LAYER,P,R,F"));
  EXPECT_THAT(refusal("L,P,R,F\n1,0,0,0\n"), HasSubstr("LAYER,P,R,F"));
  EXPECT_THAT(refusal("LAYER,P,R,F\n1,0,0\n"), HasSubstr(":2: has 3 columns"));
  EXPECT_THAT(refusal("LAYER,P,R,F\n1,0,x,0\n"), HasSubstr("\"x\""));
  EXPECT_THAT(refusal("LAYER,P,R,F\n1,0,nan,0\n"), HasSubstr("no number"));
  EXPECT_THAT(refusal("LAYER,P,R,F\n1,0,1,0\n"), HasSubstr("not below 1"));
  EXPECT_THAT(refusal("LAYER,P,R,F\n0,0,0,0\n"), HasSubstr("layer 1"));
}

}  // namespace
}  // namespace lethe
