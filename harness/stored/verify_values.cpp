// Values of records recomputed from the run's samples.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/base/statistics.h"
#include "harness/stored/measure_pass.h"
#include "harness/stored/verify.h"
#include "results/item_values.h"

namespace lethe {
namespace {

// The same arithmetic on the same numbers; float32 means where single tokens'
// log-probs are not stored.
constexpr double kExact = 1e-12;
constexpr double kFromMeans = 1e-6;

bool close(double a, double b, double tolerance) {
  if (!std::isfinite(a) || !std::isfinite(b)) {
    return std::isfinite(a) == std::isfinite(b);
  }
  const double scale = std::max({1.0, std::abs(a), std::abs(b)});
  return std::abs(a - b) <= tolerance * scale;
}

std::string shown(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

// A value to recompute: of a pass, or of a task.
struct Wanted {
  size_t record = 0;
  const Pass* pass = nullptr;  // null: of a task
};

std::vector<Wanted> all_values(const StoredRun& run,
                               const std::vector<Pass>& passes) {
  std::vector<Wanted> all;
  for (const Pass& pass : passes) {
    for (const size_t i : pass.records) {
      if (run.records[i].status == "skipped") continue;
      all.push_back({i, &pass});
    }
  }
  for (size_t i = 0; i < run.records.size(); ++i) {
    const Record& r = run.records[i];
    if (!r.task.empty() && !r.metric.empty()) all.push_back({i, nullptr});
  }
  return all;
}

// The sample, in its order, so that passes follow each other.
std::vector<Wanted> chosen(std::vector<Wanted> all,
                           const VerifyOptions& options) {
  const auto count = static_cast<int64_t>(all.size());
  if (options.sample < 0 || options.sample >= count) return all;
  std::vector<int64_t> order = Rng(options.seed, "verify").permutation(count);
  order.resize(static_cast<size_t>(options.sample));
  std::sort(order.begin(), order.end());
  std::vector<Wanted> some;
  for (const int64_t i : order) some.push_back(all[static_cast<size_t>(i)]);
  return some;
}

double mean_of(const ItemValues& items) {
  double sum = 0;
  for (const double value : items.values) sum += value;
  return sum / static_cast<double>(items.values.size());
}

class Values {
 public:
  Values(const StoredRun& run, Check& check)
      : run_(run), check_(check), items_(run.folder) {}

  void check(const Wanted& wanted) {
    const Record& r = run_.records[wanted.record];
    try {
      wanted.pass == nullptr ? check_task(r) : check_probe(*wanted.pass, r);
    } catch (const Error& error) {
      if (error.fault() != Fault::input && error.fault() != Fault::usage) {
        throw;
      }
      check_.differences.push_back(place(r) + ": " + error.what());
    }
  }

  int64_t unstored() const { return unstored_; }

 private:
  std::string place(const Record& r) const {
    return fmt::format("{} (seed {}) {} {}{}", r.label, r.seed,
                       r.task.empty() ? r.probe + " on " + r.split : r.task,
                       name_with_options(r.metric, r.metric_options),
                       r.field == r.metric ? "" : "." + r.field);
  }

  void compare(const Record& r, const Estimate& found, double tolerance,
               const std::string& source) {
    ++check_.checked;
    const auto differs = [&](const char* what, const std::string& recorded,
                             const std::string& recomputed) {
      check_.differences.push_back(
          fmt::format("{}: {} is {} in records.jsonl, {} {}", place(r), what,
                      recorded, source, recomputed));
    };
    if (!close(r.value, found.value, tolerance)) {
      differs("value", shown(r.value), shown(found.value));
    } else if (r.n != found.n) {
      differs("n", std::to_string(r.n), std::to_string(found.n));
    } else if (!close(r.ci_low, found.ci95.low, tolerance) ||
               !close(r.ci_high, found.ci95.high, tolerance)) {
      differs("ci95",
              fmt::format("[{}, {}]", shown(r.ci_low), shown(r.ci_high)),
              fmt::format("[{}, {}]", shown(found.ci95.low),
                          shown(found.ci95.high)));
    }
  }

  void check_probe(const Pass& pass, const Record& r) {
    if (pass.samples.empty()) {
      ++unstored_;  // the check of samples says so
      return;
    }
    const bool imported = r.versions.contains("imported");
    if (imported && !Registry<Metric>::contains(r.metric)) {
      return check_stored_items(r);
    }
    const StoredMetric metric = stored_metric(r.metric, r.metric_options);
    std::optional<MeasuredPass> measured;
    try {
      measured = reader_.measure(metric, pass);
    } catch (const Error& error) {
      if (error.fault() != Fault::input) throw;
    }
    if (!measured) return check_stored_items(r);
    const double tolerance = imported || metric.metric->needs().token_statistics
                                 ? kFromMeans
                                 : kExact;
    const auto found =
        std::find_if(measured->values.begin(), measured->values.end(),
                     [&](const auto& value) { return value.first == r.field; });
    if (found == measured->values.end()) {
      check_.differences.push_back(place(r) + ": the metric has no such field");
      return;
    }
    compare(r, found->second, tolerance, "the samples give");
    if (!imported) check_items(pass, metric, *measured, tolerance);
  }

  // What the samples say of each item against what its texts give.
  void check_items(const Pass& pass, const StoredMetric& metric,
                   const MeasuredPass& measured, double tolerance) {
    const std::vector<DataRow>& rows = reader_.samples(pass).rows;
    for (size_t i = 0; i < rows.size(); ++i) {
      for (const auto& [field, value] : measured.rows[i]) {
        const Json& fields = rows[i].fields;
        // Another metric, or this one with other options, may own FIELD.
        std::vector<std::string> names = {field, metric.name + "." + field,
                                          metric.full_name() + "." + field};
        const bool fits = std::any_of(
            names.begin(), names.end(), [&](const std::string& name) {
              const auto found = fields.find(name);
              const double own = found == fields.end() || found->is_null() ||
                                         !found->is_number()
                                     ? std::numeric_limits<double>::quiet_NaN()
                                     : found->get<double>();
              return close(own, value, tolerance);
            });
        if (fits) continue;
        check_.differences.push_back(
            fmt::format("{}: {} is {}, the texts give {}", rows[i].where, field,
                        fields.value(field, Json()).dump(), shown(value)));
      }
    }
  }

  // A metric that reads what was not stored may still be a mean of its items.
  void check_stored_items(const Record& r) {
    if (items_.values(r).missing.empty()) {
      ++check_.checked;
    } else {
      ++unstored_;
    }
  }

  // A task's shares are means over its documents and nothing else.
  void check_task(const Record& r) {
    Record open = r;
    open.value = std::numeric_limits<double>::quiet_NaN();
    const ItemValues items = items_.values(open);
    const bool share = r.unit == "fraction" && items.missing.empty() &&
                       r.finite() && items.form == ItemForm::mean;
    if (!share) return check_stored_items(r);
    Estimate found;
    found.value = mean_of(items);
    found.n = static_cast<int64_t>(items.values.size());
    found.ci95 = {r.ci_low, r.ci_high, r.ci_method};  // may know of clusters
    compare(r, found, kFromMeans, "the documents give");
  }

  const StoredRun& run_;
  Check& check_;
  PassReader reader_;
  ItemReader items_;
  int64_t unstored_ = 0;
};

}  // namespace

void check_values(const StoredRun& run, const VerifyOptions& options,
                  Verified& verified) {
  const std::vector<Pass> passes = passes_of(run);
  const std::vector<Wanted> all = all_values(run, passes);
  const std::vector<Wanted> some = chosen(all, options);
  Check check;
  check.name = "values";
  check.of = static_cast<int64_t>(all.size());
  check.how = "recomputed from the samples";
  if (some.size() < all.size()) {
    check.how += fmt::format(" (drawn with seed {})", options.seed);
  }
  Values values(run, check);
  for (const Wanted& wanted : some) values.check(wanted);
  if (values.unstored() > 0) {
    check.skipped = fmt::format(
        "{} of {} read what is not stored (single tokens, verdicts, texts of "
        "tasks)",
        values.unstored(), some.size());
  }
  verified.checks.push_back(std::move(check));
}

}  // namespace lethe
