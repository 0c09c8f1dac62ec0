// Does a run folder still say what was measured? Hashes, checksums, and a
// random part of its values recomputed from its samples.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/ordered_json.h"
#include "harness/stored/stored_run.h"

namespace lethe {

struct VerifyOptions {
  int64_t sample = 20;  // values that are recomputed; negative: all
  uint64_t seed = 0;    // which ones
  // Where the suite's relative paths start from; empty: as run.json says.
  std::string folder;
};

// One kind of thing that was compared.
struct Check {
  std::string name;     // "values", "data forget"
  int64_t checked = 0;  // things compared
  int64_t of = 0;       // things there are
  std::string how;      // what was compared with what
  std::string skipped;  // why nothing, or not all, could be compared
  std::vector<std::string> differences;  // a sentence each

  // "ok", "differs" or "not checked".
  std::string verdict() const;
};

struct Verified {
  std::vector<Check> checks;
  // No difference was found.
  bool intact() const;
};

// All checks that need no model. Throws: as read_run().
Verified verify(const std::string& run, const VerifyOptions& options);

OrderedJson to_json(const Verified& verified);

// A table for a terminal, then each difference.
std::string to_text(const Verified& verified);

// Compares the records with the run's journal, and the costs of rows with the
// models in it.
void check_journal(const StoredRun& run, Check& check);

// Adds the check of a random part of the values against the samples.
void check_values(const StoredRun& run, const VerifyOptions& options,
                  Verified& verified);

}  // namespace lethe
