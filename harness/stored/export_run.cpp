#include "harness/stored/export_run.h"

#include <cctype>
#include <filesystem>
#include <set>

#include "harness/base/files.h"

namespace lethe {
namespace {

constexpr size_t kLongestName = 100;

}  // namespace

std::string plain_name(const std::string& text) {
  std::string name;
  for (const char c : text.substr(0, kLongestName)) {
    const bool safe =
        std::isalnum(static_cast<unsigned char>(c)) != 0 ||
        std::string_view("_.=,+-").find(c) != std::string_view::npos;
    name += safe ? c : '_';
  }
  if (name.empty() || name[0] == '.' || name[0] == '-') name = "_" + name;
  return name;
}

std::vector<RunRow> rows_of(const StoredRun& run, const Redactor* redactor) {
  std::vector<RunRow> rows;
  std::map<std::string, size_t> places;
  std::set<std::string> taken;
  for (const Record& r : run.records) {
    if (r.metric.empty()) continue;
    const std::string key = canonical(Json{r.cell, r.label, r.seed});
    const auto [place, fresh] = places.emplace(key, rows.size());
    if (fresh) {
      const Record own = redactor == nullptr ? r : redactor->record(r);
      RunRow row;
      row.name = fmt::format("{} (seed {})", own.label, r.seed);
      std::string folder = fmt::format("{}-seed{}", own.label, r.seed);
      for (const Json& step : own.transform) {
        const std::string one =
            step.is_string() ? step.get<std::string>() : step.dump();
        row.name += " + " + one;
        folder += "-" + one;
      }
      row.folder = plain_name(folder);
      if (!taken.insert(row.folder).second) {
        row.folder += "-" + plain_name(r.cell);
        taken.insert(row.folder);
      }
      rows.push_back(std::move(row));
    }
    rows[place->second].records.push_back(&r);
  }
  return rows;
}

void make_empty_folder(const std::string& path) {
  make_folder(path);
  if (!std::filesystem::is_empty(path)) {
    fail_usage("--out " + path, "is not empty", "name another folder");
  }
}

}  // namespace lethe
