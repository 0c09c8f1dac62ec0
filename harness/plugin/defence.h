// Defences work when a model is asked, and leave its weights alone: a second
// network, a prompt before every prompt, a filter behind every answer.
#pragma once

#include <memory>

#include "harness/plugin/attack.h"

namespace lethe {

// A method that is a defence registers one under its own name, with all that it
// needs as options: what a run keeps of the row is {"name", "set"}. Options
// that name a model folder stand in Info::models; their weights are part of the
// row's hash.
class Defence {
 public:
  virtual ~Defence() = default;

  // The target as it is asked. Throws: usage error when it cannot stand before
  // this target.
  virtual std::shared_ptr<const Target> before(
      std::shared_ptr<const Target> target) const = 0;
};

}  // namespace lethe
