#include "harness/plugin/attack.h"

namespace lethe {

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
