#include "harness/fetch/fetch.h"

#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/fetch/archive.h"
#include "harness/fetch/download.h"
#include "harness/fetch/headers.h"
#include "harness/fetch/ledger.h"
#include "harness/fetch/place.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostBytes = int64_t{4} << 30;  // of a file of unknown size

// Files that fit a pattern's place ("mmlu/test/" of "data/test/*_test.csv").
std::vector<std::string> files_like(const SourceMember& member,
                                    const std::string& folder) {
  std::vector<std::string> found;
  const std::string in = resolve(folder, member.path);
  const size_t slash = member.member.rfind('/');
  const std::string names = slash == member.member.npos
                                ? member.member
                                : member.member.substr(slash + 1);
  if (!is_folder(in)) return found;
  for (const auto& entry : fs::directory_iterator(in)) {
    const std::string name = entry.path().filename().string();
    if (means_member(names, name)) found.push_back(member.path + name);
  }
  return found;
}

class SourceFetch {
 public:
  SourceFetch(const DataSource& source, const FetchOptions& options)
      : source_(source), options_(options), ledger_(options.folder) {}

  std::vector<FileReport> run();

 private:
  std::string place(const std::string& path) const {
    return resolve(options_.folder, path);
  }
  // Empty: nothing is known.
  std::string wanted_hash(const std::string& path,
                          const std::string& pinned) const {
    return pinned.empty() ? ledger_.sha256_of(path) : pinned;
  }
  FileReport check_there(const std::string& path, const std::string& pinned);
  FileReport get(const SourceFile& file);
  FileReport come(const SourceFile& file);
  void check_came(FileReport& report, const std::string& part,
                  const std::string& pinned, const std::string& member);
  void put(const FileReport& report, const std::string& part,
           const std::string& member);
  void note(const FileReport& report, const std::string& member);
  bool members_there(const SourceFile& file);
  const SourceMember& member_of(const SourceFile& file,
                                const std::string& path) const;
  FileReport accept_member(const SourceFile& file, const FileReport& archive,
                           const Extracted& taken);
  std::vector<Extracted> take_out(const SourceFile& file,
                                  const FileReport& archive);
  void unpack(const SourceFile& file);

  const DataSource& source_;
  const FetchOptions& options_;
  Ledger ledger_;
  std::vector<FileReport> reports_;
};

FileReport SourceFetch::check_there(const std::string& path,
                                    const std::string& pinned) {
  FileReport report{
      path, "", file_sha256(place(path)), file_bytes(place(path)), false, ""};
  const std::string wanted = wanted_hash(path, pinned);
  if (!wanted.empty() && report.sha256 != wanted) {
    fail_input(place(path),
               "is there with sha256 " + report.sha256 + ", " +
                   (pinned.empty() ? "fetched was " : "wanted is ") + wanted,
               "move it away and run the same command again");
  }
  report.checked =
      wanted.empty() ? "none" : (pinned.empty() ? "recorded" : "pinned");
  return report;
}

void SourceFetch::note(const FileReport& report, const std::string& member) {
  ledger_.add(report.path, {source_.name, report.url, member, report.sha256,
                            report.bytes, ""});
}

// Compares the hash of what came with what is known of it.
void SourceFetch::check_came(FileReport& report, const std::string& part,
                             const std::string& pinned,
                             const std::string& member) {
  const std::string wanted = wanted_hash(report.path, pinned);
  if (!wanted.empty() && report.sha256 != wanted) {
    remove_file(part);
    remove_file(note_of(part));
    fail_input(report.url + (member.empty() ? "" : " (" + member + ")"),
               "has sha256 " + report.sha256 + ", " +
                   (pinned.empty() ? "the first download had " : "wanted is ") +
                   wanted + ", and was deleted",
               pinned.empty() ? "take " + report.path + " out of " +
                                    ledger_.path() + " to accept it"
                              : "the release may have changed: name another "
                                "with --sources");
  }
  report.fetched = true;
  report.checked =
      wanted.empty() ? "first" : (pinned.empty() ? "recorded" : "pinned");
}

void SourceFetch::put(const FileReport& report, const std::string& part,
                      const std::string& member) {
  finish_file(part, place(report.path));
  remove_file(note_of(part));
  note(report, member);
}

// Downloads and checks a file; it lies in its place's ".part".
FileReport SourceFetch::come(const SourceFile& file) {
  const std::string part = place(file.path) + ".part";
  make_folder(fs::path(part).parent_path().string());
  FileReport report{
      file.path, mirrored(file.url, options_.mirror), "", 0, false, ""};
  log_info(fmt::format("{}: {}", source_.name, report.url));
  download({.title = file.path,
            .url = report.url,
            .part = part,
            .bytes = file.bytes,
            .limit = file.bytes > 0 ? file.bytes : kMostBytes,
            .pinned = !file.sha256.empty()});
  report.sha256 = file_sha256(part);
  report.bytes = file_bytes(part);
  check_came(report, part, file.sha256, "");
  return report;
}

// The file in its place, or in its ".part" when it was fetched.
FileReport SourceFetch::get(const SourceFile& file) {
  if (!exists(place(file.path))) return come(file);
  FileReport report = check_there(file.path, file.sha256);
  report.url = file.url;
  return report;
}

// True when nothing has to be unpacked; reports what is there. A pattern's
// files are known by the ledger only: it says that all of them were taken.
bool SourceFetch::members_there(const SourceFile& file) {
  std::vector<FileReport> there;
  for (const SourceMember& member : file.members) {
    const bool many = member.path.back() == '/';
    const auto paths = many ? ledger_.files_below(member.path)
                            : std::vector<std::string>{member.path};
    if (many && (paths.empty() || ledger_.sha256_of(member.path).empty())) {
      return false;
    }
    for (const std::string& path : paths) {
      if (!exists(place(path))) return false;
      there.push_back(check_there(path, member.sha256));
      there.back().url = file.url;
    }
  }
  reports_.insert(reports_.end(), there.begin(), there.end());
  return true;
}

const SourceMember& SourceFetch::member_of(const SourceFile& file,
                                           const std::string& path) const {
  for (const SourceMember& member : file.members) {
    const bool own = member.path.back() == '/' ? path.rfind(member.path, 0) == 0
                                               : path == member.path;
    if (own) return member;
  }
  fail_runtime(path, "belongs to no member", "this is an error of the program");
}

FileReport SourceFetch::accept_member(const SourceFile& file,
                                      const FileReport& archive,
                                      const Extracted& taken) {
  const SourceMember& member = member_of(file, taken.path);
  const std::string& pinned = member.sha256;
  if (exists(place(taken.path))) {  // some were there, others were not
    remove_file(taken.part);
    FileReport there =
        check_there(taken.path, pinned.empty() ? taken.sha256 : pinned);
    there.url = archive.url;
    if (pinned.empty()) {
      there.checked = archive.checked == "pinned" ? "archive" : archive.checked;
    }
    note(there, member.member);
    return there;
  }
  FileReport report{taken.path,  archive.url, taken.sha256,
                    taken.bytes, false,       ""};
  check_came(report, taken.part, pinned, member.member);
  put(report, taken.part, member.member);
  if (report.checked == "first" && archive.checked == "pinned") {
    report.checked = "archive";
  }
  return report;
}

std::vector<Extracted> SourceFetch::take_out(const SourceFile& file,
                                             const FileReport& archive) {
  const std::string own = place(file.path), part = own + ".part";
  try {
    return extract(file, archive.fetched ? part : own, options_.folder);
  } catch (const Error& error) {
    // What is no such archive may be a web page: it is not gone on with.
    if (archive.fetched && error.fault() == Fault::input) {
      remove_file(part);
      remove_file(note_of(part));
    }
    throw;
  }
}

// An archive that is fetched is never put in place: what a killed run leaves is
// a part, which the next one goes on with and deletes, and an archive in its
// place is the user's, which stays.
void SourceFetch::unpack(const SourceFile& file) {
  if (members_there(file)) return;
  const FileReport archive = get(file);
  const auto all = take_out(file, archive);
  try {
    for (const Extracted& taken : all) {
      reports_.push_back(accept_member(file, archive, taken));
    }
  } catch (...) {
    for (const Extracted& taken : all) remove_file(taken.part);
    throw;
  }
  for (const SourceMember& member : file.members) {
    if (member.path.back() != '/') continue;
    ledger_.add(member.path, {source_.name, archive.url, member.member,
                              archive.sha256, archive.bytes, ""});
  }
  if (archive.fetched) note(archive, "");
  ledger_.save();
  if (!archive.fetched) return;
  remove_file(place(file.path) + ".part");
  remove_file(note_of(place(file.path) + ".part"));
}

std::vector<FileReport> SourceFetch::run() {
  for (const SourceFile& file : source_.files) {
    if (!file.members.empty()) {
      unpack(file);
      continue;
    }
    reports_.push_back(get(file));
    if (!reports_.back().fetched) continue;
    put(reports_.back(), place(file.path) + ".part", "");
    ledger_.save();
  }
  return std::move(reports_);
}

}  // namespace

std::vector<FileReport> fetch_source(const DataSource& source,
                                     const FetchOptions& options) {
  if (!source.by_hand.empty()) {
    fail_usage(source.name, "has no release that can be fetched",
               source.by_hand);
  }
  return SourceFetch(source, options).run();
}

std::vector<FilePlace> places_of(const DataSource& source,
                                 const std::string& folder) {
  std::vector<FilePlace> places;
  const auto add = [&](const std::string& path, int64_t bytes) {
    const bool there = exists(resolve(folder, path));
    const int64_t has = there ? file_bytes(resolve(folder, path)) : bytes;
    places.push_back({path, has, there});
  };
  for (const SourceFile& file : source.files) {
    if (file.members.empty()) add(file.path, file.bytes);
    for (const SourceMember& member : file.members) {
      if (member.path.back() != '/') {
        add(member.path, member.bytes);
        continue;
      }
      const auto found = files_like(member, folder);
      for (const std::string& path : found) add(path, 0);
      if (found.empty()) places.push_back({member.path, 0, false});
    }
  }
  return places;
}

}  // namespace lethe
