// What both forms of adam.h share. For .cpp files only.
#pragma once

#include <cmath>
#include <cstdint>

#include "harness/tensor/adam.h"
#include "harness/tensor/kernels.h"

namespace lethe {

inline AdamFactors adam_factors(const AdamRates& r) {
  const auto t = static_cast<double>(r.step);
  return {.gradient = static_cast<float>(r.gradient_scale),
          .keep = static_cast<float>(1 - r.lr * r.weight_decay),
          .first = static_cast<float>(1 - r.beta1),
          .second = static_cast<float>(1 - r.beta2),
          .step = static_cast<float>(r.lr / (1 - std::pow(r.beta1, t))),
          .root = static_cast<float>(1 / std::sqrt(1 - std::pow(r.beta2, t))),
          .eps = static_cast<float>(r.eps)};
}

// The key of one block's random bits (SplitMix64, Steele et al. 2014).
inline uint64_t block_key(uint64_t key, int64_t block) {
  uint64_t x = key + static_cast<uint64_t>(block + 1) * 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// The elements in the order of memory, as one row.
inline Tensor in_memory_order(const Tensor& x) {
  return x.detach().as_strided({x.numel()}, {1});
}

// Blocks lie within rows where these have factors of their own.
inline int64_t row_length(const AdamTensors& t) {
  return t.columns.defined() ? t.columns.size(0) : t.weight.numel();
}

// Updates the averages of a factored second moment from means of squares.
inline void update_factors(const AdamTensors& t, const AdamRates& r,
                           const Tensor& row_means,
                           const Tensor& column_means) {
  const double scale = r.gradient_scale * r.gradient_scale;
  t.rows.lerp_(row_means.mul(scale), 1 - r.beta2);
  t.columns.lerp_(column_means.mul(scale), 1 - r.beta2);
}

// rows / mean(rows), zeros when all are.
inline Tensor relative_rows(const AdamTensors& t) {
  return t.rows.div(t.rows.mean().clamp_min(1e-38));
}

}  // namespace lethe
