#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "harness/base/files.h"
#include "harness/plugin/text_model.h"
#include "metrics/frontier.h"
#include "metrics/metric_testing.h"

namespace lethe {
namespace {

using testing::HasSubstr;

TEST(Frontier, OfEqualHistogramsIsPerfect) {
  for (const Histogram& shares :
       {Histogram{1}, Histogram{0.1, 0.2, 0.7}, Histogram{0.3, 0, 0.7}}) {
    EXPECT_NEAR(curve_area(divergence_curve(shares, shares, {})), 1, 1e-9);
    EXPECT_EQ(frontier_integral(shares, shares), 0);
  }
}

// exp(-c KL) is (1 - w)^c and w^c: 5 times the beta function of 6 and 5.
TEST(Frontier, OfHistogramsApartIsTheBetaFunction) {
  const auto curve = divergence_curve({1, 0}, {0, 1}, {5, 20001});
  EXPECT_NEAR(curve_area(curve), 5 * std::beta(6, 5), 1e-7);
  EXPECT_NEAR(frontier_integral({1, 0}, {0, 1}), 1, 1e-12);
}

// 2 * ((0.75 + 0.25) / 4 * 2 - 2 * 0.1875 ln 3 / (2 * 0.5))
TEST(Frontier, IntegralIsWorkedByHand) {
  EXPECT_NEAR(frontier_integral({0.75, 0.25}, {0.25, 0.75}),
              1 - 0.75 * std::log(3), 1e-12);
}

TEST(Frontier, HistogramAddsToEveryBucket) {
  const std::vector<uint32_t> labels = {0, 2, 2};
  EXPECT_THAT(histogram(labels, 4), testing::ElementsAre(1. / 3, 0, 2. / 3, 0));
  EXPECT_THAT(histogram(labels, 4, 0.5),
              testing::ElementsAre(0.3, 0.1, 0.5, 0.1));
}

// A safetensors file of p and q, float32; the header as given.
class MauveFile : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  void write(const std::string& header, const std::vector<float>& values) {
    const uint64_t size = header.size();
    std::string bytes(reinterpret_cast<const char*>(&size), 8);
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(values.data()),
                 values.size() * sizeof(float));
    write_file_atomically(path_, bytes);
  }

  // p has `p` rows, q the rest; of `columns` columns.
  void write(size_t p, size_t columns, const std::vector<float>& values) {
    const size_t cut = 4 * p * columns;
    write(
        fmt::format(
            R"({{"p":{{"dtype":"F32","shape":[{0},{1}],"data_offsets":[0,{2}]}},)"
            R"("q":{{"dtype":"F32","shape":[{3},{1}],"data_offsets":[{2},{4}]}}}})",
            p, columns, cut, values.size() / columns - p, 4 * values.size()),
        values);
  }

  Aggregate measured(Json options = Json::object()) const {
    options["features"] = path_;
    return Registry<Metric>::make("mauve", options)->aggregate({}, {});
  }

  std::string refusal() const {
    try {
      measured();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  const std::string path_ =
      testing::TempDir() + "mauve_test_" + std::to_string(getpid()) + ".st";
};

// Four groups of directions; q has twice of the first what p has.
std::vector<float> groups() {
  std::vector<float> values;
  const std::vector<size_t> of_p = {0, 1, 2, 3, 0, 1, 2, 3};
  const std::vector<size_t> of_q = {0, 0, 2, 3, 0, 0, 2, 3};
  for (const auto& rows : {of_p, of_q}) {
    for (const size_t group : rows) {
      for (size_t i = 0; i < 4; ++i) values.push_back(i == group ? 2.0f : 0.0f);
    }
  }
  return values;
}

TEST_F(MauveFile, GroupsGiveTheHistogramsOfTheirSizes) {
  write(8, 4, groups());
  const Aggregate found = measured({{"buckets", 4}, {"restarts", 50}});
  const Histogram p = {0.25, 0.25, 0.25, 0.25};
  const Histogram q = {0.5, 0, 0.25, 0.25};
  ASSERT_EQ(found.size(), 8);
  EXPECT_EQ(found[0].first, "mauve");
  EXPECT_NEAR(found[0].second.value, curve_area(divergence_curve(p, q, {})),
              1e-12);
  EXPECT_EQ(found[0].second.n, 16);
  EXPECT_EQ(found[2].first, "frontier_integral");
  EXPECT_NEAR(found[2].second.value, frontier_integral(p, q), 1e-12);
  EXPECT_EQ(found[4].first, "mauve_sd");
  EXPECT_NEAR(found[4].second.value, 0, 1e-12);
}

TEST_F(MauveFile, GivesTheFieldsThatItNames) {
  write(8, 4, groups());
  std::vector<std::string> given;
  for (const auto& [field, value] : measured()) given.push_back(field);
  EXPECT_EQ(Registry<Metric>::make("mauve", {{"features", path_}})->fields(),
            given);
}

TEST_F(MauveFile, EqualTextsAreAlike) {
  write(3, 2, std::vector<float>(10, 1));
  EXPECT_NEAR(measured()[0].second.value, 1, 1e-9);
}

TEST_F(MauveFile, IntervalsStayInTheRange) {
  std::vector<float> values;
  for (int i = 0; i < 160; ++i) {
    values.push_back(std::cos(static_cast<float>(i * i)));
  }
  write(40, 2, values);
  const Aggregate found = measured({{"buckets", 6}, {"restarts", 1}});
  EXPECT_GT(found[4].second.value, 0);  // seeds differ
  EXPECT_LE(found[0].second.ci95.low, found[0].second.value);
  EXPECT_LE(found[0].second.ci95.high, 1);
  EXPECT_GE(found[2].second.ci95.low, 0);
  EXPECT_EQ(found[0].second.ci95.method, "student_seeds");
}

TEST_F(MauveFile, OneSeedHasNoDeviation) {
  write(8, 4, groups());
  const Aggregate found = measured({{"seeds", 1}});
  EXPECT_TRUE(std::isfinite(found[0].second.value));
  EXPECT_TRUE(std::isnan(found[0].second.ci95.low));
  EXPECT_TRUE(std::isnan(found[4].second.value));
  EXPECT_THAT(found[4].second.reason, HasSubstr("one seed"));
}

TEST_F(MauveFile, RefusesWhatIsNoPairOfFeatures) {
  EXPECT_THAT(refusal(), HasSubstr(path_));  // absent
  write("{}", {});
  EXPECT_THAT(refusal(), HasSubstr("no tensor \"p\""));
  write(
      R"({"p":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4]}})",
      {1});
  EXPECT_THAT(refusal(), HasSubstr("shape needs 4000000000000 bytes"));
  write(R"({"p":{"dtype":"I32","shape":[1,1],"data_offsets":[0,4]},)"
        R"("q":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]}})",
        {1, 1});
  EXPECT_THAT(refusal(), HasSubstr("p: is I32 with 2 dimensions"));
  write(R"({"p":{"dtype":"F32","shape":[0,1],"data_offsets":[0,0]},)"
        R"("q":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}})",
        {1});
  EXPECT_THAT(refusal(), HasSubstr("has 0 rows"));
  write(R"({"p":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
        R"("q":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}})",
        {1, 1, 1});
  EXPECT_THAT(refusal(), HasSubstr("p has 1 columns, q 2"));
}

TEST_F(MauveFile, RefusesWhatIsNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(12, 1);
    values[7] = bad;
    write(2, 2, values);
    EXPECT_THAT(refusal(), HasSubstr("q: row 1 column 1"));
  }
}

TEST_F(MauveFile, RefusesOptionsOutOfRange) {
  write(8, 4, groups());
  EXPECT_THROW(measured({{"buckets", 17}}), Error);
  EXPECT_THROW(measured({{"buckets", -1}}), Error);
  EXPECT_THROW(measured({{"explained_variance", 1}}), Error);
  EXPECT_THROW(measured({{"curve_points", 1}}), Error);
  EXPECT_THROW(measured({{"seeds", 0}}), Error);
  EXPECT_THROW(Registry<Metric>::make("mauve", {}), Error);
}

// A letter is a token, and its state a direction: four of them.
class LetterModel final : public TextModel {
 public:
  LetterModel() { shape_.hidden_size = 4, shape_.layers = 2; }
  const TextModelShape& shape() const override { return shape_; }
  std::vector<int64_t> encode(const std::string& text) override {
    return {text.begin(), text.end()};
  }
  std::vector<int64_t> specials() const override { return {}; }
  int64_t cut() const override { return 0; }
  void states(const std::vector<std::span<const int64_t>>& texts, int64_t layer,
              const Take& take) override {
    EXPECT_EQ(layer, 2);
    for (size_t text = texts.size(); text-- > 0;) {
      std::vector<float> states(4 * texts[text].size());
      for (size_t t = 0; t < texts[text].size(); ++t) {
        states[4 * t + static_cast<size_t>(texts[text][t] - 'a')] = of_a;
      }
      take(text, states);
    }
  }
  float of_a = 2;

 private:
  TextModelShape shape_;
};

// Whose last letters are those of groups().
Observations texts_of_groups() {
  Observations all;
  const std::vector<std::string> p = {"a",  "ab", "c",  "d",
                                      "ca", "b",  "cc", "d"};
  const std::vector<std::string> q = {"da", "a", "c", "d", "a", "a", "bc", "d"};
  for (size_t i = 0; i < p.size(); ++i) {
    Observation seen;
    seen.id = std::to_string(i);
    seen.output = q[i];
    seen.references = {p[i]};
    all.push_back(seen);
  }
  return all;
}

TEST_F(MauveFile, ReadsLastTokensOfTextsAsItReadsFeatures) {
  write(8, 4, groups());
  const Json options = {{"buckets", 4}, {"restarts", 5}};
  const Aggregate wanted = measured(options);
  Json own = options;
  own["model"] = "letters";
  const auto metric = Registry<Metric>::make("mauve", own);
  EXPECT_EQ(metric->needs().text_model, "letters");
  LetterModel model;
  const Observations seen = texts_of_groups();
  const std::vector<Row> rows = items(*metric, seen, &model);
  EXPECT_EQ(rows.size(), 8);
  const Aggregate found = measure(*metric, rows, seen, nullptr, &model);
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].first, wanted[i].first);
    EXPECT_EQ(found[i].second.value, wanted[i].second.value);
    EXPECT_EQ(found[i].second.n, 16);
  }
}

TEST_F(MauveFile, TextsWithoutFeaturesGiveNoValue) {
  LetterModel model;
  const auto reason = [&](const Observations& seen, Json options) {
    options["model"] = "letters";
    const auto metric = Registry<Metric>::make("mauve", options);
    const Aggregate found =
        measure(*metric, items(*metric, seen, &model), seen, nullptr, &model);
    EXPECT_TRUE(std::isnan(found[0].second.value));
    return found[0].second.reason;
  };
  EXPECT_EQ(reason({}, {}), "no items");
  Observations seen = texts_of_groups();
  EXPECT_EQ(reason(seen, {{"buckets", 17}}), "17 buckets for 16 texts");
  model.of_a = std::numeric_limits<float>::infinity();
  EXPECT_EQ(reason(seen, {}), "a state is not finite");
  seen[3].output = "";
  EXPECT_THAT(reason(seen, {}), HasSubstr("item \"3\" has an empty output"));
  seen[3].output = "a";
  seen[2].references = {"a", ""};
  EXPECT_THAT(reason(seen, {}), HasSubstr("\"2\" has an empty reference"));
}

TEST_F(MauveFile, RefusesBothAModelAndFeatures) {
  EXPECT_THROW(Registry<Metric>::make(
                   "mauve", {{"model", "letters"}, {"features", path_}}),
               Error);
}

}  // namespace
}  // namespace lethe
