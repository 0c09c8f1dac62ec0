// What makes two runs the same: a folder holds one of them.
#pragma once

#include "harness/base/ordered_json.h"
#include "harness/run/data.h"
#include "harness/run/run.h"
#include "harness/run/workshop.h"

namespace lethe {

// The suite with every default, the hashes of what it reads, the program's
// version, device, dtype, threads and limits: keys of run.json. `suite` is laid
// out.
OrderedJson run_identity(const Suite& suite, const RunOptions& options,
                         const SuiteData& data, const Workshop& shop);

}  // namespace lethe
