// What makes two runs the same: a folder holds one of them.
#pragma once

#include "harness/base/ordered_json.h"
#include "harness/base/run_event.h"
#include "harness/run/data.h"
#include "harness/run/run.h"
#include "harness/run/workshop.h"

namespace lethe {

// The suite with every default, the hashes of what it reads, the program's
// version, device, dtype, threads and limits: keys of run.json. `suite` is laid
// out.
OrderedJson run_identity(const Suite& suite, const RunOptions& options,
                         const SuiteData& data, const Workshop& shop);

// run.json of a run that begins: its identity, the suite's hash and folder,
// versions, and how much `plan` holds.
OrderedJson run_description(const OrderedJson& identity, const Suite& suite,
                            const RunEvent& plan);

}  // namespace lethe
