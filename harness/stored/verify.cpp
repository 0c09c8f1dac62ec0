#include "harness/stored/verify.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/data/split_rows.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHashDigits = 12;

std::string short_text(const std::string& hash) {
  return hash.substr(0, kHashDigits);
}

Json at(const Json& object, const std::string& key) {
  return object.is_object() && object.contains(key) ? object[key] : Json();
}

std::string text_at(const Json& object, const std::string& key) {
  const Json found = at(object, key);
  return found.is_string() ? found.get<std::string>() : "";
}

// What a check throws of a damaged file is what it found.
Check checked(const std::string& name, const std::string& how,
              const std::function<void(Check&)>& work) {
  Check check;
  check.name = name;
  check.how = how;
  try {
    work(check);
  } catch (const Error& error) {
    check.differences.push_back(error.what());
  }
  return check;
}

void check_suite(const StoredRun& run, Check& check) {
  const Json suite = at(run.description, "suite");
  const std::string wanted = text_at(run.description, "suite_hash");
  if (!suite.is_object() || wanted.empty()) {
    check.skipped = "run.json has no suite with its hash";
    return;
  }
  if (run.description.contains("redacted")) {
    check.skipped = "the suite was redacted";
    return;
  }
  check.checked = check.of = 1;
  const std::string found = sha256(canonical(suite));
  if (found != wanted) {
    check.differences.push_back(
        fmt::format("run.json: the suite has the hash {}, suite_hash is {}",
                    short_text(found), short_text(wanted)));
  }
}

// The hash that records of these splits have.
std::string hash_of_splits(const Json& hashes, const std::string& splits) {
  std::string all;
  int64_t count = 0;
  for (size_t begin = 0; begin <= splits.size();) {
    const size_t end = std::min(splits.find('+', begin), splits.size());
    const std::string one = text_at(hashes, splits.substr(begin, end - begin));
    if (one.empty()) return "";
    all += one;
    ++count;
    begin = end + 1;
  }
  return count == 1 ? all : sha256(all);
}

// Records against run.json: cells, suite and data.
void check_records(const StoredRun& run, Check& check) {
  std::set<std::string> cells;
  for (const Json& cell : at(run.description, "cells")) {
    cells.insert(text_at(cell, "cell"));
  }
  const std::string suite = text_at(run.description, "suite_hash");
  const Json hashes = at(run.description, "data_hashes");
  if (!exists(run.folder + "/run.json")) {
    check.skipped = "the folder has no run.json";
    return;
  }
  const bool named =
      run.description.contains("cells") || !run.description.contains("suite");
  const bool imported =
      !run.records.empty() && run.records.front().versions.contains("imported");
  if (cells.empty() && named && !imported && !run.records.empty()) {
    check.differences.push_back("run.json names no cells");
  }
  check.of = static_cast<int64_t>(run.records.size());
  for (const Record& r : run.records) {
    ++check.checked;
    const auto differs = [&](const std::string& what) {
      check.differences.push_back(fmt::format(
          "record {}: {} {} {}: {}", check.checked, r.label,
          r.probe.empty() ? r.task : r.probe, r.metric_name(), what));
    };
    if (!cells.empty() && cells.count(r.cell) == 0) {
      differs("its cell " + r.cell + " is none of run.json");
    }
    if (!suite.empty() && !r.suite_hash.empty() && r.suite_hash != suite) {
      differs(fmt::format("its suite_hash is {}, the run's {}",
                          short_text(r.suite_hash), short_text(suite)));
    }
    const std::string data =
        r.probe.empty() ? "" : hash_of_splits(hashes, r.split);
    if (!data.empty() && !r.data_hash.empty() && data != r.data_hash) {
      differs(fmt::format("its data_hash is {}, that of {} is {}",
                          short_text(r.data_hash), r.split, short_text(data)));
    }
  }
}

int64_t whole_at(const Json& object, const std::string& key) {
  const Json found = at(object, key);
  return found.is_number_integer() ? found.get<int64_t>() : 0;
}

void check_split(const StoredRun& run, const std::string& name,
                 const std::string& folder, Check& check) {
  check.of = 1;
  const Json split = at(at(at(run.description, "suite"), "data"), name);
  const std::string wanted = text_at(at(run.description, "data_hashes"), name);
  const std::string file = text_at(split, "file");
  if (run.description.contains("redacted") || file.empty()) {
    check.skipped = "run.json does not name the file";
    return;
  }
  const std::string path = resolve(folder, file);
  if (!exists(path)) {
    check.skipped = path +
                    " is not there: name the suite's folder with "
                    "--folder DIR";
    return;
  }
  const int64_t limit = whole_at(run.description, "limit");
  const Json where = at(split, "where");
  const auto rows = split_rows(
      path,
      {where.is_object() ? where : Json::object(), whole_at(split, "skip"),
       limit > 0 ? limit : whole_at(split, "limit")},
      name);
  check.checked = 1;
  const std::string found = rows_hash(rows);
  if (found != wanted) {
    check.differences.push_back(
        fmt::format("{} has the hash {}, the run's data had {}", path,
                    short_text(found), short_text(wanted)));
  }
}

// Steps, tokens and seconds of a training only grow.
void check_curve(const std::string& path, Check& check) {
  ++check.checked;
  double last[3] = {-1, -1, -1};
  int64_t number = 0;
  for (const std::string& line : read_lines(path)) {
    const std::string where = fmt::format("{}:{}", path, ++number);
    const Json row = parse_json(line, where);
    const char* keys[3] = {"step", "tokens", "seconds"};
    for (size_t i = 0; i < 3; ++i) {
      if (!row.is_object() || !row.contains(keys[i])) continue;
      const double value = require_number(row, keys[i], where);
      if (value < last[i]) {
        check.differences.push_back(fmt::format(
            "{}: {} falls from {} to {}", where, keys[i], last[i], value));
      }
      last[i] = value;
    }
  }
  if (number == 0) check.differences.push_back(path + " is empty");
}

void check_curves(const StoredRun& run, Check& check) {
  const std::string folder = run.folder + "/curves";
  if (!is_folder(folder)) {
    check.skipped = "the folder has no curves";
    return;
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    ++check.of;
    check_curve(entry.path().string(), check);
  }
}

std::string items_hash(const std::vector<DataRow>& rows) {
  Sha256 hash;
  for (const DataRow& row : rows) {
    const Json id = at(row.fields, "id");
    hash.add((id.is_string() ? id.get<std::string>() : id.dump()) + "\n");
  }
  return hash.hex();
}

// How the samples of a pass differ from its records; empty: in nothing.
std::string samples_difference(const StoredRun& run, const Pass& pass) {
  const Record& r = pass.common;
  const int64_t wanted = r.n_expected - r.counts.skipped;
  std::error_code ignored;
  if (wanted == 0 && fs::file_size(pass.samples, ignored) == 0) return "";
  const std::vector<DataRow> rows = read_rows(pass.samples);
  if (static_cast<int64_t>(rows.size()) != wanted) {
    return fmt::format("{} rows in {}, the records are of {}", rows.size(),
                       pass.samples, wanted);
  }
  if (r.counts.skipped > 0 || r.items_hash.empty() ||
      run.description.contains("redacted")) {
    return "";
  }
  const std::string found = items_hash(rows);
  if (found == r.items_hash) return "";
  return fmt::format("the items of {} have the hash {}, the records {}",
                     pass.samples, short_text(found), short_text(r.items_hash));
}

// Files, numbers of rows, and the items' names by their hash.
void check_samples(const StoredRun& run, Check& check) {
  for (const Pass& pass : passes_of(run)) {
    const bool value_alone =  // of a file that has no items
        pass.samples.empty() && pass.common.versions.contains("imported");
    if (value_alone) continue;
    ++check.of;
    if (pass.samples.empty()) {
      check.differences.push_back(pass.name() + ": its samples are missing");
      continue;
    }
    ++check.checked;
    std::string found;
    try {
      found = samples_difference(run, pass);
    } catch (const Error& error) {
      if (error.fault() != Fault::input) throw;
      found = error.what();
    }
    if (!found.empty()) check.differences.push_back(pass.name() + ": " + found);
  }
  if (check.of == 0) check.skipped = "no probe was asked";
}

}  // namespace

std::string Check::verdict() const {
  if (!differences.empty()) return "differs";
  return checked == 0 ? "not checked" : "ok";
}

bool Verified::intact() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.differences.empty();
  });
}

Verified verify(const std::string& folder, const VerifyOptions& options) {
  const StoredRun run = read_run(folder);
  const std::string status = text_at(run.description, "status");
  if (!status.empty() && status != "complete" && status != "failed") {
    fail_usage(folder, "is not finished (" + status + ")",
               "finish it first: lethe run with the same --out");
  }
  Verified verified;
  const auto add = [&](const std::string& name, const std::string& how,
                       const std::function<void(Check&)>& work) {
    verified.checks.push_back(checked(name, how, work));
  };
  add("suite", "the suite with every default against its hash",
      [&](Check& check) { check_suite(run, check); });
  add("records", "suite, cells and data hashes against run.json",
      [&](Check& check) { check_records(run, check); });
  add("journal", "checksums of its lines, and its records",
      [&](Check& check) { check_journal(run, check); });
  add("samples", "files, rows and items against the records",
      [&](Check& check) { check_samples(run, check); });
  check_values(run, options, verified);
  add("curves", "steps, tokens and seconds grow",
      [&](Check& check) { check_curves(run, check); });
  const std::string start = options.folder.empty()
                                ? text_at(run.description, "suite_folder")
                                : options.folder;
  const Json hashes = at(run.description, "data_hashes");
  for (const auto& [split, hash] : hashes.items()) {
    add("data " + split, "the file's rows against their hash",
        [&](Check& check) { check_split(run, split, start, check); });
  }
  return verified;
}

OrderedJson to_json(const Verified& verified) {
  OrderedJson json = {{"verdict", verified.intact() ? "ok" : "differs"},
                      {"checks", OrderedJson::array()}};
  for (const Check& check : verified.checks) {
    json["checks"].push_back({{"name", check.name},
                              {"verdict", check.verdict()},
                              {"checked", check.checked},
                              {"of", check.of},
                              {"how", check.how},
                              {"skipped", check.skipped},
                              {"differences", check.differences}});
  }
  return json;
}

}  // namespace lethe
