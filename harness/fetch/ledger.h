// What was fetched into a data folder: DATA_DIR/fetched.json.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lethe {

struct Fetched {
  std::string name;  // of the source
  std::string url;
  std::string member;  // of an archive; empty: the download itself
  std::string sha256;
  int64_t bytes = 0;
  std::string time;  // UTC, "2026-01-31T12:00:00Z"
};

class Ledger {
 public:
  // Reads folder/fetched.json, if there is one. Throws: input error when it is
  // malformed.
  explicit Ledger(const std::string& folder);

  const std::string& path() const { return path_; }
  // The hash that a file had when it was fetched first; empty: it never was.
  std::string sha256_of(const std::string& file) const;
  // Files that were fetched below a folder ("mmlu/test/").
  std::vector<std::string> files_below(const std::string& folder) const;
  // Adds or replaces one, with the time of now.
  void add(const std::string& file, Fetched entry);
  // Writes the file whole. Throws: WriteError.
  void save() const;

 private:
  const std::string path_;
  std::map<std::string, Fetched> files_;
};

}  // namespace lethe
