#include "harness/stored/rescore.h"

#include <cmath>
#include <filesystem>
#include <set>

#include "harness/base/files.h"
#include "harness/base/recorded.h"
#include "harness/base/registry.h"
#include "harness/base/samples_name.h"
#include "harness/base/version.h"
#include "harness/stored/measure_pass.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

int64_t nonfinite(const std::vector<Row>& rows) {
  return std::count_if(rows.begin(), rows.end(), [](const Row& row) {
    return std::any_of(row.begin(), row.end(), [](const auto& field) {
      return !std::isfinite(field.second);
    });
  });
}

Record record_of(const Pass& pass, const StoredMetric& metric,
                 const MeasuredPass& measured,
                 const std::pair<std::string, Estimate>& value) {
  const auto& [field, estimate] = value;
  Record r = pass.common;
  r.metric = metric.name;
  r.metric_options = metric.options;
  r.field = field;
  r.unit = metric.metric->unit_of(field);
  put_estimate(r, estimate);
  r.message = estimate.reason.empty() ? estimate.note : estimate.reason;
  r.counts.nonfinite = nonfinite(measured.rows);
  r.versions["rescored"] = fmt::format("lethe {} ({})", version(), git_state());
  return r;
}

bool same_value(const Record& a, const Record& b) {
  constexpr double kTolerance = 1e-6;  // float32 means of log-probs
  return agrees(a.value, b.value, kTolerance, a.unit);
}

// The run's own record of the same measure; null: there is none.
const Record* existing(const StoredRun& run, const Pass& pass,
                       const Record& wanted) {
  for (const size_t i : pass.records) {
    const Record& r = run.records[i];
    const bool same = r.metric == wanted.metric && r.field == wanted.field &&
                      r.metric_options == wanted.metric_options &&
                      r.status != "skipped";
    if (same) return &r;
  }
  return nullptr;
}

// Fields of items to be written into a file of samples.
struct NewFields {
  std::string metric;
  Json options;
  std::vector<Row> rows;
};

std::string with_fields(const std::string& file,
                        const std::vector<NewFields>& all) {
  std::vector<OrderedRow> rows = read_ordered_rows(file);
  for (const NewFields& fields : all) {
    std::set<std::string> taken;
    for (const OrderedRow& row : rows) {
      for (const auto& [key, value] : row.fields.items()) taken.insert(key);
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      for (const auto& [field, value] : fields.rows[i]) {
        const std::string column = item_column(
            item_columns(fields.metric, fields.options, field), taken);
        rows[i].fields[column] =
            std::isfinite(value) ? OrderedJson(value) : OrderedJson();
      }
    }
  }
  std::string text;
  for (const OrderedRow& row : rows) {
    text +=
        row.fields.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) +
        "\n";
  }
  return text;
}

class Rescorer {
 public:
  Rescorer(const std::string& folder, const RescoreOptions& options)
      : o_(options), run_(read_run(folder)) {
    for (const std::string& name : o_.metrics) {
      metrics_.push_back(stored_metric(name, o_.set));
    }
    if (!exists(folder + "/records.jsonl")) {
      fail_usage(folder, "is not finished: it has no records.jsonl",
                 "finish it first: lethe run with the same --out");
    }
    // One that is run again has the records of before.
    const Json status = run_.description.value("status", Json());
    if (!status.is_null() && status != "complete" && status != "failed") {
      fail_usage(folder, fmt::format("is {}, not finished", status.dump()),
                 "wait for it, or finish it: lethe run with the same --out");
    }
  }

  Rescored measure() {
    PassReader reader;
    for (const Pass& pass : passes_of(run_)) {
      for (const StoredMetric& metric : metrics_) {
        try {
          add(pass, metric, reader.measure(metric, pass));
        } catch (const Error& error) {
          if (error.fault() != Fault::input || differs_) throw;
          result_.skipped.push_back(
              {pass.name(), metric.full_name(), error.what()});
        }
      }
    }
    if (result_.added.empty() && result_.there_already == 0) {
      const std::string why = result_.skipped.empty()
                                  ? "the run has no probe with records"
                                  : reason_of(result_.skipped.front());
      fail(Fault::nothing, run_.folder,
           "no samples have what these metrics read (" + why + ")",
           "name metrics of what was stored: lethe list metrics");
    }
    return result_;
  }

  void write() {
    if (result_.added.empty() && o_.out.empty()) return;
    const std::string out = o_.out.empty() ? run_.folder : o_.out;
    if (!o_.out.empty()) copy_to(out);
    const FolderLock lock(out);
    for (const auto& [file, fields] : fields_) {
      const std::string own =
          out + "/" + fs::path(file).lexically_relative(run_.folder).string();
      write_file_atomically(own, with_fields(own, fields));
    }
    std::string text = read_file(run_.folder + "/records.jsonl");
    if (!text.empty() && text.back() != '\n') text += "\n";
    for (const Record& record : result_.added) {
      text += to_json(record).dump(-1, ' ', false,
                                   OrderedJson::error_handler_t::replace) +
              "\n";
    }
    write_file_atomically(out + "/records.jsonl", text);
  }

 private:
  // Of several reasons the first, with the metric that it is of.
  static std::string reason_of(const NotScored& one) {
    const bool named = one.reason.rfind(one.metric, 0) == 0;
    return named ? one.reason : one.metric + ": " + one.reason;
  }

  // All fields of a metric, or none.
  void add(const Pass& pass, const StoredMetric& metric,
           MeasuredPass measured) {
    std::vector<Record> fresh;
    int64_t known = 0;
    for (const auto& value : measured.values) {
      Record record = record_of(pass, metric, measured, value);
      const Record* old = existing(run_, pass, record);
      if (old == nullptr) {
        fresh.push_back(std::move(record));
        continue;
      }
      if (!same_value(*old, record)) {
        differs_ = !old->versions.contains("imported");
        fail_input(pass.name(),
                   fmt::format("the run has {} = {}, its samples give {}",
                               old->metric_name(), old->value, record.value),
                   differs_ ? "the run was edited or damaged: lethe verify " +
                                  run_.folder
                            : "its file has another definition");
      }
      ++known;
    }
    result_.there_already += known;
    for (const std::string& field : measured.left_out) {
      result_.skipped.push_back(
          {pass.name(), metric.full_name() + "." + field,
           "reads single tokens, samples hold their sums"});
    }
    const bool has_fields =
        std::any_of(measured.rows.begin(), measured.rows.end(),
                    [](const Row& row) { return !row.empty(); });
    if (!fresh.empty() && has_fields) {
      fields_[pass.samples].push_back(
          {metric.name, metric.options, std::move(measured.rows)});
    }
    std::move(fresh.begin(), fresh.end(), std::back_inserter(result_.added));
  }

  // The run without its journal: what is resumed is the run, not its copy.
  void copy_to(const std::string& out) const {
    make_folder(out);
    if (!fs::is_empty(out)) {
      fail_usage("--out " + out, "is not empty", "name another folder");
    }
    for (const char* name : {"run.json", "samples", "curves"}) {
      const std::string from = run_.folder + "/" + name;
      if (!exists(from)) continue;
      std::error_code code;
      fs::copy(from, out + "/" + name,
               fs::copy_options::recursive | fs::copy_options::skip_symlinks,
               code);
      if (code) {
        errno = code.value();
        fail_write(out + "/" + name, "copy");
      }
    }
  }

  const RescoreOptions& o_;
  StoredRun run_;
  std::vector<StoredMetric> metrics_;
  std::map<std::string, std::vector<NewFields>> fields_;  // by samples file
  Rescored result_;
  bool differs_ = false;
};

}  // namespace

Rescored rescore(const std::string& run, const RescoreOptions& options) {
  Rescorer rescorer(run, options);
  Rescored result = rescorer.measure();
  rescorer.write();
  return result;
}

}  // namespace lethe
