// Where official releases of benchmarks are downloaded from: data, one JSON
// file (suites/data_sources.json). Nothing here opens a connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

// A file inside an archive.
struct SourceMember {
  std::string member;  // its name there; * and ? stand for anything
  std::string path;    // below the data folder; "x/" keeps the file's own name
  std::string sha256;  // empty: not known
  int64_t bytes = 0;   // 0: not known
};

struct SourceFile {
  std::string url;
  std::string path;  // below the data folder
  std::string sha256;
  int64_t bytes = 0;
  std::string password;               // published with the archive
  std::vector<SourceMember> members;  // what is taken from an archive
};

struct DataSource {
  std::string name;
  std::string description;
  std::string license;
  std::vector<std::string> tasks;  // names or groups that it serves
  std::string by_hand;             // what to do where nothing can be downloaded
  std::vector<SourceFile> files;
};

// The sources of a file, by name. Throws: usage error if it is absent, input
// error with file and key when it is malformed, when a path leaves the data
// folder or is one that fetch itself uses there (fetched.json, lock), or when a
// URL is neither http nor https.
std::vector<DataSource> read_data_sources(const std::string& path);

// The file that ships with the program.
std::string data_sources_file();

// "lethe fetch arc --data-dir data", for the first of a task's names (its own,
// then its groups) that a shipped source serves; empty when none does.
std::string fetch_command(const std::vector<std::string>& task_names,
                          const std::string& data_dir);

}  // namespace lethe
