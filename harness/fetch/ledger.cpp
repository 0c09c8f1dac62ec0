#include "harness/fetch/ledger.h"

#include <ctime>

#include "harness/base/files.h"
#include "harness/base/json.h"

namespace lethe {
namespace {

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Fetched read_entry(const Json& json, const std::string& where) {
  if (!json.is_object()) fail_input(where, "is no object", "delete it");
  Fetched entry;
  entry.name = require_string(json, "name", where);
  entry.url = require_string(json, "url", where);
  entry.member = require_string(json, "member", where);
  entry.sha256 = require_string(json, "sha256", where);
  entry.bytes = require_int(json, "bytes", where);
  entry.time = require_string(json, "time", where);
  return entry;
}

}  // namespace

Ledger::Ledger(const std::string& folder) : path_(folder + "/fetched.json") {
  if (!exists(path_)) return;
  const Json json = read_json(path_, 64u << 20);
  const bool good =
      json.is_object() && json.contains("files") && json["files"].is_object();
  if (!good) {
    fail_input(path_, "holds no \"files\"",
               "delete it: what is there is then taken as it is");
  }
  for (const auto& [file, entry] : json["files"].items()) {
    files_[file] = read_entry(entry, path_ + ": " + file);
  }
}

std::string Ledger::sha256_of(const std::string& file) const {
  const auto found = files_.find(file);
  return found == files_.end() ? "" : found->second.sha256;
}

std::vector<std::string> Ledger::files_below(const std::string& folder) const {
  std::vector<std::string> below;
  for (const auto& [file, entry] : files_) {
    if (file != folder && file.rfind(folder, 0) == 0) below.push_back(file);
  }
  return below;
}

void Ledger::add(const std::string& file, Fetched entry) {
  entry.time = now();
  files_[file] = std::move(entry);
}

void Ledger::save() const {
  OrderedJson files = OrderedJson::object();
  for (const auto& [path, e] : files_) {
    files[path] = {{"name", e.name},     {"url", e.url},
                   {"member", e.member}, {"bytes", e.bytes},
                   {"sha256", e.sha256}, {"time", e.time}};
  }
  write_file_atomically(path_, OrderedJson{{"files", files}}.dump(1) + "\n");
}

}  // namespace lethe
