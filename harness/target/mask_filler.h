// A masked language model's folder as attacks see it.
#pragma once

#include <memory>
#include <string>

#include "harness/plugin/mask_filler.h"
#include "harness/tensor/compute.h"

namespace lethe {

struct MaskFillerOptions {
  int64_t batch_tokens = 0;  // 0: chosen for the device
  bool progress = true;
};

// Throws: what MaskedLm::load throws; usage error when the folder has no
// tokenizer; input error when its window has no room for a text.
std::shared_ptr<const MaskFiller> load_mask_filler(
    const std::string& folder, const Compute& compute,
    const MaskFillerOptions& options);

}  // namespace lethe
