// Runs as files of other harnesses, without their texts, and the other way.
#include <cstdio>

#include "harness/app/light.h"
#include "harness/app/output.h"
#include "harness/app/shown_runs.h"
#include "harness/stored/export_run.h"
#include "harness/stored/import_run.h"
#include "results/redact.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kWidth = 100;

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

int export_redacted(const Arguments& arguments) {
  const std::string& run = arguments.positional().front();
  const std::string out = arguments.needed("--out");
  const Redacted redacted = redact(run, out, redact_options(arguments));
  if (arguments.has("--json")) {
    print_json({{"run", out},
                {"records", redacted.records},
                {"samples", redacted.samples},
                {"curves", redacted.curves},
                {"left_out", redacted.left_out}});
    return 0;
  }
  std::printf("%s: %ld records, %ld samples without their texts, %ld curves\n",
              printable(out).c_str(), static_cast<long>(redacted.records),
              static_cast<long>(redacted.samples),
              static_cast<long>(redacted.curves));
  if (!redacted.left_out.empty()) {
    std::fputs(hanging("left out", 10, printable(join(redacted.left_out), 4000),
                       kWidth)
                   .c_str(),
               stdout);
  }
  return 0;
}

// --rename A=B: the split A is called B.
std::map<std::string, std::string> renamed(const Arguments& arguments) {
  std::map<std::string, std::string> splits;
  for (const std::string& one : arguments.all("--rename")) {
    const size_t equals = one.find('=');
    if (equals == one.npos || equals == 0 || equals + 1 == one.size()) {
      fail_usage("--rename " + one, "is no SPLIT=NAME",
                 "write e.g. forget_qa=forget");
    }
    splits[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return splits;
}

void print_exported(const std::vector<ExportedRow>& rows,
                    const std::string& out) {
  for (const ExportedRow& row : rows) {
    if (row.files.empty()) {
      std::printf("%s: nothing that the format has a place for\n",
                  printable(row.row).c_str());
      continue;
    }
    std::printf("%s: %ld values in %s/%s\n", printable(row.row).c_str(),
                static_cast<long>(row.metrics), printable(out).c_str(),
                row.folder.c_str());
    std::fputs(hanging("  files", 11, printable(join(row.files), 2000), kWidth)
                   .c_str(),
               stdout);
    if (row.left_out.empty()) continue;
    std::fputs(
        hanging("  left out", 11, printable(join(row.left_out), 2000), kWidth)
            .c_str(),
        stdout);
  }
}

OrderedJson to_json(const std::vector<ExportedRow>& rows,
                    const std::string& out) {
  OrderedJson json = {{"out", out}, {"rows", OrderedJson::array()}};
  for (const ExportedRow& row : rows) {
    json["rows"].push_back({{"row", row.row},
                            {"folder", row.folder},
                            {"files", row.files},
                            {"metrics", row.metrics},
                            {"left_out", row.left_out}});
  }
  return json;
}

std::vector<ImportSource> sources_of(const Arguments& arguments) {
  std::vector<ImportSource> sources;
  const std::vector<std::string>& labels = arguments.all("--label");
  for (const std::string& file : arguments.positional()) {
    const size_t i = sources.size();
    sources.push_back({file, i < labels.size() ? labels[i] : "", false});
  }
  if (labels.size() > sources.size()) {
    fail_usage("--label " + labels.back(), "names no file",
               "give at most one a file");
  }
  if (arguments.has("--reference")) {
    sources.push_back({arguments.text("--reference"), "retrain", true});
  }
  return sources;
}

}  // namespace

int export_command(const Arguments& arguments) {
  const bool redacts = arguments.has("--redact");
  const Redactor redactor(redact_options(arguments));
  const std::string format = arguments.text("--format");
  if (format.empty() && redacts) return export_redacted(arguments);
  if (format != "open-unlearning" && format != "lm-eval") {
    fail_usage(format.empty() ? "--format" : "--format " + format,
               format.empty() ? "is missing" : "is not known",
               format.empty()
                   ? "give open-unlearning or lm-eval, or --redact"
                   : suggest(format, {"open-unlearning", "lm-eval"}));
  }
  ExportOptions options;
  options.out = arguments.needed("--out");
  options.splits = renamed(arguments);
  options.name = arguments.text("--name", options.name);
  if (redacts) options.redactor = &redactor;
  const StoredRun run = read_run(arguments.positional().front());
  const std::vector<ExportedRow> rows =
      format == "lm-eval" ? export_lm_eval(run, options)
                          : export_open_unlearning(run, options);
  if (arguments.has("--json")) {
    print_json(to_json(rows, options.out));
  } else {
    print_exported(rows, options.out);
  }
  return 0;
}

int import_run_command(const Arguments& arguments) {
  const std::string out = arguments.needed("--run");
  const std::vector<ImportedRow> rows = import_run(sources_of(arguments), out);
  OrderedJson json = {{"run", out}, {"rows", OrderedJson::array()}};
  for (const ImportedRow& row : rows) {
    size_t items = 0;
    for (const auto& [name, samples] : row.samples) items += samples.size();
    json["rows"].push_back({{"label", row.label},
                            {"format", row.format},
                            {"file", row.file},
                            {"records", row.records.size()},
                            {"samples", items}});
    if (arguments.has("--json")) continue;
    std::printf("%s: %zu values and %zu samples of %s (%s)\n",
                printable(row.label).c_str(), row.records.size(), items,
                printable(row.file).c_str(), row.format.c_str());
  }
  if (arguments.has("--json")) {
    print_json(json);
  } else {
    std::printf("lethe leaderboard %s shows them\n", printable(out).c_str());
  }
  return 0;
}

}  // namespace lethe
