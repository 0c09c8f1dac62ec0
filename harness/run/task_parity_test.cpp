// Tasks against lm-eval 0.4.13: prompts, tokens, log-likelihoods, metrics and
// standard errors of every golden run.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/model/test_fixtures.h"
#include "harness/run/tasks.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> golden_runs() {
  std::vector<std::string> runs;
  if (fixtures().empty()) return {"none"};
  for (const auto& entry : fs::directory_iterator(fixtures() + "/lmeval")) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".json" && name != "sources") {
      runs.push_back(name);
    }
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

const LoadedModel& loaded() {
  static const LoadedModel model =
      load_target(fixtures() + "/models/llama", test_compute(), {});
  return model;
}

class TaskParity : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    LETHE_NEEDS_FIXTURES();
    golden_ = read_json(fixtures() + "/lmeval/" + GetParam() + ".json");
  }

  TaskResult evaluate() const {
    const auto tasks = find_tasks(golden_["task"].get<std::string>(), "/");
    EXPECT_EQ(tasks.size(), 1u);
    TaskOptions options;
    options.sources.folder = fixtures() + "/lmeval/data";
    options.num_fewshot = golden_["num_fewshot"].get<int64_t>();
    options.bootstrap_iters = 200;  // what the golden runs took
    options.rules.max_length = golden_["max_length"].get<int64_t>();
    if (golden_["add_bos_token"].is_boolean()) {
      options.rules.add_bos_token = golden_["add_bos_token"].get<bool>();
    }
    TargetOptions target;
    target.progress = false;
    target.max_length = options.rules.max_length;
    const Tokenizer& tokenizer = *loaded().tokenizer;
    return evaluate_task(
        ModelTarget(loaded().target->model(), loaded().tokenizer, target),
        tokenizer, tasks.front(), options);
  }

  Json golden_;
};

void expect_sample(const TaskItem& item, const Json& want) {
  const Json& likelihoods = want["loglikelihoods"];
  ASSERT_EQ(item.likelihoods.size(), likelihoods.size());
  for (size_t c = 0; c < likelihoods.size(); ++c) {
    EXPECT_NEAR(item.likelihoods[c].sum, likelihoods[c][0].get<double>(),
                std::max(1e-3, 2e-6 * std::abs(item.likelihoods[c].sum)));
    if (likelihoods[c].size() > 1) {
      EXPECT_EQ(item.likelihoods[c].greedy, likelihoods[c][1].get<bool>());
    }
  }
  const Json arguments = want.value("arguments", Json());
  if (arguments.is_null()) return;  // kept of the first documents only
  ASSERT_EQ(item.arguments.size(), arguments.size());
  for (size_t c = 0; c < arguments.size() && arguments[c].size() > 1; ++c) {
    EXPECT_EQ(item.arguments[c].first, arguments[c][0].get<std::string>());
    EXPECT_EQ(item.arguments[c].second, arguments[c][1].get<std::string>());
  }
}

TEST_P(TaskParity, SamplesAndResults) {
  const TaskResult result = evaluate();
  const Json& samples = golden_["samples"];
  ASSERT_EQ(result.items.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    SCOPED_TRACE(i);
    expect_sample(result.items[i], samples[i]);
    for (size_t f = 0; f < result.metric_names.size(); ++f) {
      const Json metrics = samples[i].value("metrics", Json::object());
      const std::string& name = result.metric_names[f];
      if (!metrics.contains(name) || name == "perplexity") continue;
      EXPECT_NEAR(result.items[i].values[f], metrics[name].get<double>(), 1e-4)
          << name;
    }
  }
  size_t compared = 0;
  for (const TaskMetric& metric : result.metrics) {
    const Json want = golden_["results"].value(metric.name + ",none", Json());
    if (want.is_null()) continue;
    ++compared;
    EXPECT_NEAR(metric.estimate.value, want.get<double>(),
                1e-5 * std::abs(want.get<double>()))
        << metric.name << " " << metric.estimate.value;
    const Json error =
        golden_["results"].value(metric.name + "_stderr,none", Json());
    if (error.is_number()) {
      EXPECT_NEAR(metric.stderr_value, error.get<double>(),
                  1e-6 + 1e-5 * error.get<double>())
          << metric.name;
    }
  }
  EXPECT_GT(compared, 0u);
}

TEST(TaskRequests, MutualInformationAsksEveryChoiceAlone) {
  LETHE_NEEDS_FIXTURES();
  Task task = find_tasks("piqa", "/").front();
  task.metrics = {"acc_mutual_info", "acc"};
  TaskOptions options;
  options.sources.folder = fixtures() + "/lmeval/data";
  options.limit = 2;
  const TaskResult result =
      evaluate_task(ModelTarget(loaded().target->model(), loaded().tokenizer,
                                TargetOptions{}),
                    *loaded().tokenizer, task, options);
  ASSERT_EQ(result.items.size(), 2u);
  for (const TaskItem& item : result.items) {
    ASSERT_EQ(item.arguments.size(), 4u);
    for (size_t c = 0; c < 2; ++c) {
      EXPECT_FALSE(item.arguments[c].first.empty());
      EXPECT_EQ(item.arguments[c + 2].first, "");
      EXPECT_EQ(item.arguments[c + 2].second, item.arguments[c].second);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, TaskParity, testing::ValuesIn(golden_runs()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lethe
