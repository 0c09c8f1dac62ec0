// A copy of a run without its texts, to be shown outside the house.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "results/redactor.h"

namespace lethe {

struct Redacted {
  int64_t records = 0;
  int64_t samples = 0;  // rows
  int64_t curves = 0;   // files
  // Files that are not in the copy: nothing of them is known to be safe.
  std::vector<std::string> left_out;
};

// Writes records.jsonl, run.json, samples/ and curves/ of a run to `out`, as
// redactor.h says. Of a run that is still going, what its journal has. Models,
// journal and finished pages are left out. Throws: usage error when `run` is no
// run or `out` is not empty; input error for damaged files; WriteError.
Redacted redact(const std::string& run, const std::string& out,
                const RedactOptions& options);

// Copies of runs that last as long as this: for commands that read folders. A
// copy keeps the name of its run.
class RedactedRuns {
 public:
  RedactedRuns(const std::vector<std::string>& runs,
               const RedactOptions& options);
  ~RedactedRuns();
  RedactedRuns(const RedactedRuns&) = delete;
  RedactedRuns& operator=(const RedactedRuns&) = delete;

  const std::vector<std::string>& folders() const { return folders_; }

 private:
  std::filesystem::path root_;
  std::vector<std::string> folders_;
};

}  // namespace lethe
