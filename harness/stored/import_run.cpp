#include "harness/stored/import_run.h"

#include <filesystem>
#include <set>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/version.h"
#include "harness/stored/export_run.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

std::string label_of(const ImportSource& source) {
  if (!source.label.empty()) return source.label;
  const fs::path path = fs::absolute(source.file).lexically_normal();
  const std::string folder = path.parent_path().filename().string();
  return folder.empty() ? path.stem().string() : folder;
}

ImportedRow read_source(const ImportSource& source, Record base) {
  const std::optional<PeerResults> results = read_peer_results(source.file);
  if (!results) {
    fail_input(source.file,
               "is no open-unlearning *_EVAL.json or *_SUMMARY.json, no tofu "
               "eval_log*.json and no lm-eval results*.json",
               "rows are read as they are: lethe metric NAME --data FILE");
  }
  ImportedRow row;
  row.label = base.label;
  row.format = results->format;
  row.file = source.file;
  base.message =
      fmt::format("imported from {} ({})",
                  fs::path(source.file).filename().string(), results->format);
  base.versions["imported"] = results->format;
  if (results->format == "open-unlearning") {
    add_open_unlearning(*read_peer_object(source.file), *results, base, row);
  } else if (results->format == "tofu") {
    add_tofu(*results, base, row);
  } else if (results->format == "lm-eval") {
    add_lm_eval(*results, base, row);
  } else {
    add_summary(*results, base, row);
  }
  if (row.records.empty()) {
    fail_input(source.file, "has no values", "see lethe import " + source.file);
  }
  return row;
}

std::string lines_of(const std::vector<Json>& rows) {
  std::string text;
  for (const Json& row : rows) {
    text += row.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return text;
}

void write_samples(const std::string& out, const ImportedRow& row) {
  if (row.samples.empty()) return;
  const std::string folder = out + "/samples/" + row.records.front().cell;
  make_folder(folder);
  for (const auto& [name, rows] : row.samples) {
    write_file_atomically(path_inside(folder, name), lines_of(rows));
  }
}

Record base_of(const ImportSource& source, const std::string& out,
               const std::string& hash) {
  Record r;
  r.run = fs::absolute(out + "/.").lexically_normal().parent_path().filename();
  r.suite = "imported";
  r.label = label_of(source);
  r.method = source.reference ? "retrain" : "imported";
  r.cell = short_hash(r.label + "\n" + hash);
  r.device = r.dtype = "unknown";
  r.versions = {{"file", hash.substr(0, 12)}};
  return r;
}

}  // namespace

std::vector<ImportedRow> import_run(const std::vector<ImportSource>& sources,
                                    const std::string& out) {
  std::vector<ImportedRow> rows;
  std::set<std::string> labels;
  OrderedJson run = {{"suite", {{"suite", "imported"}, {"reference", nullptr}}},
                     {"status", "complete"},
                     {"versions", {{"lethe", version()}}}};
  for (const ImportSource& source : sources) {
    const std::string hash = sha256(read_file(source.file));
    Record base = base_of(source, out, hash);
    if (!labels.insert(base.label).second) {
      fail_usage(source.file, "two rows are called \"" + base.label + "\"",
                 "give each a name: --label A --label B");
    }
    if (source.reference) run["suite"]["reference"] = {{"method", "retrain"}};
    rows.push_back(read_source(source, base));
    run["imported"].push_back({{"file", source.file},
                               {"sha256", hash},
                               {"format", rows.back().format},
                               {"label", base.label}});
    run["cells"].push_back({{"cell", base.cell},
                            {"label", base.label},
                            {"transform", ""},
                            {"status", "ok"},
                            {"message", ""}});
  }
  make_empty_folder(out);
  std::string text;
  for (const ImportedRow& row : rows) {
    write_samples(out, row);
    for (const Record& record : row.records) {
      text += to_json(record).dump(-1, ' ', false,
                                   OrderedJson::error_handler_t::replace) +
              "\n";
    }
  }
  write_file_atomically(out + "/run.json", run.dump(2) + "\n");
  write_file_atomically(out + "/records.jsonl", text);
  return rows;
}

}  // namespace lethe
