// What `lethe metric` reads: rows, or another harness's results.
#pragma once

#include <string>

#include "harness/app/arguments.h"
#include "harness/base/observation.h"
#include "harness/plugin/metric.h"

namespace lethe {

// The observations of a file. Of another harness's results (peer_results.h)
// those of --part, else of the first part whose items have what the metric
// reads; which one it was goes to stderr. --limit counts rows of a part.
// Throws: usage error for a part that is not there; input error when no part
// fits, or as read_rows.
Observations metric_rows(const Metric& metric, const Arguments& arguments,
                         const std::string& path);

}  // namespace lethe
