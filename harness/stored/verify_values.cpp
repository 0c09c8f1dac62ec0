// Values of records recomputed from the run's samples.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/base/samples_name.h"
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

  // Why not all of `count` were recomputed; empty: they were.
  std::string skipped(size_t count) const {
    std::string why;
    if (unstored_ > 0) {
      why = fmt::format(
          "{} of {} read what is not stored (single tokens, verdicts, texts "
          "of tasks)",
          unstored_, count);
    }
    if (elsewhere_ > 0) {
      why +=
          fmt::format("{}{} of {} are other harnesses' and not defined as ours",
                      why.empty() ? "" : "; ", elsewhere_, count);
    }
    return why;
  }

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
    if (!agrees(r.value, found.value, tolerance, r.unit)) {
      differs("value", shown(r.value), shown(found.value));
    } else if (r.n != found.n) {
      differs("n", std::to_string(r.n), std::to_string(found.n));
    } else if (!agrees(r.ci_low, found.ci95.low, tolerance, r.unit) ||
               !agrees(r.ci_high, found.ci95.high, tolerance, r.unit)) {
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
    if (r.versions.contains("imported")) return check_imported(pass, r);
    if (reads_file(r.metric, r.metric_options)) return check_stored_items(r);
    const StoredMetric metric = stored_metric(r.metric, r.metric_options);
    const std::optional<MeasuredPass> measured = measure(metric, pass);
    if (!measured || holds_field(measured->left_out, r.field)) {
      return check_stored_items(r);
    }
    const double tolerance =
        metric.metric->needs().token_statistics ? kFromMeans : kExact;
    const Estimate* found = estimate_of(*measured, r.field);
    if (found == nullptr) {
      check_.differences.push_back(place(r) + ": the metric has no such field");
      return;
    }
    compare(r, *found, tolerance, "the samples give");
    check_items(pass, metric, *measured, tolerance);
  }

  // nullopt: the samples lack what the metric reads.
  std::optional<MeasuredPass> measure(const StoredMetric& metric,
                                      const Pass& pass) {
    try {
      return reader_.measure(metric, pass);
    } catch (const Error& error) {
      if (error.fault() != Fault::input) throw;
      return {};
    }
  }

  static bool holds_field(const std::vector<std::string>& fields,
                          const std::string& field) {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
  }

  static const Estimate* estimate_of(const MeasuredPass& measured,
                                     const std::string& field) {
    for (const auto& [name, estimate] : measured.values) {
      if (name == field) return &estimate;
    }
    return nullptr;
  }

  // Another harness's value: of its items, which are then the samples', or by
  // a metric of ours. Neither need be its definition: an interval is there only
  // where the import found that one of them is.
  void check_imported(const Pass& pass, const Record& r) {
    const bool found_then = r.ci_method != "none";
    const std::optional<Estimate> found = of_import(pass, r);
    if (found &&
        (found_then || agrees(r.value, found->value, kFromMeans, ""))) {
      Estimate own = *found;
      if (!found_then) own.n = r.n;
      if (!found_then) own.ci95 = {r.ci_low, r.ci_high, r.ci_method};
      return compare(r, own, kFromMeans, "its samples give");
    }
    if (!found_then) {
      ++elsewhere_;
      return;
    }
    ++check_.checked;
    check_.differences.push_back(
        fmt::format("{}: value is {} in records.jsonl, which its items do not "
                    "give",
                    place(r), shown(r.value)));
  }

  std::optional<Estimate> of_import(const Pass& pass, const Record& r) {
    const ItemValues items = items_.values(r);
    if (items.missing.empty() && items.form == ItemForm::mean) {
      return estimate_mean(items.values);
    }
    if (!Registry<Metric>::contains(r.metric)) return {};
    try {
      const MeasuredPass measured =
          reader_.measure(stored_metric(r.metric, r.metric_options), pass);
      const Estimate* found = estimate_of(measured, r.field);
      if (found != nullptr) return *found;
    } catch (const Error& error) {  // the rows or options lack what it reads
      if (error.fault() != Fault::input && error.fault() != Fault::usage) throw;
    }
    return {};
  }

  // What the samples say of each item against what its texts give.
  void check_items(const Pass& pass, const StoredMetric& metric,
                   const MeasuredPass& measured, double tolerance) {
    const std::vector<DataRow>& rows = reader_.samples(pass).rows;
    for (size_t i = 0; i < rows.size(); ++i) {
      for (const auto& [field, value] : measured.rows[i]) {
        const Json& fields = rows[i].fields;
        // Another metric, or this one with other options, may own FIELD.
        const std::vector<std::string> names =
            item_columns(metric.name, metric.options, field);
        const bool fits = std::any_of(
            names.begin(), names.end(), [&](const std::string& name) {
              const auto found = fields.find(name);
              const double own = found == fields.end() || found->is_null() ||
                                         !found->is_number()
                                     ? std::numeric_limits<double>::quiet_NaN()
                                     : found->get<double>();
              return agrees(own, value, tolerance, "");
            });
        if (fits) continue;
        check_.differences.push_back(
            fmt::format("{}: {} is {}, the texts give {}", rows[i].where, field,
                        fields.value(field, Json()).dump(), shown(value)));
      }
    }
  }

  // A metric that reads what was not stored may still be a mean of its items,
  // and then it is one. Other harnesses' need not be.
  void check_stored_items(const Record& r) {
    if (items_.values(r).missing.empty()) {
      ++check_.checked;
      return;
    }
    Record open = r;
    open.value = std::numeric_limits<double>::quiet_NaN();
    const bool has_items = r.finite() && items_.values(open).missing.empty();
    if (!has_items || r.versions.contains("imported")) {
      ++(has_items ? elsewhere_ : unstored_);
      return;
    }
    ++check_.checked;
    check_.differences.push_back(
        fmt::format("{}: value is {} in records.jsonl, which neither the mean "
                    "of its items nor one weighted by tokens gives",
                    place(r), shown(r.value)));
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
    const bool same =
        r.n == found.n && agrees(r.value, found.value, kFromMeans, "");
    if (r.versions.contains("imported") && !same) {
      ++elsewhere_;
      return;
    }
    compare(r, found, kFromMeans, "the documents give");
  }

  const StoredRun& run_;
  Check& check_;
  PassReader reader_;
  ItemReader items_;
  int64_t unstored_ = 0;
  int64_t elsewhere_ = 0;  // other harnesses' by another definition
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
  check.skipped = values.skipped(some.size());
  verified.checks.push_back(std::move(check));
}

}  // namespace lethe
