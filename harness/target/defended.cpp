#include "harness/target/defended.h"

#include "harness/base/hash.h"
#include "harness/base/registry.h"
#include "harness/model/folder.h"
#include "harness/plugin/defence.h"

namespace lethe {

std::shared_ptr<const Target> defended(std::shared_ptr<const Target> target,
                                       const Json& defence) {
  if (defence.is_null()) return target;
  return Registry<Defence>::make(require_string(defence, "name", "defence"),
                                 defence["set"])
      ->before(std::move(target));
}

std::map<std::string, std::string> defence_folders(const Json& defence) {
  std::map<std::string, std::string> folders;
  if (defence.is_null()) return folders;
  const Json& set = require(defence, "set", "defence");
  const std::string name = require_string(defence, "name", "defence");
  for (const auto& option : Registry<Defence>::find(name).info.models) {
    const std::string folder = set.value(option, "");
    if (!folder.empty()) folders[option] = folder;
  }
  return folders;
}

std::string defended_hash(const std::string& model_hash, const Json& defence) {
  if (defence.is_null()) return model_hash;
  Json set = defence["set"];
  for (const auto& [option, folder] : defence_folders(defence)) {
    set[option] = ModelFolder(folder).hash();
  }
  return sha256(model_hash + defence["name"].get<std::string>() +
                canonical(set));
}

}  // namespace lethe
