// Targets with a defence before them, from what a run keeps of one.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "harness/base/json.h"
#include "harness/plugin/attack.h"

namespace lethe {

// `defence`: {"name", "set"} of a registered Defence, or null: none.

// The target as it is asked; `target` itself without a defence. Throws: usage
// error for a name or options that nobody registered, and what the defence
// throws.
std::shared_ptr<const Target> defended(std::shared_ptr<const Target> target,
                                       const Json& defence);

// The hash of a model behind the defence: `model_hash` without one, else of
// name, options and the weights of the folders that they name, wherever these
// lie. Throws: input error when one cannot be read.
std::string defended_hash(const std::string& model_hash, const Json& defence);

// The model folders that the defence reads, by its options' names. Options that
// are empty are left out.
std::map<std::string, std::string> defence_folders(const Json& defence);

}  // namespace lethe
