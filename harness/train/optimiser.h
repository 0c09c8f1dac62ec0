// AdamW over the weights of a model, with its state in full or in less memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/model/weights.h"
#include "harness/train/options.h"

namespace lethe {

// Decay on every weight, one group. What is kept of each weight, in bytes:
//
//   weight        optimiser       first moment   second      master
//   float32       adamw           4              4           -
//   bfloat16      adamw           2              2           -
//   either        adamw_8bit      1 + 1/64       1 + 1/64    -
//   either        adamw_factored  2              rows and columns; vectors as
//                                                with adamw  -
//   bfloat16 with rounding "master": as float32 weights, and 4 of the master
//
// float32 weights with adamw: torch.optim.AdamW, the library's fused step to
// the bit. All else: harness/tensor/adam.h.
//
// adamw_8bit unlike Dettmers et al. 2022 (arXiv:2110.02861): every tensor has
// codes, and codes are rounded by chance (see adam.h). adamw_factored has
// nothing of Shazeer & Stern 2018 (arXiv:1804.04235) but the factors: Adam's
// first moment, correction and learning rate; no clipping of updates.
class Optimiser {
 public:
  virtual ~Optimiser() = default;

  // With fused_step: each weight takes its step, at this learning rate, as soon
  // as the backward pass that follows has its whole gradient, which is then
  // freed. step() finishes.
  virtual void begin(double lr) = 0;

  // Clips the gradients to options.clip, applies them at this learning rate and
  // clears them. Returns the gradient norm before clipping; when it is not
  // finite nothing is applied (with fused_step: nothing to those tensors whose
  // gradient is not finite). The norm is summed in an order of its own, so that
  // threads change no bit of it where weights are below float32.
  virtual double step(double lr) = 0;

  virtual int64_t steps() const = 0;

  // Weights, moments and masters, for checkpoints.
  virtual NamedTensors state() const = 0;
  // Throws: input error when the tensors are not those of this model.
  virtual void restore(const class Safetensors& state, int64_t steps) = 0;
};

// Of parameters that record gradients and outlive it. Rounding by chance is a
// function of (seed, name, step, element): a resumed run has the same bits.
// Throws: usage error for float16 weights without rounding "master".
std::unique_ptr<Optimiser> make_optimiser(const NamedTensors& parameters,
                                          const TrainOptions& options);

// Bytes beside the weights themselves.
struct OptimiserBytes {
  int64_t moments = 0;  // with their scales and counts
  int64_t masters = 0;
  // With fused_step those of the largest tensor, which a backward pass holds at
  // least; with several terms those of all wait for the last one.
  int64_t gradients = 0;
};
// Exactly, of parameters of these shapes, all of one dtype.
OptimiserBytes optimiser_bytes(const std::vector<Shape>& shapes,
                               at::ScalarType dtype,
                               const TrainOptions& options);

}  // namespace lethe
