#include "harness/task/task_metrics.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <thread>

#include "harness/chat/python_text.h"
#include "harness/task/answer_text.h"
#include "harness/task/python_random.h"

namespace lethe {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

size_t first_largest(const std::vector<double>& values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) -
                             values.begin());
}

// What acc's variants divide by.
double length_of(const std::string& metric, const std::string& choice,
                 int64_t tokens) {
  if (metric == "acc_norm") {  // Python's len()
    return static_cast<double>(chat::count_points(choice));
  }
  if (metric == "acc_bytes") return static_cast<double>(choice.size());
  if (metric == "acc_token") return static_cast<double>(tokens);
  return 1;
}

double mass_of_true(const TaskDocument& d, const std::vector<double>& ll) {
  const auto choices = d.labels.size();
  const double most = *std::max_element(ll.begin(), ll.begin() + choices);
  double all = 0, right = 0;
  for (size_t c = 0; c < choices; ++c) {
    const double p = std::exp(ll[c] - most);
    all += p;
    if (d.labels[c]) right += p;
  }
  return right / all;
}

double choice_value(const std::string& metric, const TaskDocument& d,
                    const TaskItem& item, const std::vector<double>& ll) {
  const auto answer = static_cast<size_t>(d.answer);
  if (metric == "exact_match") return item.likelihoods[answer].greedy ? 1 : 0;
  if (metric == "acc" && !d.labels.empty()) return mass_of_true(d, ll);
  const size_t choices = d.choices.size();
  std::vector<double> scaled;
  for (size_t c = 0; c < choices; ++c) {
    scaled.push_back(metric == "acc_mutual_info"
                         ? ll[c] - ll[choices + c]
                         : ll[c] / length_of(metric, d.choices[c],
                                             item.likelihoods[c].tokens));
  }
  return first_largest(scaled) == answer ? 1 : 0;
}

// Words as Python's re.split(r"\s+") counts them: empty ends included.
double words_of(const std::string& text) {
  double words = 1;
  bool space = false;
  for (const char32_t c : chat::points(text)) {
    const bool now = chat::is_space(c);
    words += now && !space ? 1 : 0;
    space = now;
  }
  return words;
}

// lm-eval's mean_stderr.
double standard_error(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (values.size() < 2) return kNan;
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / (n - 1)) / std::sqrt(n);
}

// exp(-sum / denominators) and its interval; `bits`: the exponent itself.
TaskMetric ratio_metric(const std::string& name, const std::vector<double>& ll,
                        const std::vector<double>& denominators) {
  std::vector<double> nll;
  for (const double value : ll) nll.push_back(-value);
  TaskMetric metric{name, estimate_ratio(nll, denominators), kNan, false};
  const auto change = [&](double& value) {
    value =
        name == "bits_per_byte" ? value / std::numbers::ln2 : std::exp(value);
  };
  change(metric.estimate.value);
  change(metric.estimate.ci95.low);
  change(metric.estimate.ci95.high);
  return metric;
}

TaskMetric perplexity_metric(const std::vector<double>& ll,
                             int64_t bootstrap_iters) {
  const std::vector<double> ones(ll.size(), 1.0);
  TaskMetric metric = ratio_metric("perplexity", ll, ones);
  if (std::isfinite(metric.estimate.value)) {
    metric.stderr_value = bootstrap_perplexity_stderr(ll, bootstrap_iters);
  }
  return metric;
}

// The mean with an interval that knows which documents belong together: the
// bootstrap draws clusters.
TaskMetric mean_metric(const std::string& name,
                       const std::vector<double>& values,
                       const std::vector<TaskItem>& items) {
  TaskMetric metric{name, estimate_mean(values), standard_error(values), true};
  std::map<std::string, std::pair<double, double>> clusters;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].cluster.empty()) return metric;
    auto& [sum, count] = clusters[items[i].cluster];
    sum += values[i];
    ++count;
  }
  if (clusters.size() == items.size()) return metric;
  std::vector<double> sums, counts;
  for (const auto& [cluster, pair] : clusters) {
    sums.push_back(pair.first);
    counts.push_back(pair.second);
  }
  metric.estimate.ci95 = estimate_ratio(sums, counts).ci95;
  metric.estimate.ci95.method +=
      fmt::format("_of_{}_clusters", clusters.size());
  return metric;
}

std::vector<double> column(const std::vector<TaskItem>& items, size_t field) {
  std::vector<double> values;
  for (const TaskItem& item : items) values.push_back(item.values[field]);
  return values;
}

std::vector<TaskMetric> rolling_metrics(const std::vector<TaskItem>& items) {
  const std::vector<double> ll = column(items, 0);
  const std::vector<double> words = column(items, 1);
  const std::vector<double> bytes = column(items, 2);
  return {ratio_metric("word_perplexity", ll, words),
          ratio_metric("byte_perplexity", ll, bytes),
          ratio_metric("bits_per_byte", ll, bytes)};
}

}  // namespace

std::vector<std::string> metric_fields(const Task& task) {
  switch (task.kind) {
    case TaskKind::multiple_choice:
      return task.metrics;
    case TaskKind::loglikelihood:
      return {"perplexity", "acc"};
    case TaskKind::rolling:
      return {"loglikelihood", "words", "bytes"};
    case TaskKind::generate:
      break;
  }
  if (task.match.extract.empty()) return {"exact_match"};
  std::vector<std::string> fields;
  for (const auto& rule : task.match.extract) {
    fields.push_back("exact_match_" + rule.name);
  }
  return fields;
}

std::vector<double> item_values(const Task& task, const TaskDocument& d,
                                const TaskItem& item) {
  const std::vector<std::string> fields = metric_fields(task);
  if (task.kind == TaskKind::generate) {
    if (task.match.extract.empty()) {
      const bool strip = task.match.strip;
      return {exact_match(chat::strip(item.output, strip, strip), d.targets,
                          task.match)};
    }
    std::vector<double> values;
    for (const auto& rule : task.match.extract) {
      values.push_back(
          exact_match(extracted(item.output, rule), d.targets, task.match));
    }
    return values;
  }
  std::vector<double> ll;
  for (const Likelihood& l : item.likelihoods) ll.push_back(l.sum);
  const bool finite = std::all_of(
      ll.begin(), ll.end(), [](double value) { return std::isfinite(value); });
  if (task.kind == TaskKind::rolling) {
    return {finite ? ll.front() : kNan, words_of(d.counted),
            static_cast<double>(d.counted.size())};
  }
  if (!finite) return std::vector<double>(fields.size(), kNan);
  if (task.kind == TaskKind::loglikelihood) {
    return {ll.front(), item.likelihoods.front().greedy ? 1.0 : 0.0};
  }
  std::vector<double> values;
  for (const std::string& field : fields) {
    values.push_back(choice_value(field, d, item, ll));
  }
  return values;
}

std::vector<TaskMetric> task_metrics(const Task& task,
                                     const std::vector<TaskItem>& items,
                                     int64_t bootstrap_iters) {
  if (task.kind == TaskKind::rolling) return rolling_metrics(items);
  const std::vector<std::string> fields = metric_fields(task);
  std::vector<TaskMetric> metrics;
  for (size_t f = 0; f < fields.size(); ++f) {
    const std::vector<double> values = column(items, f);
    metrics.push_back(fields[f] == "perplexity"
                          ? perplexity_metric(values, bootstrap_iters)
                          : mean_metric(fields[f], values, items));
  }
  return metrics;
}

double bootstrap_perplexity_stderr(const std::vector<double>& ll,
                                   int64_t resamples) {
  const auto n = static_cast<double>(ll.size());
  if (ll.size() < 2 || resamples < 2) return kNan;
  const int64_t block_size = std::min<int64_t>(1000, resamples);
  const int64_t blocks = resamples / block_size;
  std::vector<double> drawn(static_cast<size_t>(blocks * block_size));
  std::atomic<int64_t> next = 0;
  const auto work = [&] {
    for (int64_t block; (block = next++) < blocks;) {
      PythonRandom random(static_cast<uint32_t>(block));
      for (int64_t i = 0; i < block_size; ++i) {
        double sum = 0;
        for (size_t k = 0; k < ll.size(); ++k) {
          sum += ll[static_cast<size_t>(random.uniform() * n)];
        }
        drawn[static_cast<size_t>(block * block_size + i)] = std::exp(-sum / n);
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency());
       ++t) {
    threads.emplace_back(work);
  }
  for (std::thread& thread : threads) thread.join();
  const auto count = static_cast<double>(drawn.size());
  const double mean = std::accumulate(drawn.begin(), drawn.end(), 0.0) / count;
  double squares = 0;
  for (const double v : drawn) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / (count - 1));
}

std::vector<TaskMetric> group_metrics(
    const std::vector<const TaskResult*>& tasks) {
  std::vector<TaskMetric> metrics;
  for (const TaskMetric& first : tasks.front()->metrics) {
    if (!first.higher_is_better) continue;  // no mean of perplexities
    std::vector<double> values;
    double squares = 0, n = 0;
    for (const TaskResult* task : tasks) {
      const auto field = std::find(task->metric_names.begin(),
                                   task->metric_names.end(), first.name);
      if (field == task->metric_names.end()) break;
      const std::vector<double> own = column(
          task->items, static_cast<size_t>(field - task->metric_names.begin()));
      const auto size = static_cast<double>(own.size());
      const double error = standard_error(own);
      squares += size * (size - 1) * error * error;
      n += size;
      values.insert(values.end(), own.begin(), own.end());
    }
    if (static_cast<double>(values.size()) != n || values.empty()) continue;
    TaskMetric metric{first.name, estimate_mean(values), kNan,
                      first.higher_is_better};
    metric.stderr_value =
        std::sqrt(squares / (n - static_cast<double>(tasks.size())) / n);
    metrics.push_back(metric);
  }
  return metrics;
}

}  // namespace lethe
