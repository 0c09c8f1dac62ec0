#include "harness/task/data_files.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/data/csv.h"
#include "harness/data/data_sources.h"
#include "harness/task/file_names.h"
#include "harness/text/regex.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::vector<std::string>& names, const char* between) {
  return fmt::format("{}", fmt::join(names, between));
}

struct Found {
  std::string split;
  std::vector<std::string> paths;  // parts of one text, in order
};

// The split that a file's name speaks of, else "data".
std::string split_of(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (name.find("test") != std::string::npos) return "test";
  for (const char* part : {"valid", "val", "dev"}) {
    if (name.find(part) != std::string::npos) return "validation";
  }
  return "data";
}

// What the user named for the task, or for one of its groups.
std::string named_file(const Task& task, const std::string& split,
                       const TaskSources& sources) {
  std::vector<std::string> names = {task.name};
  names.insert(names.end(), task.groups.begin(), task.groups.end());
  for (const std::string& name : names) {
    const auto found =
        sources.files.find(split.empty() ? name : name + ":" + split);
    if (found != sources.files.end()) {
      return resolve(sources.relative_to, found->second);
    }
  }
  return "";
}

// "lethe fetch arc --data-dir data gets it, or ", where that is so.
std::string fetch_hint(const Task& task, const std::string& folder) {
  std::vector<std::string> names = {task.name};
  names.insert(names.end(), task.groups.begin(), task.groups.end());
  const std::string command = fetch_command(names, folder);
  return command.empty() ? "" : "\"" + command + "\" gets it; or ";
}

Found find_place(const Task& task, const std::vector<std::string>& splits,
                 const TaskSources& sources) {
  for (const std::string& split : splits) {
    const std::string named = named_file(task, split, sources);
    if (!named.empty()) return {split, {named}};
  }
  const bool evaluated = splits == task.eval_splits;
  const std::string named = named_file(task, "", sources);
  if (evaluated && !named.empty()) return {split_of(named), {named}};
  if (!sources.folder.empty()) {
    if (sources.listing == nullptr) {
      if (!is_folder(sources.folder)) {
        fail_usage(sources.folder, "is no folder",
                   fetch_hint(task, sources.folder) + "check --data-dir");
      }
      sources.listing = std::make_shared<const std::vector<std::string>>(
          files_below(sources.folder));
    }
    const std::vector<std::string>& files = *sources.listing;
    const auto paths = [&](const std::string& file) {
      return parts_of(resolve(sources.folder, file));
    };
    for (const std::string& split : splits) {
      const std::string file = split_file(files, task, split);
      if (!file.empty()) return {split, paths(file)};
    }
    const std::string plain = plain_file(files, task);
    if (evaluated && !plain.empty()) return {"data", paths(plain)};
  }
  if (evaluated && !task.own_data.empty()) return {"data", {task.own_data}};
  return {};
}

[[noreturn]] void fail_absent(const Task& task,
                              const std::vector<std::string>& splits,
                              const TaskSources& sources) {
  std::string names;
  for (const std::string& split : splits) {
    for (const std::string& pattern : patterns_of(task, split)) {
      names += (names.empty() ? "" : ", ") + pattern;
      if (names.size() > 300) break;
    }
  }
  fail_usage(task.name,
             sources.folder.empty()
                 ? "needs data"
                 : fmt::format("has no data ({}) below {}",
                               joined(splits, " or "), sources.folder),
             fmt::format("{}give --data-file {}=FILE, or a --data-dir with one "
                         "of (or as .parquet or .arrow): {}",
                         fetch_hint(task, sources.folder), task.name, names));
}

// Lines that belong to one page become one row.
std::vector<OrderedRow> pages_of(const std::vector<OrderedRow>& lines,
                                 const std::string& start,
                                 const std::string& path) {
  const Regex heading(start, {path, "page_start"});
  std::vector<OrderedRow> pages;
  for (const OrderedRow& line : lines) {
    if (!line.fields["text"].is_string()) {
      fail_input(line.where, "\"text\" is no text", "check the file");
    }
    std::string text = line.fields["text"].get<std::string>();
    if (!text.empty() && text.back() == '\n') text.pop_back();  // Parquet's
    std::vector<Regex::Match> matches;
    heading.find(text, &matches);
    if (!matches.empty() || pages.empty()) {
      pages.push_back({{{"page", ""}}, line.where});
    }
    auto& page = pages.back().fields["page"].get_ref<std::string&>();
    page += text + "\n";
  }
  const auto blank = [](const OrderedRow& page) {
    return page.fields["page"].get<std::string>().find_first_not_of(" \n") ==
           std::string::npos;
  };
  pages.erase(std::remove_if(pages.begin(), pages.end(), blank), pages.end());
  if (pages.empty()) fail_input(path, "holds no page", "check the file");
  return pages;
}

bool is_table(const std::string& path) {
  for (const char* ending : {"*.csv", "*.tsv", "*.csv.gz", "*.tsv.gz"}) {
    if (::fnmatch(ending, path.c_str(), FNM_CASEFOLD) == 0) return true;
  }
  return false;
}

bool has_field(const OrderedJson& row, const std::string& path) {
  const OrderedJson* at = &row;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    if (!at->is_object() || !at->contains(key)) return false;
    at = &(*at)[key];
    begin = end + 1;
  }
  return true;
}

// A table whose first record is no header of any form has the task's columns.
std::vector<OrderedRow> read_table(const Task& task, const std::string& path) {
  LineReader lines(path);
  const bool tabs = path.find(".tsv") != std::string::npos;
  std::vector<std::string> first;
  CsvReader(lines, tabs ? '\t' : ',').next(first);
  const auto is_header = [&](const TaskForm& form) {
    return std::all_of(
        form.has.begin(), form.has.end(), [&](const std::string& field) {
          return std::find(first.begin(), first.end(), field) != first.end();
        });
  };
  RowOptions options;
  if (std::none_of(task.forms.begin(), task.forms.end(), is_header)) {
    options.columns = task.columns;
  }
  return read_ordered_rows(path, options);
}

std::vector<OrderedRow> read_documents(const Task& task,
                                       const std::vector<std::string>& paths) {
  const bool table = is_table(paths.front()) && !task.columns.empty();
  std::vector<OrderedRow> rows;
  for (const std::string& path : paths) {
    std::vector<OrderedRow> part =
        table ? read_table(task, path) : read_ordered_rows(path);
    rows.insert(rows.end(), std::make_move_iterator(part.begin()),
                std::make_move_iterator(part.end()));
  }
  const bool lines =
      rows.front().fields.size() == 1 && rows.front().fields.contains("text");
  return lines && !task.page_start.empty()
             ? pages_of(rows, task.page_start, paths.front())
             : rows;
}

size_t fitting_form(const Task& task, const OrderedRow& row) {
  for (size_t i = 0; i < task.forms.size(); ++i) {
    if (row_fits(task.forms[i], row.fields)) return i;
  }
  std::vector<std::string> known, there;
  for (const TaskForm& form : task.forms) {
    known.push_back(
        fmt::format("{} ({})", form.schema, joined(form.has, ", ")));
  }
  for (const auto& [key, value] : row.fields.items()) there.push_back(key);
  fail_input(row.where,
             fmt::format("fits no form of {}: it has {}", task.name,
                         joined(there, ", ")),
             "known: " + joined(known, "; "));
}

// Labels in a file of their own, one a line: the field "label".
void add_labels(const Task& task, SplitData& data) {
  const auto found = task.label_files.find(data.split);
  if (found == task.label_files.end()) return;
  const fs::path folder = fs::path(data.path).parent_path();
  for (const std::string& name : found->second) {
    const std::string path = (folder / name).string();
    if (!exists(path)) continue;
    std::vector<std::string> labels = read_lines(path);
    while (!labels.empty() && labels.back().empty()) labels.pop_back();
    if (labels.size() != data.rows.size()) {
      fail_input(path,
                 fmt::format("has {} labels, {} has {} rows", labels.size(),
                             data.path, data.rows.size()),
                 "they must belong together");
    }
    for (size_t i = 0; i < labels.size(); ++i) {
      if (!data.rows[i].fields.contains("label")) {
        data.rows[i].fields["label"] = labels[i];
      }
    }
    return;
  }
}

// Rows of other members of the family ("keep"), and how many are repeated.
void keep_own_rows(const Task& task, SplitData& data) {
  const auto& keep = task.forms[data.form].keep;
  if (keep) {
    std::vector<OrderedRow> kept;
    for (OrderedRow& row : data.rows) {
      OrderedJson fields = task.variables;
      fields.update(row.fields);
      fields["task"] = task.variables;
      if (keep->evaluate(fields) == true) kept.push_back(std::move(row));
    }
    if (kept.empty()) {
      fail_input(data.path, "has no row for " + task.name, "check the file");
    }
    data.rows = std::move(kept);
  }
  std::set<std::string> seen;
  Sha256 hash;
  for (const OrderedRow& row : data.rows) {
    const std::string text = row.fields.dump();
    hash.add(text + "\n");
    data.duplicates += seen.insert(text).second ? 0 : 1;
  }
  data.hash = hash.hex();
}

}  // namespace

bool row_fits(const TaskForm& form, const OrderedJson& row) {
  return std::all_of(
      form.has.begin(), form.has.end(),
      [&](const std::string& field) { return has_field(row, field); });
}

SplitData find_split(const Task& task, const std::vector<std::string>& splits,
                     const TaskSources& sources, int64_t limit) {
  const Found place = find_place(task, splits, sources);
  if (place.paths.empty()) fail_absent(task, splits, sources);
  SplitData data;
  data.split = place.split;
  data.path = shown_name(place.paths);
  data.rows = read_documents(task, place.paths);
  add_labels(task, data);
  data.form = fitting_form(task, data.rows.front());
  data.schema = task.forms[data.form].schema;
  keep_own_rows(task, data);
  if (limit > 0 && data.rows.size() > static_cast<size_t>(limit)) {
    data.rows.resize(static_cast<size_t>(limit));
  }
  return data;
}

}  // namespace lethe
