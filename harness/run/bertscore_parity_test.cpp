// BERTScore on encoder folders against bert_score 0.3.13
// (LETHE_FIXTURES/metrics/bertscore.json).
#include <gtest/gtest.h>

#include "harness/base/json.h"
#include "harness/base/registry.h"
#include "harness/model/test_fixtures.h"
#include "harness/plugin/metric.h"
#include "harness/run/text_models.h"

namespace lethe {
namespace {

// The peer's own digits differ by 1e-6 from run to run.
constexpr double kTolerance = 2e-6;

struct Golden {
  Json json = read_json(fixtures() + "/metrics/bertscore.json");
  Observations seen;

  Golden() {
    for (size_t i = 0; i < json["refs"].size(); ++i) {
      Observation one;
      one.id = std::to_string(i);
      one.output = json["cands"][i];
      one.references = {json["refs"][i]};
      seen.push_back(one);
    }
  }
};

TEST(BertScoreParity, GivesThePeersScoresOfEncoderFolders) {
  LETHE_NEEDS_FIXTURES();
  const Golden golden;
  TextModels models({test_compute(), 0, false});
  int compared = 0;
  for (const Json& run : golden.json["runs"]) {
    const std::string name = run["model"];
    if (name == "minilm") continue;  // its folder is not among the fixtures
    const auto metric = Registry<Metric>::make(
        "bertscore", {{"model", fixtures() + "/models/" + name},
                      {"layer", run["num_layers"]},
                      {"idf", run["idf"]}});
    const auto rows = items(*metric, golden.seen, models.of(*metric));
    ASSERT_EQ(rows.size(), run["P"].size());
    for (size_t i = 0; i < rows.size(); ++i) {
      SCOPED_TRACE(fmt::format("{} layer {} item {}", name,
                               run["num_layers"].get<int>(), i));
      EXPECT_NEAR(rows[i][0].second, run["P"][i], kTolerance);
      EXPECT_NEAR(rows[i][1].second, run["R"][i], kTolerance);
      EXPECT_NEAR(rows[i][2].second, run["F1"][i], kTolerance);
    }
    ++compared;
  }
  EXPECT_EQ(compared, 18);
}

TEST(BertScoreParity, ReadsTheIdsThatThePeerReads) {
  LETHE_NEEDS_FIXTURES();
  const Golden golden;
  TextModels models({test_compute(), 0, false});
  for (const char* name : {"bert", "roberta", "distilbert"}) {
    const auto metric = Registry<Metric>::make(
        "bertscore", {{"model", fixtures() + "/models/" + name}, {"layer", 1}});
    TextModel* model = models.of(*metric);
    for (const char* side : {"refs", "cands"}) {
      const Json& wanted = golden.json["token_ids"][name][side];
      for (size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(model->encode(golden.json[side][i]), wanted[i]) << name << i;
      }
    }
    EXPECT_EQ(model->cut(), 0);
  }
}

// A text beyond the window keeps its first tokens and what is around it.
TEST(BertScoreParity, CutsTextsToTheWindowAndCountsThem) {
  LETHE_NEEDS_FIXTURES();
  TextModels models({test_compute(), 0, false});
  const auto metric = Registry<Metric>::make(
      "bertscore", {{"model", fixtures() + "/models/roberta"}, {"layer", 2}});
  TextModel* model = models.of(*metric);
  std::string text;
  for (int i = 0; i < 400; ++i) text += "word ";
  const std::vector<int64_t> whole = model->encode(text.substr(0, 50));
  const std::vector<int64_t> ids = model->encode(text);
  EXPECT_EQ(model->cut(), 1);
  ASSERT_EQ(ids.size(), 160);  // 162 rows of positions, the first two unused
  EXPECT_EQ(ids.front(), whole.front());
  EXPECT_EQ(ids.back(), whole.back());
  EXPECT_EQ(ids[1], whole[1]);
  Observation same;
  same.output = text;
  same.references = {text + "more"};
  const std::vector<Row> rows = items(*metric, {same}, model);
  for (const auto& [field, value] : rows.at(0)) {
    EXPECT_NEAR(value, 1, 1e-6) << field;
  }
}

TEST(BertScoreParity, RefusesDecodersAndFoldersThatAreNotThere) {
  LETHE_NEEDS_FIXTURES();
  TextModels models({test_compute(), 0, false});
  for (const char* name : {"gpt2", "absent"}) {
    const auto metric = Registry<Metric>::make(
        "bertscore", {{"model", fixtures() + "/models/" + name}, {"layer", 1}});
    EXPECT_THROW(models.of(*metric), Error) << name;
    EXPECT_THROW(check_text_model(*metric), Error) << name;
  }
}

}  // namespace
}  // namespace lethe
