// The metrics against their peers' values in the fixtures: rouge_score 0.1.2,
// evaluate's exact_match, SQuAD's script, transformers 5.23.0. Stored with nine
// digits, hence 1e-9; likelihoods are means of float32, 1e-6 relative.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/porter.h"

namespace lethe {
namespace {

constexpr double kStored = 1e-9;

class MetricsParity : public testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("LETHE_FIXTURES");
    if (root == nullptr || *root == '\0') {
      GTEST_SKIP() << "LETHE_FIXTURES is not set";
    }
    folder_ = std::string(root) + "/metrics/";
  }

  std::vector<Json> rows(const std::string& name) const {
    std::vector<Json> parsed;
    for (const std::string& line : read_lines(folder_ + name)) {
      parsed.push_back(parse_json(line, name));
    }
    return parsed;
  }

  std::string folder_;
};

std::unique_ptr<Metric> metric(const std::string& name,
                               const Json& options = Json::object()) {
  return Registry<Metric>::make(name, options);
}

Observation answer(const Json& output, const Json& references) {
  Observation seen;
  seen.output = output.get<std::string>();
  seen.references = references.get<std::vector<std::string>>();
  return seen;
}

void expect_rouge(const Row& row, const Json& golden) {
  ASSERT_EQ(row.size(), 3);
  EXPECT_NEAR(row[0].second, golden.at("p").get<double>(), kStored);
  EXPECT_NEAR(row[1].second, golden.at("r").get<double>(), kStored);
  EXPECT_NEAR(row[2].second, golden.at("f").get<double>(), kStored);
}

const std::pair<const char*, const char*> kRouges[] = {
    {"rouge_1", "rouge1"},
    {"rouge_2", "rouge2"},
    {"rouge_l", "rougeL"},
    {"rouge_lsum", "rougeLsum"}};

TEST_F(MetricsParity, RougeEqualsRougeScore) {
  const auto golden = rows("rouge.jsonl");
  ASSERT_EQ(golden.size(), 300);
  for (const auto& [name, peer] : kRouges) {
    const auto plain = metric(name);
    const auto stem = metric(name, {{"stemmer", true}});
    for (const Json& row : golden) {
      SCOPED_TRACE(std::string(name) + ": " + row.at("target").dump());
      const Observation seen =
          answer(row.at("prediction"), Json::array({row.at("target")}));
      expect_rouge(plain->item(seen), row.at("plain").at(peer));
      expect_rouge(stem->item(seen), row.at("stem").at(peer));
    }
  }
}

TEST_F(MetricsParity, RougeEqualsScoreMulti) {
  const auto golden = rows("rouge_multi.jsonl");
  ASSERT_EQ(golden.size(), 20);
  for (const auto& [name, peer] : kRouges) {
    const auto plain = metric(name);
    for (const Json& row : golden) {
      SCOPED_TRACE(std::string(name) + ": " + row.at("prediction").dump());
      expect_rouge(plain->item(answer(row.at("prediction"), row.at("targets"))),
                   row.at("best_of_targets").at(peer));
    }
  }
}

TEST_F(MetricsParity, PorterStemEqualsNltk) {
  const Json golden = read_json(folder_ + "porter.json").at("words");
  ASSERT_GT(golden.size(), 1000);
  for (const Json& pair : golden) {
    EXPECT_EQ(porter_stem(pair[0].get<std::string>()),
              pair[1].get<std::string>())
        << pair[0];
  }
}

TEST_F(MetricsParity, ExactMatchEqualsEvaluate) {
  const Json options = {
      {"exact", Json::object()},
      {"exact_strip", {{"strip", true}}},
      {"hf_ignore_case", {{"ignore_case", true}}},
      {"hf_ignore_case_punct",
       {{"ignore_case", true}, {"ignore_punctuation", true}}},
      {"hf_ignore_case_punct_numbers",
       {{"ignore_case", true},
        {"ignore_punctuation", true},
        {"ignore_numbers", true}}},
  };
  const auto golden = rows("exact_match.jsonl");
  ASSERT_EQ(golden.size(), 204);
  for (const auto& [key, given] : options.items()) {
    const auto exact_match = metric("exact_match", given);
    for (const Json& row : golden) {
      const Observation seen =
          answer(row.at("prediction"), Json::array({row.at("target")}));
      EXPECT_EQ(exact_match->item(seen)[0].second, row.at(key).get<double>())
          << key << ": " << row.at("target") << row.at("prediction");
    }
  }
}

TEST_F(MetricsParity, TokenF1EqualsSquad) {
  const auto golden = rows("exact_match.jsonl");
  ASSERT_EQ(golden.size(), 204);
  const auto token_f1 = metric("token_f1");
  for (const Json& row : golden) {
    const Row fields = token_f1->item(
        answer(row.at("prediction"), Json::array({row.at("target")})));
    EXPECT_NEAR(fields[0].second, row.at("squad_f1").get<double>(), kStored)
        << row;
    EXPECT_EQ(fields[1].second, row.at("squad_em").get<double>()) << row;
  }
}

// Ids as words.
std::string text_of(const Json& ids) {
  std::string text;
  for (const Json& id : ids) text += id.dump() + " ";
  return text;
}

TEST_F(MetricsParity, RougeLOfIdsEqualsTheTokenMatch) {
  const auto rouge_l = metric("rouge_l");
  for (const Json& row : rows("token_match.jsonl")) {
    const Row fields =
        rouge_l->item(answer(text_of(row.at("predicted_ids")),
                             Json::array({text_of(row.at("target_ids"))})));
    const auto tokens = static_cast<double>(row.at("target_ids").size());
    EXPECT_NEAR(fields[1].second * tokens, row.at("lcs").get<double>(),
                kStored);
    EXPECT_NEAR(fields[2].second, row.at("token_rougeL_f").get<double>(),
                kStored);
  }
}

TEST_F(MetricsParity, ExactMatchOfIdsEqualsTheTokenMatch) {
  const auto golden = rows("token_match.jsonl");
  ASSERT_EQ(golden.size(), 60);
  const auto exact_match = metric("exact_match");
  for (const Json& row : golden) {
    Observation seen;
    seen.output_ids = row.at("predicted_ids").get<std::vector<int64_t>>();
    seen.reference_ids = row.at("target_ids").get<std::vector<int64_t>>();
    const Row fields = exact_match->item(seen);
    EXPECT_EQ(fields[0].second, row.at("full_match").get<double>());
    EXPECT_NEAR(fields[1].second, row.at("token_match_rate").get<double>(),
                kStored);
    EXPECT_EQ(fields[2].second, row.at("common_prefix").get<double>());
    EXPECT_NEAR(
        fields[2].second / static_cast<double>(seen.reference_ids.size()),
        row.at("prefix_rate").get<double>(), kStored);
  }
}

Observation scored(const Json& logprobs) {
  auto statistics = std::make_shared<TokenStatistics>();
  statistics->logprobs = logprobs.get<std::vector<float>>();
  Observation seen;
  seen.statistics = statistics;
  return seen;
}

TEST_F(MetricsParity, LikelihoodsEqualTransformers) {
  const auto golden = rows("mia.jsonl");
  ASSERT_EQ(golden.size(), 100);
  const auto probability = metric("probability");
  Observations seen;
  double nll = 0;
  double tokens = 0;
  for (const Json& row : golden) {
    seen.push_back(scored(row.at("token_logprobs")));
    const double loss = row.at("loss").get<double>();
    const Row fields = probability->item(seen.back());
    EXPECT_NEAR(fields[0].second, std::exp(-loss), 1e-6 * std::exp(-loss));
    EXPECT_NEAR(fields[1].second, loss, 1e-6 * loss);
    nll += loss * row.at("n_scored").get<double>();
    tokens += row.at("n_scored").get<double>();
  }
  const auto perplexity = metric("perplexity");
  const Aggregate set = perplexity->aggregate(items(*perplexity, seen), seen);
  EXPECT_NEAR(set[0].second.value / std::exp(nll / tokens), 1, 1e-6);
  EXPECT_LT(set[0].second.ci95.low, set[0].second.value);
  EXPECT_GT(set[0].second.ci95.high, set[0].second.value);
}

TEST_F(MetricsParity, MembershipMetricsEqualSklearn) {
  const Json arrays = read_json(folder_ + "mia_auc.json").at("arrays");
  for (const Json& array : arrays) {
    Observations seen(array.at("labels").size());
    for (size_t i = 0; i < seen.size(); ++i) {
      seen[i].member = array.at("labels")[i] == 1;
      seen[i].score = array.at("scores")[i].get<double>();
    }
    EXPECT_NEAR(metric("auroc")->aggregate({}, seen)[0].second.value,
                array.at("auc").get<double>(), kStored);
    EXPECT_NEAR(metric("tpr_at_fpr")->aggregate({}, seen)[0].second.value,
                array.at("tpr@fpr<=0.01").get<double>(), kStored);
  }
}

}  // namespace
}  // namespace lethe
