// Whether a run is complete.
#pragma once

#include <cstdint>
#include <string>

namespace lethe {

struct Completeness {
  enum class Kind { complete, running, stopped };
  Kind kind = Kind::complete;
  int64_t done = 0;     // cells whose probes and tasks are all in the journal
  int64_t planned = 0;  // of the run; 0: unknown

  // "running: 3 of 12 cells"; empty when complete.
  std::string text() const;
};

// The state as FOLDER/run.json and journal.jsonl tell it; a run whose status is
// "running" but that no process of this machine writes is stopped. A folder
// without run.json counts as complete. Throws: input error for damaged files.
Completeness completeness(const std::string& folder);

}  // namespace lethe
