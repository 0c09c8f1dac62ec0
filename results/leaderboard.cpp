#include "results/leaderboard.h"

#include <algorithm>
#include <map>

#include "results/arrange.h"
#include "results/completeness.h"

namespace lethe {
namespace {

const std::vector<std::string>& formats() {
  static const std::vector<std::string> kFormats = {
      "terminal", "summary", "md", "markdown", "csv", "html", "latex", "json"};
  return kFormats;
}

void check_format(const std::string& format) {
  const auto& known = formats();
  if (std::find(known.begin(), known.end(), format) == known.end()) {
    fail_usage("leaderboard --format", "unknown format \"" + format + "\"",
               suggest(format, known));
  }
}

struct AllRuns {
  std::vector<Record> records;
  std::vector<RunFolder> folders;  // by the runs' names in the records
  std::vector<UnfinishedRun> unfinished;
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
    const std::string state = completeness(folder).text();
    if (!state.empty()) all.unfinished.push_back({run, state});
  }
  return all;
}

std::string written(const Table& table, const AllRuns& all,
                    const std::string& format) {
  if (format == "summary") return to_summary(table);
  if (format == "csv") return to_csv(table);
  if (format == "latex") return to_latex(table);
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

}  // namespace

std::string leaderboard(const std::vector<std::string>& runs,
                        const LeaderboardOptions& options) {
  check_format(options.format);
  if (runs.empty()) {
    fail_usage("leaderboard", "no run is named",
               "name the --out folders of one or more runs");
  }
  std::vector<PublishedTable> published;
  for (const std::string& wanted : options.published) {
    for (PublishedTable& one : published_tables(wanted)) {
      published.push_back(std::move(one));
    }
  }
  AllRuns all = read_all(runs, options.rows);
  keep_columns(all.records, options.columns);
  Table table = make_table(all.records, all.folders);
  table.published = std::move(published);
  table.unfinished = all.unfinished;
  for (const UnfinishedRun& run : all.unfinished) {
    all.remarks.push_back(run.run + " is " + run.state +
                          ": rows and values are missing");
  }
  table.remarks.insert(table.remarks.begin(), all.remarks.begin(),
                       all.remarks.end());
  sort_rows(table, options.sort);
  return written(table, all, options.format);
}

std::string leaderboard(const std::vector<std::string>& runs,
                        const std::string& format, Rows rows) {
  LeaderboardOptions options;
  options.format = format;
  options.rows = rows;
  return leaderboard(runs, options);
}

}  // namespace lethe
