#include <cmath>
#include <cstdio>
#include <filesystem>

#include "harness/app/engine/engine.h"
#include "harness/base/files.h"
#include "harness/run/evaluate.h"

namespace lethe {
namespace {

// Sample standard error of a mean, as lm-eval names it; NaN below two items.
double standard_error(double mean, int64_t n) {
  if (n < 2) return NAN;
  return std::sqrt(mean * (1 - mean) / static_cast<double>(n - 1));
}

void print_table(const std::vector<Record>& records) {
  std::printf("%-24s %-10s %8s %8s  %-16s %6s\n", "task", "metric", "value",
              "stderr", "95 % interval", "n");
  for (const Record& r : records) {
    std::printf("%-24s %-10s %8.4f %8.4f  [%.4f, %.4f] %6ld\n", r.task.c_str(),
                r.field.c_str(), r.value, standard_error(r.value, r.n),
                r.ci_low, r.ci_high, static_cast<long>(r.n));
  }
}

OrderedJson results_json(const std::vector<Record>& records) {
  OrderedJson results = OrderedJson::object();
  for (const Record& r : records) {
    OrderedJson& task = results[r.task];
    task[r.field] = r.finite() ? OrderedJson(r.value) : OrderedJson();
    const double error = standard_error(r.value, r.n);
    task[r.field + "_stderr"] =
        std::isfinite(error) ? OrderedJson(error) : OrderedJson();
    task["n"] = r.n;
    task["version"] = r.versions.value("task", int64_t{0});
  }
  return {{"results", results}};
}

}  // namespace

int eval_command(const Arguments& arguments) {
  Suite suite;
  suite.name = "eval";
  suite.folder = std::filesystem::current_path().string();
  suite.model.path = find_model(arguments.needed("--model"));
  if (arguments.integer("--num-fewshot", 0) != 0) {
    fail_usage("--num-fewshot", "above 0 is not supported yet",
               "leave it at 0");
  }
  const RunOptions options = run_options(arguments, "");
  const LoadedModel loaded =
      load_target(suite.model.path, options.compute, options.target,
                  arguments.text("--adapter"));
  CellContext cell;
  cell.suite = &suite;
  cell.base.model_hash =
      model_hash(*loaded.folder, arguments.text("--adapter"));
  cell.base.device = options.compute.device_name();
  cell.base.dtype = options.compute.dtype_name();
  const std::string out =
      arguments.text("--out", arguments.text("--output-path"));
  const bool samples = arguments.has("--log-samples");
  if (samples && out.empty()) {
    fail_usage("--log-samples", "needs a place", "add --out DIR");
  }
  cell.samples = samples ? out + "/samples" : "";
  std::map<std::string, std::string> files;
  for (const std::string& one : arguments.all("--data-file")) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos) {
      fail_usage("--data-file " + one, "is no TASK=FILE", "write TASK=FILE");
    }
    files[one.substr(0, equals)] =
        resolve(suite.folder, one.substr(equals + 1));
  }
  std::vector<Record> records;
  for (const std::string& name : arguments.list("--tasks")) {
    TaskSpec task{name, 0, options.limit, files[name]};
    for (Record& record :
         evaluate_task(cell, *loaded.target, task, loaded.tokenizer.get())) {
      if (record.status != "ok") {
        fail_input(name, record.message, "give a folder with a tokenizer");
      }
      records.push_back(std::move(record));
    }
  }
  if (records.empty()) {
    fail(Fault::nothing, "lethe eval", "no task was named", "give --tasks A,B");
  }
  const OrderedJson json = results_json(records);
  if (!out.empty()) {
    make_folder(out);
    write_file_atomically(out + "/results.json", json.dump(2) + "\n");
  }
  if (arguments.has("--json")) {
    print_json(json);
  } else {
    print_table(records);
  }
  return 0;
}

}  // namespace lethe
