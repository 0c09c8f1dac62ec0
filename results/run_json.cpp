#include "results/run_json.h"

#include <fmt/core.h>

#include "harness/base/files.h"

namespace lethe {
namespace {

bool fine(const std::string& status) {
  return status == "ok" || status == "done" || status == "complete" ||
         status == "pending" || status == "running" || status == "unknown";
}

}  // namespace

Json read_run_json(const std::string& run_folder) {
  const std::string path = run_folder + "/run.json";
  const Json run = exists(path) ? read_json(path) : Json::object();
  if (!run.is_object()) {
    fail_input(path, "is no object", "restore the file of the run");
  }
  return run;
}

Json value_at(const Json& object, const std::string& key) {
  return object.is_object() && object.contains(key) ? object[key] : Json();
}

std::string text_at(const Json& object, const std::string& key) {
  const Json value = value_at(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

std::string suite_name(const Json& run) {
  const Json suite = value_at(run, "suite");
  return suite.is_object() ? text_at(suite, "suite") : text_at(run, "suite");
}

std::string versions_text(const Json& versions) {
  std::string text;
  if (!versions.is_object()) return text;
  for (const auto& [name, version] : versions.items()) {
    text +=
        (text.empty() ? "" : ", ") + name + " " +
        (version.is_string() ? version.get<std::string>() : canonical(version));
  }
  return text;
}

std::string RunCells::counts() const {
  std::string text;
  for (const auto& [status, count] : by_status) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, status);
  }
  return text;
}

RunCells run_cells(const Json& run) {
  RunCells cells;
  const Json list = value_at(run, "cells");
  if (!list.is_array()) return cells;
  for (const Json& cell : list) {
    if (!cell.is_object()) continue;
    std::string status = text_at(cell, "status");
    if (status.empty()) status = "unknown";
    ++cells.total;
    ++cells.by_status[status];
    if (fine(status)) continue;
    std::string name = text_at(cell, "label");
    if (name.empty()) name = text_at(cell, "cell");
    const std::string message = text_at(cell, "message");
    cells.reasons.push_back(name + ": " + status +
                            (message.empty() ? "" : ": " + message));
  }
  return cells;
}

}  // namespace lethe
