#include "harness/plugin/attack.h"

#include "harness/base/error.h"

namespace lethe {

std::shared_ptr<const MaskFiller> Target::mask_filler(
    const std::string& folder) const {
  fail_usage(folder, "this target opens no masked language model",
             "attack a model folder");
}

Observation observe(const Example& example) {
  Observation seen;
  seen.id = example.id;
  seen.split = example.split;
  seen.member = example.member;
  seen.text = example.text;
  seen.prompt = example.prompt;
  seen.references = example.references;
  return seen;
}

}  // namespace lethe
