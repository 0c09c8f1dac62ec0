#include "results/compare.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "harness/base/one_sided_tests.h"
#include "results/compare_rows.h"

namespace lethe {
namespace {

constexpr size_t kShownHash = 8;

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

// "data_hash 1a2b3c4d and 9f8e7d6c"; empty when they agree.
std::string other_items(const SeedRecords& a, const SeedRecords& b) {
  const Record& first = *a.front();
  for (const auto* side : {&a, &b}) {
    for (const Record* r : *side) {
      for (const auto& [name, x, y] :
           {std::tuple("data_hash", first.data_hash, r->data_hash),
            std::tuple("prompt_hash", first.prompt_hash, r->prompt_hash),
            std::tuple("items_hash", first.items_hash, r->items_hash)}) {
        if (x == y) continue;
        return fmt::format("{} {} and {}", name, x.substr(0, kShownHash),
                           y.substr(0, kShownHash));
      }
    }
  }
  return "";
}

double mean_value(const SeedRecords& records) {
  double sum = 0;
  for (const Record* r : records) sum += r->value;
  return sum / static_cast<double>(records.size());
}

std::string absence(const CompareRow& row, const SeedRecords& records) {
  for (const Record* r : records) {
    if (r->finite()) continue;
    return fmt::format("{} has no value{}{}", row.name,
                       r->message.empty() ? "" : ": ", r->message);
  }
  return "";
}

// What is wanted: a number, or what the run's reference model has.
double target_of(const Record& record, const std::vector<Record>& run) {
  if (record.target.is_number()) return record.target.get<double>();
  if (record.target != "reference") return PairedResult::kNone;
  const std::string key = measure_key(record);
  for (const Record& r : run) {
    if (!r.model_hash.empty() && r.model_hash == record.reference_hash &&
        measure_key(r) == key) {
      return r.value;
    }
  }
  return PairedResult::kNone;
}

// The work of one comparison.
class Comparer {
 public:
  explicit Comparer(const CompareOptions& options)
      : o_(options), rows_(options) {
    result_.remarks = rows_.remarks();
    result_.alpha = o_.alpha;
  }

  Comparison run() {
    for (const auto& [a, b] : rows_.pairs()) compare(*a, *b);
    if (result_.pairs.empty()) {
      fail(Fault::nothing, "compare", "the rows share no measure",
           "compare runs of the same probes and tasks, or widen --metric");
    }
    refuse_all_refused();
    correct();
    return std::move(result_);
  }

 private:
  void compare(const CompareRow& a, const CompareRow& b) {
    std::vector<std::string> alone;
    for (const auto& [key, records] : a.measures) {
      if (rows_.columns().count(key) == 0) continue;
      if (const SeedRecords* others = b.find(key)) {
        result_.pairs.push_back(pair(a, records, b, *others));
      } else {
        alone.push_back(rows_.columns().at(key).title);
      }
    }
    for (const auto& [key, records] : b.measures) {
      if (rows_.columns().count(key) > 0 && a.find(key) == nullptr) {
        alone.push_back(rows_.columns().at(key).title);
      }
    }
    if (alone.empty()) return;
    result_.remarks.push_back(fmt::format("{} and {}: only one has {}", a.name,
                                          b.name, list_of(alone)));
  }

  Pair pair(const CompareRow& a, const SeedRecords& of_a, const CompareRow& b,
            const SeedRecords& of_b) {
    Pair p;
    p.a = a.name;
    p.b = b.name;
    p.column = rows_.columns().at(measure_key(*of_a.front()));
    p.value_a = mean_value(of_a);
    p.value_b = mean_value(of_b);
    p.seeds_a = static_cast<int64_t>(of_a.size());
    p.seeds_b = static_cast<int64_t>(of_b.size());
    p.record_a = *of_a.front();
    p.record_b = *of_b.front();
    p.folder_a = rows_.run(a).folder;
    p.folder_b = rows_.run(b).folder;
    p.target = target_of(p.record_a, rows_.run(a).records);
    p.result.reason = other_items(of_a, of_b);
    if (!p.result.reason.empty()) {
      p.change = Change::refused;
      p.result.reason = "not the same items: " + p.result.reason;
      return p;
    }
    p.result.reason = absence(a, of_a);
    if (p.result.reason.empty()) p.result.reason = absence(b, of_b);
    if (p.result.reason.empty()) {
      std::string problem;
      const auto items_a = values(a, of_a, problem);
      const auto items_b = values(b, of_b, problem);
      test(items_a, items_b, problem, p);
    }
    return p;
  }

  // Of every seed; the first reason why there are none becomes `problem`.
  std::vector<ItemValues> values(const CompareRow& row,
                                 const SeedRecords& records,
                                 std::string& problem) {
    std::vector<ItemValues> all;
    for (const Record* r : records) {
      all.push_back(rows_.run(row).reader->values(*r));
      if (problem.empty()) problem = all.back().missing;
    }
    return all;
  }

  void test(const std::vector<ItemValues>& a, const std::vector<ItemValues>& b,
            std::string problem, Pair& p) const {
    PairedItems items;
    if (problem.empty()) {
      items = pair_items(a, b, problem);
      p.change = problem.empty() ? Change::same : Change::refused;
    }
    if (!problem.empty()) {
      p.result.difference = p.value_b - p.value_a;
      p.result.reason = problem;
      return;
    }
    if (p.column.metric.rfind("tpr_at_fpr", 0) == 0) {
      const Json fpr = p.record_a.metric_options.value("fpr", Json(0.01));
      items.fpr = fpr.get<double>();  // item_values() has checked it
    }
    p.result = test_pairs(items, o_.seed);
    if (!std::isfinite(p.result.difference)) {
      p.result.difference = p.value_b - p.value_a;
    }
    if (!std::isfinite(p.result.p)) p.change = Change::untested;
  }

  void refuse_all_refused() const {
    const auto refused = std::count_if(
        result_.pairs.begin(), result_.pairs.end(),
        [](const Pair& p) { return p.change == Change::refused; });
    if (static_cast<size_t>(refused) < result_.pairs.size()) return;
    const Pair& first = result_.pairs.front();
    fail_input(fmt::format("compare {} and {}", first.a, first.b),
               fmt::format("all {} measures are refused; {}: {}", refused,
                           first.column.title, first.result.reason),
               "compare runs on the same data, prompts and items");
  }

  void correct() {
    std::vector<double> p;
    for (const Pair& one : result_.pairs) p.push_back(one.result.p);
    const std::vector<double> adjusted = holm(p);
    for (size_t i = 0; i < p.size(); ++i) {
      Pair& one = result_.pairs[i];
      one.p_adjusted = adjusted[i];
      result_.tests += std::isfinite(p[i]) ? 1 : 0;
      if (one.change == Change::same && adjusted[i] <= o_.alpha) {
        one.change = direction(one);
      }
    }
  }

  static Change direction(const Pair& p) {
    const bool up = p.result.difference > 0;
    const std::string& want = p.column.want;
    if (want == "high") return up ? Change::better : Change::worse;
    if (want == "low") return up ? Change::worse : Change::better;
    const double closer =
        std::abs(p.value_a - p.target) - std::abs(p.value_b - p.target);
    if (want != "near" || std::isnan(closer) || closer == 0) {
      return up ? Change::higher : Change::lower;
    }
    return closer > 0 ? Change::better : Change::worse;
  }

  const CompareOptions& o_;
  ComparedRows rows_;
  Comparison result_;
};

}  // namespace

const char* change_name(Change change) {
  switch (change) {
    case Change::better:
      return "better";
    case Change::worse:
      return "worse";
    case Change::higher:
      return "higher";
    case Change::lower:
      return "lower";
    case Change::same:
      return "same";
    case Change::untested:
      return "untested";
    case Change::refused:
      break;
  }
  return "refused";
}

Comparison compare_runs(const CompareOptions& options) {
  return Comparer(options).run();
}

}  // namespace lethe
