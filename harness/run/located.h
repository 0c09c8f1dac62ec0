// Probes, metrics and methods whose options name files and models.
#pragma once

#include <string>

#include "harness/base/ordered_json.h"
#include "harness/run/suite.h"

namespace lethe {

// The probe's options, what they name found: a path relative to the suite's
// folder, a model also by org/name. Throws: usage error when it is absent.
Json located(const ProbeSpec& probe, const Suite& suite);
Json located(const MetricSpec& metric, const Suite& suite);

// The hashes of all that the suite's probes, metrics and methods name, by the
// names as given.
// Throws: as located(), and what reading throws.
OrderedJson named_hashes(const Suite& suite);

}  // namespace lethe
