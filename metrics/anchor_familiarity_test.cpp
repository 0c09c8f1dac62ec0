#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "metrics/metric_testing.h"

namespace lethe {
namespace {

class AnchorFamiliarity : public testing::Test {
 protected:
  AnchorFamiliarity() {
    path_ = testing::TempDir() + "anchor_familiarity.jsonl";
    write(R"({"anchor": "Alice", "generic": "Jane"}
{"anchor": "Mock Turtle", "generic": "Sad Bird"}
{"anchor": "dormouse", "generic": "cat", "any_case": true}
{"anchor": "Hatter", "generic": "Baker", "use": false}
)");
  }
  ~AnchorFamiliarity() override { std::filesystem::remove(path_); }

  void write(const std::string& text) { std::ofstream(path_) << text; }

  std::vector<double> of(const std::string& prompt,
                         const std::string& output) const {
    Observation seen = answer(output, {"x"});
    seen.prompt = prompt;
    return values("anchor_familiarity", seen, {{"terms", path_}});
  }

  std::string path_;
};

using Values = std::vector<double>;

TEST_F(AnchorFamiliarity, CountsTermsThatThePromptDidNotGive) {
  EXPECT_EQ(of("Then", "said Alice to the Mock Turtle."), (Values{1, 2}));
  EXPECT_EQ(of("Then Alice", "Alice said nothing."), (Values{0, 0}));
  EXPECT_EQ(of("Then Alice", "Alice's Mock  Turtle sang"), (Values{1, 1}));
  EXPECT_EQ(of("Then", ""), (Values{0, 0}));
}

TEST_F(AnchorFamiliarity, MatchesWholeWordsInTheirCase) {
  EXPECT_EQ(of("", "Malice and Alices"), (Values{0, 0}));
  EXPECT_EQ(of("", "alice"), (Values{0, 0}));
  EXPECT_EQ(of("", "ALICE!"), (Values{1, 1}));
  EXPECT_EQ(of("", "the Dormouse"), (Values{1, 1}));
  EXPECT_EQ(of("", "Alic\xC3\xA9 x"), (Values{0, 0}));
  EXPECT_EQ(of("", "Alice\xE2\x80\x99s"), (Values{1, 1})) << "curly apostrophe";
  EXPECT_EQ(of("", "the Mock, Turtle"), (Values{1, 1}))
      << "what stands between words is a blank";
}

TEST_F(AnchorFamiliarity, LeavesAloneWhatTheDictionaryDoes) {
  EXPECT_EQ(of("", "the Hatter"), (Values{0, 0}));
}

TEST_F(AnchorFamiliarity, RefusesFilesWithoutTerms) {
  const auto make = [&] {
    Registry<Metric>::make("anchor_familiarity", {{"terms", path_}});
  };
  write("");
  EXPECT_THROW(make(), Error);
  write("{\"anchor\": 3}\n");
  EXPECT_THROW(make(), Error);
  write("{\"anchor\": \"--\"}\n");
  EXPECT_THROW(make(), Error);
  std::filesystem::remove(path_);
  EXPECT_THROW(make(), Error);
  EXPECT_THROW(Registry<Metric>::make("anchor_familiarity", Json::object()),
               Error);
}

}  // namespace
}  // namespace lethe
