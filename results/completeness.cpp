#include "results/completeness.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <sstream>

#include "harness/base/files.h"
#include "harness/base/json.h"

namespace lethe {
namespace {

// Whether a process holds FOLDER/lock (FolderLock of files.h). Asked of the
// kernel's list: trying the lock could make a run that starts now fail.
bool is_locked(const std::string& folder) {
  struct stat lock {};
  if (::stat((folder + "/lock").c_str(), &lock) != 0) return false;
  const std::string inode = fmt::format(":{}", lock.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, process, file;
    words >> number >> kind >> mode >> access >> process >> file;
    if (kind == "FLOCK" && file.size() > inode.size() &&
        file.compare(file.size() - inode.size(), inode.size(), inode) == 0) {
      return true;
    }
  }
  return false;
}

// Cells with as many finished units as a cell has. Units are named "CELL WHAT";
// those of models are "model WHAT".
int64_t count_done(const std::string& journal, int64_t units) {
  std::map<std::string, std::map<std::string, bool>> cells;
  int64_t number = 0;
  for (const std::string& line : Journal::read(journal)) {
    const std::string where = fmt::format("{}:{}", journal, ++number);
    const Json entry = parse_json(line, where);
    if (!entry.is_object() || !entry.contains("records")) continue;
    const std::string unit = require_string(entry, "unit", where);
    cells[unit.substr(0, unit.find(' '))][unit] = true;
  }
  int64_t done = 0;
  for (const auto& [cell, finished] : cells) {
    done += static_cast<int64_t>(finished.size()) >= units ? 1 : 0;
  }
  return done;
}

int64_t planned(const Json& run, const char* what) {
  const auto found = run.find("planned");
  if (found == run.end() || !found->is_object()) return 0;
  const Json number = found->value(what, Json());
  return number.is_number_integer() ? number.get<int64_t>() : 0;
}

}  // namespace

std::string Completeness::text() const {
  if (kind == Kind::complete) return "";
  const std::string what = kind == Kind::running ? "running" : "stopped";
  if (planned == 0) return fmt::format("{}: {} cells so far", what, done);
  return fmt::format("{}: {} of {} cells", what, done, planned);
}

Completeness completeness(const std::string& folder) {
  Completeness state;
  const std::string path = folder + "/run.json";
  if (!exists(path)) return state;
  const Json run = read_json(path);
  const bool going =
      run.is_object() && run.contains("status") && run["status"] == "running";
  if (!going) return state;
  state.kind =
      is_locked(folder) ? Completeness::Kind::running : Completeness::Kind::stopped;
  state.planned = planned(run, "cells");
  const std::string journal = folder + "/journal.jsonl";
  if (exists(journal)) state.done = count_done(journal, planned(run, "units"));
  return state;
}

}  // namespace lethe
