#include "results/redact.h"

#include <fmt/core.h>
#include <stdlib.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "harness/base/samples_name.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

std::string line_of(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) +
         "\n";
}

bool plain(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string("/\\\0", 3)) == name.npos;
}

class Copy {
 public:
  Copy(const std::string& run, const std::string& out,
       const RedactOptions& options)
      : run_(run), out_(out), redactor_(options), records_(read_records(run)) {}

  Redacted write() {
    make_folder(out_);
    if (!fs::is_empty(out_)) {
      fail_usage("--out " + out_, "is not empty", "name another folder");
    }
    write_records();
    write_description();
    for (const auto& [from, to] : sample_files()) write_rows(from, to);
    write_curves();
    list_left_out();
    return std::move(result_);
  }

 private:
  void write_records() {
    std::string text;
    for (const Record& r : records_) {
      text += line_of(to_json(redactor_.record(r)));
    }
    write_file_atomically(out_ + "/records.jsonl", text);
    result_.records = static_cast<int64_t>(records_.size());
    copied_.insert("records.jsonl");
  }

  void write_description() {
    const std::string path = run_ + "/run.json";
    if (!exists(path)) return;
    const OrderedJson own = parse_ordered_json(read_file(path), path);
    write_file_atomically(out_ + "/run.json",
                          redactor_.description(own).dump(2) + "\n");
    copied_.insert("run.json");
  }

  // A link may lead to any file.
  bool is_own(const std::string& file) const {
    return exists(run_ + "/" + file) && !has_link(run_, file);
  }

  // Only files that a record names, from their names there to those here:
  // options that are texts stand in both.
  std::map<std::string, std::string> sample_files() {
    std::map<std::string, std::string> files;
    for (const Record& r : records_) {
      if (!plain(r.cell)) continue;
      const Record own = redactor_.record(r);
      for (const std::string& folder :
           {"samples/" + r.cell + "/", std::string("samples/")}) {
        const auto put = [&](const std::string& from, const std::string& to) {
          if (plain(from) && plain(to) && is_own(folder + from)) {
            files[folder + from] = folder + to;
          }
        };
        if (!r.task.empty()) put(r.task + ".jsonl", own.task + ".jsonl");
        if (r.probe.empty()) continue;
        for (const bool split : {true, false}) {
          put(samples_name(lethe::name_with_options(r.probe, r.probe_options),
                           split ? r.split : ""),
              samples_name(
                  lethe::name_with_options(own.probe, own.probe_options),
                  split ? own.split : ""));
        }
      }
    }
    return files;
  }

  void write_rows(const std::string& from, const std::string& to) {
    std::string text;
    int64_t number = 0;
    for (const std::string& line : read_lines(run_ + "/" + from)) {
      const std::string where = fmt::format("{}/{}:{}", run_, from, ++number);
      text += line_of(redactor_.sample(parse_ordered_json(line, where)));
    }
    make_folder(fs::path(out_ + "/" + to).parent_path().string());
    write_file_atomically(out_ + "/" + to, text);
    result_.samples += number;
    copied_.insert(from);
  }

  void write_curves() {
    std::set<std::string> names = {"base"};
    for (const Record& r : records_) {
      if (plain(r.cell)) names.insert(r.cell);
    }
    for (const std::string& name : names) {
      const std::string file = "curves/" + name + ".jsonl";
      if (!is_own(file)) continue;
      const int64_t samples = result_.samples;
      write_rows(file, file);
      result_.samples = samples;
      ++result_.curves;
    }
  }

  void list_left_out() {
    for (auto entry = fs::recursive_directory_iterator(run_);
         entry != fs::recursive_directory_iterator(); ++entry) {
      const std::string name = entry->path().lexically_relative(run_).string();
      if (entry->is_directory() && name == "models") {
        entry.disable_recursion_pending();
        result_.left_out.push_back(name);
      } else if (!entry->is_directory() && copied_.count(name) == 0 &&
                 name != "lock") {
        result_.left_out.push_back(name);
      }
    }
    std::sort(result_.left_out.begin(), result_.left_out.end());
  }

  const std::string run_, out_;
  const Redactor redactor_;
  const std::vector<Record> records_;
  std::set<std::string> copied_;
  Redacted result_;
};

// The last part of a path, whatever its end: "runs/a/." is "a".
std::string name_of(const std::string& run) {
  const std::string name = fs::absolute(run + "/.")
                               .lexically_normal()
                               .parent_path()
                               .filename()
                               .string();
  return name.empty() ? "run" : name;
}

}  // namespace

Redacted redact(const std::string& run, const std::string& out,
                const RedactOptions& options) {
  return Copy(run, out, options).write();
}

RedactedRuns::RedactedRuns(const std::vector<std::string>& runs,
                           const RedactOptions& options) {
  std::string root = (fs::temp_directory_path() / "lethe_XXXXXX").string();
  if (::mkdtemp(root.data()) == nullptr) {
    fail_write(root, "create a folder");
  }
  root_ = root;
  try {
    for (size_t i = 0; i < runs.size(); ++i) {
      const fs::path own = root_ / std::to_string(i);
      make_folder(own.string());
      folders_.push_back((own / name_of(runs[i])).string());
      redact(runs[i], folders_.back(), options);
    }
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
    throw;
  }
}

RedactedRuns::~RedactedRuns() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

}  // namespace lethe
