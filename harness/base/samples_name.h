// Where a probe's samples lie in a run folder.
#pragma once

#include <algorithm>
#include <string>

#include "harness/base/hash.h"

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

}  // namespace lethe
