// What tests of metrics ask of them: an item, and its values.
#pragma once

#include <string>
#include <vector>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {

inline Observation answer(const std::string& output,
                          const std::vector<std::string>& references) {
  Observation seen;
  seen.id = "q1";
  seen.output = output;
  seen.references = references;
  return seen;
}

// The fields of one item without their names.
inline std::vector<double> values(const std::string& metric,
                                  const Observation& seen,
                                  const Json& options = Json::object()) {
  std::vector<double> all;
  for (const auto& [field, value] :
       Registry<Metric>::make(metric, options)->item(seen)) {
    all.push_back(value);
  }
  return all;
}

}  // namespace lethe
