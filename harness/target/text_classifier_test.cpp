// Against transformers (harness/oracle/classifier.py), which pads: logits of
// texts within 1e-4 of the largest.
#include "harness/target/text_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "harness/base/json.h"
#include "harness/model/test_fixtures.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string testdata(const std::string& name) {
  return std::string(LETHE_SOURCE_DIR) + "/harness/model/testdata/classifier/" +
         name;
}

TextClassifier opened(const std::string& name) {
  return TextClassifier(testdata(name), {test_compute(), 0, false});
}

class TextsOf : public testing::TestWithParam<const char*> {};

// One of the texts is empty, one not in the vocabulary, one too long.
TEST_P(TextsOf, GivesThePeersLogits) {
  const TextClassifier model = opened(GetParam());
  const Json golden = read_json(testdata(GetParam()) + "/golden.json");
  std::vector<std::vector<int64_t>> rows;
  size_t cut = 0;
  for (const std::string text : golden["texts"]) {
    const TextClassifier::Row row = model.row(text, "t");
    cut += row.truncated ? 1 : 0;
    rows.push_back(row.ids);
  }
  EXPECT_GE(cut, 1u);
  EXPECT_LT(cut, rows.size() - 2);
  const auto ours = model.logits(rows);
  double largest = 0;
  for (const std::vector<double> row : golden["text_logits"]) {
    for (const double z : row) largest = std::max(largest, std::abs(z));
  }
  ASSERT_EQ(ours.size(), golden["text_logits"].size());
  for (size_t i = 0; i < ours.size(); ++i) {
    const std::vector<double> theirs = golden["text_logits"][i];
    for (size_t k = 0; k < theirs.size(); ++k) {
      EXPECT_NEAR(ours[i][k], theirs[k], 1e-4 * largest) << golden["texts"][i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, TextsOf,
                         testing::Values("bert", "distilbert", "roberta"));

TEST(TextClassifier, ReadsAnEmptyTextAsItsSpecialTokens) {
  const TextClassifier::Row row = opened("distilbert").row("", "t");
  EXPECT_THAT(row.ids, ElementsAre(2, 3));  // [CLS] [SEP]
  EXPECT_FALSE(row.truncated);
}

TEST(TextClassifier, KeepsSpecialStringsAsText) {
  const TextClassifier model = opened("distilbert");
  const std::vector<int64_t> ids = model.row("the [SEP] end", "t").ids;
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 3), 1);
}

TEST(TextClassifier, ReadsBytesThatAreNoText) {
  const TextClassifier model = opened("bert");
  EXPECT_EQ(model.row("the \xff", "t").ids,
            model.row("the \xef\xbf\xbd", "t").ids);  // U+FFFD
}

TEST(TextClassifier, CutsTheEndUnlessTheTokenizerSaysTheBeginning) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "the ";
  for (const char* name : {"bert", "roberta"}) {
    const TextClassifier model = opened(name);
    const std::string marked = "cat " + text;
    const TextClassifier::Row row = model.row(marked, "t");
    EXPECT_TRUE(row.truncated);
    EXPECT_EQ(row.ids.size(), 20u);  // model_max_length
    const bool begins = row.ids[1] == model.row("cat", "t").ids[1];
    EXPECT_EQ(begins, std::string(name) == "bert");
  }
}

TEST(TextClassifier, ComputesEqualRowsOnce) {
  const TextClassifier model = opened("distilbert");
  const std::vector<int64_t> a = model.row("the cat", "t").ids;
  const std::vector<int64_t> b = model.row("rain", "t").ids;
  const auto logits = model.logits({a, b, a});
  EXPECT_EQ(logits[0], logits[2]);
  EXPECT_NE(logits[0], logits[1]);
  EXPECT_TRUE(model.logits({}).empty());
}

TEST(TextClassifier, RefusesAFolderThatReadsNoTexts) {
  try {
    opened("camembert");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_THAT(error.what(), HasSubstr("has no tokenizer"));
  }
}

TEST(TextClassifier, RefusesAWindowWithoutRoom) {
  const fs::path folder = fs::path(testing::TempDir()) / "narrow_classifier";
  fs::remove_all(folder);
  fs::copy(testdata("bert"), folder);
  std::ofstream(folder / "tokenizer_config.json")
      << R"({"model_max_length": 2})";
  try {
    TextClassifier(folder.string(), {test_compute(), 0, false});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("window of 2 tokens has no room"));
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace lethe
