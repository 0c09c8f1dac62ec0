#include "harness/app/metric_rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "harness/app/light.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/data/peer_results.h"
#include "harness/data/stored_outputs.h"

namespace lethe {
namespace {

std::vector<std::string> names_of(const PeerResults& results) {
  std::vector<std::string> names;
  for (const ResultPart& part : results.parts) names.push_back(part.name);
  return names;
}

Observations first_rows(const ResultPart& part, int64_t limit) {
  std::vector<DataRow> rows = part.rows;
  if (limit > 0 && rows.size() > static_cast<size_t>(limit)) {
    rows.resize(static_cast<size_t>(limit));
  }
  return stored_outputs(rows);
}

// The last row of metric and judge is a summary, no item.
std::vector<DataRow> without_summary(std::vector<DataRow> rows) {
  const Json& last = rows.back().fields;
  if (last.contains("aggregate") && !last.contains("id")) rows.pop_back();
  return rows;
}

// Whether every item has what the metric reads.
bool fits(const Metric& metric, const Observations& observations) {
  try {
    check_needs(metric, observations);
    if (metric.needs().text_model.empty()) items(metric, observations);
    return true;
  } catch (const Error& error) {
    if (error.fault() != Fault::input) throw;
    return false;
  }
}

// Fields in the order in which they appear.
std::vector<std::string> fields_of(const ResultPart& part) {
  std::set<std::string> all;
  for (const DataRow& row : part.rows) {
    for (const auto& [name, value] : row.fields.items()) all.insert(name);
  }
  return {all.begin(), all.end()};
}

std::string json_lines(const ResultPart& part) {
  std::string text;
  for (const DataRow& row : part.rows) {
    text += row.fields.dump(-1, ' ', false, Json::error_handler_t::replace);
    text += "\n";
  }
  return text;
}

}  // namespace

Observations metric_rows(const Metric& metric, const Arguments& arguments,
                         const std::string& path) {
  const int64_t limit = arguments.integer("--limit", 0);
  const std::string wanted = arguments.text("--part");
  const std::optional<PeerResults> results = read_peer_results(path);
  if (!results) {
    if (!wanted.empty()) {
      fail_usage("--part " + wanted, path + " holds rows, not parts",
                 "leave it out");
    }
    return stored_outputs(without_summary(read_rows(path, limit)));
  }
  const std::string& name = arguments.positional().front();
  for (const ResultPart& part : results->parts) {
    if (!wanted.empty() && part.name != wanted) continue;
    Observations observations = first_rows(part, limit);
    if (wanted.empty() && !fits(metric, observations)) continue;
    log_info(fmt::format("{}: {}'s results, part {}, {} rows", path,
                         results->format, part.name, observations.size()));
    return observations;
  }
  if (!wanted.empty()) {
    fail_usage("--part " + wanted, path + " has no such part",
               suggest(wanted, names_of(*results)));
  }
  fail_input(path,
             fmt::format("none of its parts ({}) has what {} reads",
                         fmt::join(names_of(*results), ", "), name),
             "see lethe import " + path);
}

int import_command(const Arguments& arguments) {
  for (const char* option : {"--label", "--reference"}) {
    if (arguments.has(option)) {
      fail_usage(option, "is for rows of a run", "add --run DIR");
    }
  }
  if (arguments.positional().size() > 1) {
    fail_usage("lethe import", "shows one file at a time",
               "name one, or make them rows of a run with --run DIR");
  }
  const std::string& path = arguments.positional().front();
  const std::optional<PeerResults> results = read_peer_results(path);
  if (!results) {
    fail_input(path,
               "is no open-unlearning *_EVAL.json or *_SUMMARY.json, no tofu "
               "eval_log*.json and no lm-eval results*.json",
               "rows are read as they are: lethe metric NAME --data FILE");
  }
  const std::string out = arguments.text("--out");
  if (!out.empty()) make_folder(out);
  OrderedJson all = OrderedJson::object();
  size_t width = 4;
  for (const ResultPart& part : results->parts) {
    width = std::max(width, part.name.size());
    OrderedJson& entry = all[part.name];
    entry["rows"] = part.rows.size();
    entry["fields"] = fields_of(part);
    if (out.empty()) continue;
    const std::string file = path_inside(out, part.name + ".jsonl");
    write_file_atomically(file, json_lines(part));
    entry["file"] = file;
  }
  if (arguments.has("--json")) {
    const OrderedJson json = {{"format", results->format}, {"parts", all}};
    std::printf("%s\n", json.dump(2, ' ', true).c_str());
    return 0;
  }
  std::printf("%s, written by %s\n", printable(path).c_str(),
              results->format.c_str());
  std::printf("%-*s  %6s  fields\n", static_cast<int>(width), "part", "rows");
  for (const auto& [name, part] : all.items()) {
    std::printf(
        "%-*s  %6zu  %s\n", static_cast<int>(width), printable(name).c_str(),
        part["rows"].get<size_t>(),
        printable(
            fmt::format(
                "{}", fmt::join(part["fields"].get<std::vector<std::string>>(),
                                ", ")))
            .c_str());
  }
  return 0;
}

}  // namespace lethe
