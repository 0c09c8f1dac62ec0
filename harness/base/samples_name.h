// Where a probe's samples lie in a run folder.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/record.h"

namespace lethe {

// "NAME.jsonl" of a probe's name with its options; options may hold paths,
// which then are told apart by a hash.
inline std::string samples_name(std::string name, const std::string& splits) {
  if (name.find('/') != name.npos) {
    const std::string hash = short_hash(name);
    std::replace(name.begin(), name.end(), '/', '_');
    name = name.substr(0, 150) + "-" + hash;
  }
  return name + (splits.empty() ? "" : "@" + splits) + ".jsonl";
}

// Where a row of samples may have a metric's FIELD: under FIELD, METRIC.FIELD
// where another metric took that, else METRIC:OPTIONS.FIELD, "METRIC:.FIELD"
// without options.
inline std::vector<std::string> item_columns(const std::string& metric,
                                             const Json& options,
                                             const std::string& field) {
  const std::string all = name_with_options(metric, options);
  return {field, metric + "." + field,
          all + (options.empty() ? ":." : ".") + field};
}

// The first of them that is free, or the last, which is the metric's own.
inline std::string item_column(const std::vector<std::string>& columns,
                               const std::set<std::string>& taken) {
  for (const std::string& column : columns) {
    if (taken.count(column) == 0) return column;
  }
  return columns.back();
}

}  // namespace lethe
