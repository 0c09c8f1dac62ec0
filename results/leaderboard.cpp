#include "results/leaderboard.h"

#include <algorithm>
#include <map>

namespace lethe {
namespace {

const std::vector<std::string>& formats() {
  static const std::vector<std::string> kFormats = {
      "terminal", "summary", "md", "markdown", "csv", "html", "json"};
  return kFormats;
}

void check_format(const std::string& format) {
  if (format == "latex") {
    fail_usage("leaderboard --format", "latex is not written yet",
               "use md, csv, html or json");
  }
  const auto& known = formats();
  if (std::find(known.begin(), known.end(), format) == known.end()) {
    fail_usage("leaderboard --format", "unknown format \"" + format + "\"",
               suggest(format, known));
  }
}

struct AllRuns {
  std::vector<Record> records;
  std::vector<RunFolder> folders;  // by the runs' names in the records
  std::vector<std::string> remarks;
};

// Folders of equal names ("a/out", "b/out") are told apart by their paths.
AllRuns read_all(const std::vector<std::string>& runs, Rows rows) {
  AllRuns all;
  std::map<std::string, std::string> folder_of;
  for (const auto& folder : runs) {
    std::vector<Record> records = read_records(folder);
    for (const std::string& remark : keep_chosen(records, folder, rows)) {
      const bool said = std::find(all.remarks.begin(), all.remarks.end(),
                                  remark) != all.remarks.end();
      if (!said) all.remarks.push_back(remark);
    }
    for (Record& record : records) {
      const auto named = folder_of.try_emplace(record.run, folder).first;
      if (named->second != folder) {
        record.run = folder;
        folder_of.emplace(folder, folder);
      }
      all.records.push_back(std::move(record));
    }
  }
  for (const auto& [run, folder] : folder_of) {
    all.folders.push_back({run, folder});
  }
  return all;
}

}  // namespace

std::string leaderboard(const std::vector<std::string>& runs,
                        const std::string& format, Rows rows) {
  check_format(format);
  if (runs.empty()) {
    fail_usage("leaderboard", "no run is named",
               "name the --out folders of one or more runs");
  }
  const AllRuns all = read_all(runs, rows);
  Table table = make_table(all.records);
  table.remarks.insert(table.remarks.begin(), all.remarks.begin(),
                       all.remarks.end());
  if (format == "summary") return to_summary(table);
  if (format == "csv") return to_csv(table);
  if (format == "html") {
    return to_html(table, roc_models(all.records, all.folders));
  }
  if (format == "json") {
    // ASCII only: a label could hold a terminal's control characters.
    return to_json(table).dump(2, ' ', true,
                               OrderedJson::error_handler_t::replace) +
           "\n";
  }
  return format == "terminal" ? to_terminal(table) : to_markdown(table);
}

}  // namespace lethe
