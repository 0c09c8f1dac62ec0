// Further training on the retain data alone: forgetting by neglect.
//
//   L = NLL(retain)
//
// Paper: Golatkar et al. 2020, arXiv:1911.04933 (as a baseline). Peer: none of
// its own; the loss is the cross-entropy that train_parity_test.cpp compares.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

class Finetune final : public Method {
 public:
  explicit Finetune(const Json& json) { reject_options(json); }
  Uses uses() const override { return {.forget = false, .retain = true}; }

  void step(Step& s) const override {
    s.add("retain", 1, [&] { return mean_nll(s.model, s.retain); });
  }
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Finetune>(
    {.name = "finetune",
     .summary = "Further training on the retain data alone.",
     .paper = "arXiv:1911.04933"});

}  // namespace
}  // namespace lethe
