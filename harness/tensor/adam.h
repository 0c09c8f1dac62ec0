// AdamW on one tensor whose state takes less than two float32 numbers a weight:
// moments in bfloat16, in codes of a byte, or factored, and weights below
// float32. On the CPU one pass over everything.
//
//   m = m + (1 - beta1) (g - m),  v = v + (1 - beta2) (g^2 - v)
//   w = w (1 - lr decay) - lr m / (1 - beta1^t)
//                          / (sqrt(v / (1 - beta2^t)) + eps)
//
// Loshchilov & Hutter 2019. All is computed in float32; m and v are rounded
// after they were used.
//
// Codes (after Dettmers et al. 2022, arXiv:2110.02861): kAdamBlock elements
// that lie beside each other share a float32 scale. A code of a first moment is
// a sign, 4 bits of exponent and 3 of fraction, 2^-16 to 1 of the scale; one of
// a second moment 5 bits of exponent and 3 of fraction, 2^-32 to 1. Unlike the
// paper's the scale is a power of two: what is a code stays one when the
// largest changes, so that a moment that hardly moves gathers no noise. It is
// the power above 16/15 of the largest, which so has a code above it.
//
// Factored second moments (after Shazeer & Stern 2018, arXiv:1804.04235,
// section 3): v[i, j] = rows[i] columns[j] / mean(rows), of the averages of
// mean g^2 over each row and column.
//
// Stochastic rounding: up or down by chance, right on average. An average with
// beta2 .999 moves by a thousandth of itself a step, less than half the
// distance of two bfloat16 numbers (1/256): rounded to the nearest it would
// never move. The chance is a function of (key, element), not of threads.
#pragma once

#include "harness/tensor/tensor.h"

namespace lethe {

// Weight and gradient have one dtype, float32 or bfloat16 (float16 where
// nothing is rounded by chance), and one layout without gaps; exp_avg,
// exp_avg_sq and master have the weight's shape and layout.
struct AdamTensors {
  Tensor weight, gradient;
  Tensor master;   // float32, of which the weight is the rounding; or undefined
  Tensor exp_avg;  // float32, bfloat16, or uint8 codes
  Tensor exp_avg_sq;        // the same; undefined when factored
  Tensor exp_avg_scale;     // [adam_blocks] float32, of codes
  Tensor exp_avg_sq_scale;  // the same
  // Factored, of a contiguous matrix [R, C]: [R] and [C] float32.
  Tensor rows, columns;
};

// Of one step. `step` counts from 1.
struct AdamRates {
  double lr, beta1, beta2, eps, weight_decay;
  int64_t step;
  double gradient_scale = 1;  // the gradient is multiplied by this
  bool stochastic = true;     // else rounded to the nearest
  uint64_t key = 0;           // of the random bits of this tensor and step
};

// Scales that the codes of so many elements take.
int64_t adam_blocks(int64_t elements);

// Takes the step, in place.
void adam_step(const AdamTensors& tensors, const AdamRates& rates);
// The same by the library's operators, on any device; random bits are the
// same.
void plain_adam_step(const AdamTensors& tensors, const AdamRates& rates);

// The sum of the squares of all elements, in float64 where there are kernels;
// independent of the number of threads.
double sum_of_squares(const Tensor& x);

// weight += scale * direction, of one layout; bfloat16 weights are rounded by
// chance, so that a change below their precision is there on average.
void add_stochastic(const Tensor& weight, const Tensor& direction, double scale,
                    uint64_t key);

}  // namespace lethe
