// The shards of a run joined into the run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

struct Merged {
  int64_t shards = 0;
  int64_t cells = 0;
  int64_t records = 0;
  int64_t repeated = 0;  // values that several shards have, all equal
  int64_t failed = 0;    // cells with a failure
  std::vector<std::string> warnings;
};

// Writes run.json, records.jsonl, samples/, curves/ and the journal of the
// whole run to `out`, which is new or empty: what an undivided run would have
// written, times and memory aside. Models are not copied; `lethe run` with
// --out `out` makes those again that it needs.
// Throws: usage error when a folder is no shard or is not finished, when the
// shards are of different runs (it names the key and both values), or when
// some are missing (it names them); input error when two shards disagree on a
// value or a cell is missing.
Merged merge_shards(const std::vector<std::string>& shards,
                    const std::string& out);

}  // namespace lethe
