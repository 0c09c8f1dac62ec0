// What a run says of its rows once all of them are measured.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/base/record.h"
#include "harness/run/suite.h"
#include "harness/run/variants.h"

namespace lethe {

// Marks the records: blind baselines that win, the reference's hash, models
// that are not a row's own (`message` of their costs), and the rows that the
// suite's selection chooses. `status` is what run.json holds, with its
// "base_hash" and "reference_hash": it gets "selection", and its cells "flags".
// Returns warnings, a sentence each.
std::vector<std::string> mark_records(const Suite& suite,
                                      const std::vector<Variant>& variants,
                                      std::vector<Record>& records,
                                      OrderedJson& status);

// OUT/records.jsonl. Behind the records stay those that `lethe rescore` added
// to the file, of the same cells, but for the probes that were `asked` again
// ("CELL PROBE on SPLIT"): their samples are new.
void write_records(const std::string& out, const std::vector<Record>& records,
                   const std::set<std::string>& asked = {});

}  // namespace lethe
