// What a run says of its rows once all of them are measured.
#pragma once

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

// OUT/records.jsonl.
void write_records(const std::string& out, const std::vector<Record>& records);

}  // namespace lethe
