// A term's gradient at weights near the ones that are trained, so that what is
// forgotten is not a small step away (Fan et al. 2025, "Towards LLM Unlearning
// Resilient to Relearning Attacks", arXiv:2502.05374).
#pragma once

#include <functional>

#include "harness/model/weights.h"
#include "harness/train/options.h"

namespace lethe {

// Whether the term of this name is smoothed: "forget", where sam_rho or
// rs_sigma is above 0. The paper's others (the retain loss) are not.
bool smooths(const TrainOptions& options, const std::string& term);

// Adds the gradients of `loss` to those of the weights, as loss().backward()
// does, but those at other weights; the weights are left as they were, to the
// bit. Returns the loss: of sam_rho at the weights themselves, of rs_sigma
// where its gradients are.
//
//   sam_rho:  weights + rho g / |g|, g the gradient of `loss` there (Foret et
//             al. 2021, arXiv:2010.01412); `loss` is called twice
//   rs_sigma: weights + N(0, sigma^2), one draw a call by (seed, step, draw)
//
// bfloat16 weights are moved with rounding by chance: most moves are below
// their precision. Takes the memory of one more copy of the weights. Peer:
// OPTML-Group/Unlearn-Smooth, SAMIterativeUnlearner: the perturbation is that
// of each micro-batch there too.
struct SmoothingDraw {
  int64_t step = 0;
  int64_t draw = 0;  // of the step
};
Tensor smoothed_backward(const NamedTensors& parameters,
                         const TrainOptions& options, SmoothingDraw draw,
                         const std::function<Tensor()>& loss);

}  // namespace lethe
