#include "harness/data/data_sources.h"

#include <algorithm>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/shipped.h"

namespace lethe {
namespace {

std::string text_of(const Json& object, const std::string& key,
                    const std::string& where) {
  return object.contains(key) ? require_string(object, key, where) : "";
}

// A path that stays below the data folder, with no name that hides a file.
void check_path(const std::string& path, const std::string& where) {
  std::string part;
  bool good = !path.empty() && path.front() != '/';
  for (size_t begin = 0; good && begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    good = !name.empty() && name.front() != '.' &&
           std::none_of(name.begin(), name.end(), [](unsigned char c) {
             return c < 0x20 || c == 0x7f || c == '\\';
           });
    begin = end + 1;
  }
  if (!good) {
    fail_input(where, "the path \"" + path + "\" may leave the data folder",
               "use plain names with / between them");
  }
  const std::string first = path.substr(0, path.find('/'));
  if (first == "fetched.json" || first == "lock") {
    fail_input(where, "the path \"" + path + "\" is one that fetch itself uses",
               "name it otherwise");
  }
}

std::string hash_of(const Json& object, const std::string& where) {
  const std::string hash = text_of(object, "sha256", where);
  const bool good =
      hash.empty() ||
      (hash.size() == 64 &&
       hash.find_first_not_of("0123456789abcdef") == std::string::npos);
  if (!good) {
    fail_input(where, "the sha256 \"" + hash + "\" is none",
               "write 64 hexadecimal digits in lower case");
  }
  return hash;
}

int64_t bytes_of(const Json& object, const std::string& where) {
  const int64_t bytes =
      object.contains("bytes") ? require_int(object, "bytes", where) : 0;
  if (bytes < 0) {
    fail_input(where, fmt::format("bytes is {}", bytes), "leave it out");
  }
  return bytes;
}

std::string checked_url(const Json& object, const std::string& where) {
  const std::string url = require_string(object, "url", where);
  const bool known =
      url.rfind("https://", 0) == 0 || url.rfind("http://", 0) == 0;
  const bool plain = std::all_of(url.begin(), url.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f;
  });
  if (!known || !plain) {
    fail_input(where, "the url \"" + url + "\" is not one of http or https",
               "write https://host/path, blanks as %20");
  }
  return url;
}

// The list at `key`, empty when it is absent.
Json list_of(const Json& object, const std::string& key,
             const std::string& where) {
  if (!object.contains(key)) return Json::array();
  if (!object[key].is_array()) {
    fail_input(where, "\"" + key + "\" is no list", "write [..]");
  }
  return object[key];
}

SourceMember read_member(const Json& json, const std::string& where) {
  reject_unknown_keys(json, {"member", "path", "sha256", "bytes"}, where);
  SourceMember member;
  member.member = require_string(json, "member", where);
  member.path = require_string(json, "path", where);
  check_path(member.path, where);
  member.sha256 = hash_of(json, where);
  member.bytes = bytes_of(json, where);
  const bool many = member.member.find_first_of("*?[") != std::string::npos;
  if (many != (member.path.back() == '/')) {
    fail_input(
        where,
        "\"" + member.member + "\" does not go to \"" + member.path + "\"",
        "several members go to a folder (x/), one to a file");
  }
  return member;
}

SourceFile read_source_file(const Json& json, const std::string& where) {
  reject_unknown_keys(
      json, {"url", "path", "sha256", "bytes", "password", "members"}, where);
  SourceFile file;
  file.url = checked_url(json, where);
  file.path = require_string(json, "path", where);
  check_path(file.path, where);
  if (file.path.back() == '/') {
    fail_input(where, "the path \"" + file.path + "\" is a folder",
               "name the file");
  }
  file.sha256 = hash_of(json, where);
  file.bytes = bytes_of(json, where);
  file.password = text_of(json, "password", where);
  const Json members = list_of(json, "members", where);
  for (size_t i = 0; i < members.size(); ++i) {
    file.members.push_back(
        read_member(members[i], fmt::format("{}.members[{}]", where, i)));
  }
  return file;
}

DataSource read_source(const std::string& name, const Json& json,
                       const std::string& where) {
  reject_unknown_keys(
      json, {"description", "license", "tasks", "by_hand", "files"}, where);
  DataSource source;
  source.name = name;
  source.description = require_string(json, "description", where);
  source.license = require_string(json, "license", where);
  source.by_hand = text_of(json, "by_hand", where);
  for (const Json& task : list_of(json, "tasks", where)) {
    if (!task.is_string()) {
      fail_input(where, "\"tasks\" holds more than names", "write names");
    }
    source.tasks.push_back(task);
  }
  const Json files = list_of(json, "files", where);
  for (size_t i = 0; i < files.size(); ++i) {
    source.files.push_back(
        read_source_file(files[i], fmt::format("{}.files[{}]", where, i)));
  }
  if (source.files.empty() == source.by_hand.empty()) {
    fail_input(where, "has both or none of \"files\" and \"by_hand\"",
               "give one of them");
  }
  return source;
}

bool serves(const DataSource& source, const std::string& task) {
  return source.by_hand.empty() &&
         (source.name == task ||
          std::count(source.tasks.begin(), source.tasks.end(), task) > 0);
}

}  // namespace

std::vector<DataSource> read_data_sources(const std::string& path) {
  const Json json = parse_json_with_comments(read_file(path, 16u << 20), path);
  if (!json.is_object() || !require(json, "sources", path).is_object()) {
    fail_input(path, "holds no sources", "write {\"sources\": {NAME: ..}}");
  }
  reject_unknown_keys(json, {"sources"}, path);
  std::vector<DataSource> sources;
  for (const auto& [name, source] : json["sources"].items()) {
    const std::string where = path + ": " + name;
    if (!source.is_object()) fail_input(where, "is no object", "write {..}");
    sources.push_back(read_source(name, source, where));
  }
  return sources;
}

std::string data_sources_file() {
  return suites_folder() + "/data_sources.json";
}

std::string fetch_command(const std::vector<std::string>& task_names,
                          const std::string& data_dir) {
  if (!exists(data_sources_file())) return "";
  const auto sources = read_data_sources(data_sources_file());
  for (const std::string& task : task_names) {
    for (const DataSource& source : sources) {
      if (!serves(source, task)) continue;
      return "lethe fetch " + source.name + " --data-dir " +
             (data_dir.empty() ? "data" : data_dir);
    }
  }
  return "";
}

}  // namespace lethe
