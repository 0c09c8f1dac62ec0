// Task metrics: norms, ties, groups, clusters; and how answers are matched.
#include "harness/task/task_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/task/answer_text.h"

namespace lethe {
namespace {

TaskItem item_of(const std::vector<double>& sums,
                 const std::vector<int64_t>& tokens) {
  TaskItem item;
  for (size_t i = 0; i < sums.size(); ++i) {
    item.likelihoods.push_back({sums[i], tokens[i], i == 0, false});
  }
  return item;
}

TEST(TaskMetrics, NormsAndTies) {
  Task task;
  task.metrics = {"acc", "acc_norm", "acc_bytes", "acc_token", "exact_match"};
  TaskDocument d;
  d.choices = {"\u00e9\u00e9\u00e9\u00e9", "abcdef", "abcdef"};
  d.answer = 1;
  // Per character -2 and -2; per byte -1 and -2; per token -4 and -3.
  EXPECT_EQ(item_values(task, d, item_of({-8, -12, -12}, {2, 4, 4})),
            (std::vector<double>{0, 0, 0, 1, 0}));
  d.answer = 0;
  EXPECT_EQ(item_values(task, d, item_of({-8, -12, -12}, {2, 4, 4})),
            (std::vector<double>{1, 1, 1, 0, 1}));
  for (const double v :
       item_values(task, d, item_of({-8, NAN, -12}, {2, 4, 4}))) {
    EXPECT_TRUE(std::isnan(v));
  }
}

TEST(TaskMetrics, MutualInformationTakesTheChoicesOwnLikelihoodAway) {
  Task task;
  task.metrics = {"acc", "acc_mutual_info"};
  TaskDocument d;
  d.choices = {"a", "bb"};
  d.answer = 1;
  // -3 + 2 and -4 + 8: what is likely anyway gains nothing.
  EXPECT_EQ(item_values(task, d, item_of({-3, -4, -2, -8}, {1, 1, 1, 1})),
            (std::vector<double>{0, 1}));
  EXPECT_TRUE(std::isnan(
      item_values(task, d, item_of({-3, -4, -2, NAN}, {1, 1, 1, 1}))[0]));
}

TEST(TaskMetrics, MassOfTrueChoicesDoesNotUnderflow) {
  Task task;
  task.metrics = {"acc"};
  TaskDocument d;
  d.choices = {"a", "b", "c"};
  d.answer = 0;
  d.labels = {true, false, true};
  const double want =
      (1 + std::exp(-2.0)) / (1 + std::exp(-1.0) + std::exp(-2.0));
  EXPECT_NEAR(
      item_values(task, d, item_of({-2000, -2001, -2002}, {1, 1, 1}))[0], want,
      1e-12);
}

TaskResult result_of(const std::vector<double>& values) {
  TaskResult r;
  r.metric_names = {"acc"};
  for (const double v : values) {
    r.items.emplace_back();
    r.items.back().values = {v};
  }
  Task task;
  task.metrics = {"acc"};
  r.metrics = task_metrics(task, r.items, 0);
  return r;
}

TEST(TaskMetrics, GroupsAreWeightedBySizeWithPooledErrors) {
  const TaskResult a = result_of({1, 1, 0, 1}),
                   b = result_of({0, 0, 1, 0, 0, 0});
  EXPECT_NEAR(a.metrics[0].stderr_value, std::sqrt(0.25 / 4), 1e-12);
  const auto group = group_metrics({&a, &b});
  ASSERT_EQ(group.size(), 1u);
  EXPECT_NEAR(group[0].estimate.value, 0.4, 1e-12);
  EXPECT_EQ(group[0].estimate.n, 10);
  // Variances 0.25 and 1/6 with 3 and 5 degrees of freedom, over ten.
  EXPECT_NEAR(group[0].stderr_value, std::sqrt((3 * 0.25 + 5 / 6.0) / 8 / 10),
              1e-12);
}

TEST(TaskMetrics, ClustersWidenTheInterval) {
  Task task;
  task.metrics = {"acc"};
  std::vector<TaskItem> items(40);
  for (size_t i = 0; i < items.size(); ++i) {
    items[i].values = {i % 8 < 4 ? 1.0 : 0.0};
    items[i].cluster = std::to_string(i / 4);
  }
  const TaskMetric clustered = task_metrics(task, items, 0)[0];
  EXPECT_NE(clustered.estimate.ci95.method.find("10_clusters"),
            std::string::npos);
  for (TaskItem& item : items) item.cluster.clear();
  const TaskMetric plain = task_metrics(task, items, 0)[0];
  EXPECT_GT(clustered.estimate.ci95.high - clustered.estimate.ci95.low,
            1.5 * (plain.estimate.ci95.high - plain.estimate.ci95.low));
}

TEST(TaskMetrics, AWholeAnswerIsStrippedUnlessToldNot) {
  Task task;
  task.kind = TaskKind::generate;
  TaskDocument d;
  d.targets = {"bell"};
  TaskItem item;
  item.output = " bell\n";
  EXPECT_EQ(item_values(task, d, item), std::vector<double>{1});
  task.match.strip = false;
  EXPECT_EQ(item_values(task, d, item), std::vector<double>{0});
  item.output = "bell";
  EXPECT_EQ(item_values(task, d, item), std::vector<double>{1});
}

TEST(AnswerText, EndsAndMatchesAsLmEvalDoes) {
  EXPECT_EQ(answer_text(" a boat.\nQ", {"\n", "."}), " a boat");
  EXPECT_TRUE(ends_answer("a,b", {","}));
  EXPECT_FALSE(ends_answer("ab", {","}));
  MatchRule rule;
  EXPECT_EQ(exact_match("The Boat!", {"the boat"}, rule), 0);
  rule.ignore_case = rule.ignore_punctuation = true;
  EXPECT_EQ(exact_match("The Boat!", {"a ship", "the boat"}, rule), 1);
  rule.ignore = {"(?<=1),(?=2)"};
  rule.ignore_punctuation = false;
  EXPECT_EQ(exact_match("1,204", {"1204"}, rule), 1);
  EXPECT_EQ(extracted("so 3 + 4 = 7\n#### 7", {"s", "(?<=#### )-?[0-9]+"}),
            "7");
  EXPECT_EQ(extracted("3 and 14", {"f", "[0-9]+", true}), "14");
  EXPECT_EQ(extracted("none", {"f", "[0-9]+"}), "[invalid]");
}

}  // namespace
}  // namespace lethe
