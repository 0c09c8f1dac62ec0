// sklearn 1.9.1's roc_auc_score and roc_curve on the membership scores of the
// fixtures: AUC to 1e-9, as stored; TPR to 1e-9.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "harness/base/json.h"
#include "harness/base/statistics.h"

namespace lethe {
namespace {

const std::map<std::string, double> kBounds = {
    {"tpr@fpr<=0.001", 0.001},
    {"tpr@fpr<=0.01", 0.01},
    {"tpr@fpr<=0.05", 0.05},
    {"tpr@fpr<=0.1", 0.1},
};

struct Classes {
  std::vector<double> members;
  std::vector<double> others;

  void add(bool member, double score) {
    (member ? members : others).push_back(score);
  }
};

void expect_parity(const Classes& scores, const Json& golden) {
  EXPECT_NEAR(auroc(scores.members, scores.others),
              golden.at("auc").get<double>(), 1e-9);
  for (const auto& [key, fpr] : kBounds) {
    EXPECT_NEAR(estimate_tpr_at_fpr(scores.members, scores.others, fpr).value,
                golden.at(key).get<double>(), 1e-9)
        << key;
  }
}

class StatisticsParity : public testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("LETHE_FIXTURES");
    if (root == nullptr || *root == '\0') {
      GTEST_SKIP() << "LETHE_FIXTURES is not set";
    }
    folder_ = std::string(root) + "/metrics/";
    golden_ = read_json(folder_ + "mia_auc.json");
  }

  std::string folder_;
  Json golden_;
};

TEST_F(StatisticsParity, AgreesOnArraysWithTiesAndRareMembers) {
  ASSERT_EQ(golden_.at("arrays").size(), 4);
  for (const Json& array : golden_.at("arrays")) {
    SCOPED_TRACE(array.at("kind").get<std::string>());
    Classes scores;
    for (size_t i = 0; i < array.at("labels").size(); ++i) {
      scores.add(array.at("labels")[i] == 1,
                 array.at("scores")[i].get<double>());
    }
    expect_parity(scores, array);
  }
}

TEST_F(StatisticsParity, AgreesOnEveryAttackOfALlama) {
  std::vector<Json> rows;
  std::ifstream lines(folder_ + "mia.jsonl");
  for (std::string line; std::getline(lines, line);) {
    rows.push_back(parse_json(line, "mia.jsonl"));
  }
  ASSERT_EQ(rows.size(), 100);
  for (const auto& [attack, golden] : golden_.at("llama").items()) {
    SCOPED_TRACE(attack);
    Classes scores;
    for (const Json& row : rows) {
      scores.add(row.at("label") == 1, golden.at("sign").get<double>() *
                                           row.at(attack).get<double>());
    }
    expect_parity(scores, golden);
  }
}

}  // namespace
}  // namespace lethe
