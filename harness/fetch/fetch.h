// The files of one source in a data folder: those that are missing are
// downloaded, checked and put in place; those that are there are checked.
#pragma once

#include <string>
#include <vector>

#include "harness/data/data_sources.h"

namespace lethe {

struct FetchOptions {
  std::string folder;  // the data folder; made when it is absent
  std::string mirror;  // URL in place of scheme and host; empty: none
};

struct FileReport {
  std::string path;  // below the data folder
  std::string url;
  std::string sha256;
  int64_t bytes = 0;
  bool fetched = false;  // now; else it was there
  // How its hash was checked: "pinned", "archive" (it comes out of one whose
  // hash is pinned), "recorded" (as when it was fetched first), "first"
  // (recorded now) or "none" (nothing is known of it).
  std::string checked;
};

// Throws: what download() and extract() do; input error with both hashes when
// one is wrong (the download is then removed; a file that was there is not);
// usage error for a source that can only be had by hand.
std::vector<FileReport> fetch_source(const DataSource& source,
                                     const FetchOptions& options);

// One wanted file and whether something stands in its place.
struct FilePlace {
  std::string path;
  int64_t bytes = 0;  // 0: not known
  bool there = false;
};

// What a source's tasks read, without opening a connection or a file.
std::vector<FilePlace> places_of(const DataSource& source,
                                 const std::string& folder);

}  // namespace lethe
