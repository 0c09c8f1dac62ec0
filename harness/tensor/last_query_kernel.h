// Attention of one query: every key is read once, every value once.
#pragma once

#include "harness/tensor/exponentials_kernel.h"
#include "harness/tensor/kernel_vectors.h"
#include "harness/tensor/kernels.h"

namespace lethe {
namespace {

// Products of the query with four keys.
template <class T>
LETHE_INLINE __m128 four_scores(const float* query, const T* const key[4],
                                int64_t size) {
  Reg sum[4] = {};
  int64_t d = 0;
  for (; d + kWidth <= size; d += kWidth) {
    const Reg q = load(query + d);
#pragma GCC unroll 4
    for (int n = 0; n < 4; ++n) sum[n] += q * load(key[n] + d);
  }
  if (d < size) {
    const Reg q = load_some(query + d, size - d);
    for (int n = 0; n < 4; ++n) sum[n] += q * load_some(key[n] + d, size - d);
  }
  return sums(halves(sum[0]), halves(sum[1]), halves(sum[2]), halves(sum[3]));
}

// Softmax of `size` scores in place.
LETHE_INLINE void softmax(float* scores, int64_t size) {
  const float best = largest(scores, size);
  Reg total = {};
  float rest = 0;
  int64_t i = 0;
  for (; i + kWidth <= size; i += kWidth) {
    const Reg e = exp_of(load(scores + i) - best);
    __builtin_memcpy(scores + i, &e, sizeof e);
    total += e;
  }
  if (i < size) {
    const int64_t count = size - i;
    const Reg e = exp_of(load_some(scores + i, count) - best);
    __builtin_memcpy(scores + i, &e,
                     static_cast<size_t>(count) * sizeof(float));
    for (int64_t lane = 0; lane < count; ++lane) rest += e[lane];
  }
  for (int lane = 0; lane < kWidth; ++lane) rest += total[lane];
  for (int64_t j = 0; j < size; ++j) scores[j] /= rest;
}

// The values' parts [d, d + N * kWidth), mixed.
template <int N, class T>
LETHE_INLINE void mix(const LastQuery& a, const float* probs, int64_t d,
                      float* y) {
  const T* value = static_cast<const T*>(a.value) + d;
  Reg sum[N] = {};
  for (int64_t j = 0; j < a.keys; ++j, value += a.value_stride) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) sum[n] += probs[j] * load(value + n * kWidth);
  }
  __builtin_memcpy(y + d, sum, sizeof sum);
}

template <class T>
LETHE_INLINE void mix_all(const LastQuery& a, const float* probs, float* y) {
  int64_t d = 0;
  for (; d + 4 * kWidth <= a.size; d += 4 * kWidth) mix<4, T>(a, probs, d, y);
  for (; d + kWidth <= a.size; d += kWidth) mix<1, T>(a, probs, d, y);
  if (d == a.size) return;
  const T* value = static_cast<const T*>(a.value) + d;
  Reg sum = {};
  for (int64_t j = 0; j < a.keys; ++j, value += a.value_stride) {
    sum += probs[j] * load_some(value, a.size - d);
  }
  __builtin_memcpy(y + d, &sum,
                   static_cast<size_t>(a.size - d) * sizeof(float));
}

template <class T>
void attend_last(const LastQuery& a) {
  const T* first = static_cast<const T*>(a.key);
  for (int64_t head = 0; head < a.heads; ++head) {
    const T* from = static_cast<const T*>(a.query) + head * a.query_stride;
    float* query = a.scratch;  // then the scores
    for (int64_t d = 0; d < a.size; d += kWidth) {
      const int64_t count = a.size - d < kWidth ? a.size - d : kWidth;
      const Reg q =
          (count == kWidth ? load(from + d) : load_some(from + d, count)) *
          a.scale;
      __builtin_memcpy(query + d, &q, sizeof q);
    }
    float* scores = query + (a.size + kWidth - 1) / kWidth * kWidth;
    for (int64_t j = 0; j < a.keys; j += 4) {
      const T* key[4];
      for (int64_t n = 0; n < 4; ++n) {
        key[n] = first + (j + n < a.keys ? j + n : j) * a.key_stride;
      }
      _mm_storeu_ps(scores + j, four_scores(query, key, a.size));
    }
    softmax(scores, a.keys);
    mix_all<T>(a, scores, a.y + head * a.size);
  }
}

LETHE_INLINE void last_query(const LastQuery& a) {
  switch (a.type) {
    case WeightType::float32:
      return attend_last<float>(a);
    case WeightType::bfloat16:
      return attend_last<Bf16>(a);
    case WeightType::float16:
      return attend_last<Fp16>(a);
  }
}

}  // namespace
}  // namespace lethe
