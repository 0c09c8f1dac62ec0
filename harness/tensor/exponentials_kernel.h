// Exponentials: one row of logits read twice, for its largest and the sum of
// its exponentials; a row turned into scaled exponentials; and gelu in its tanh
// form.
#pragma once

#include "harness/tensor/kernel_vectors.h"
#include "harness/tensor/kernels.h"

namespace lethe {
namespace {

using RegBits = int32_t __attribute__((vector_size(kWidth * 4)));

LETHE_INLINE Reg all(float value) { return Reg{} + value; }

// exp of each, to 2 ulp; of -87 below that, of 87 above. NaN stays NaN.
LETHE_INLINE Reg exp_of(Reg t) {
  const Reg low = all(-87.0F), high = all(87.0F);
  t = t < low ? low : t > high ? high : t;
  // Adding 1.5 * 2^23 rounds to a whole number, in the lowest bits.
  const Reg shift = all(12582912.0F);
  const Reg shifted = t * 1.44269504F + shift;
  const Reg whole = shifted - shift;
  const Reg r = (t - whole * 0.693359375F) + whole * 2.12194440e-4F;
  Reg p = all(1.9875691500e-4F);
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const RegBits power = ((RegBits)shifted - (RegBits)shift + 127) << 23;
  return p * (Reg)power;
}

LETHE_INLINE float number(const float* p) { return *p; }
LETHE_INLINE float number(const Bf16* p) {
  const uint32_t bits = static_cast<uint32_t>(p->bits) << 16;
  float wide;
  __builtin_memcpy(&wide, &bits, sizeof wide);
  return wide;
}
LETHE_INLINE float number(const Fp16* p) { return load_some(p, 1)[0]; }

template <class T>
LETHE_INLINE float largest(const T* x, int64_t size) {
  float best = number(x);
  int64_t i = 0;
  if (size >= kWidth) {
    Reg m = load(x);
    for (; i + kWidth <= size; i += kWidth) {
      const Reg v = load(x + i);
      m = v > m ? v : m;
    }
    for (int lane = 0; lane < kWidth; ++lane) {
      best = m[lane] > best ? m[lane] : best;
    }
  }
  for (; i < size; ++i) {
    const float v = number(x + i);
    best = v > best ? v : best;
  }
  return best;
}

template <class T>
LETHE_INLINE double exp_sum(const T* x, int64_t size, float best) {
  constexpr int64_t kBlock = 64 * kWidth;  // floats that are summed in float
  double total = 0;
  for (int64_t begin = 0; begin < size; begin += kBlock) {
    const int64_t end = begin + kBlock < size ? begin + kBlock : size;
    Reg even = {}, odd = {};
    int64_t i = begin;
    for (; i + 2 * kWidth <= end; i += 2 * kWidth) {
      even += exp_of(load(x + i) - best);
      odd += exp_of(load(x + i + kWidth) - best);
    }
    for (; i < end; i += kWidth) {
      const int64_t count = end - i < kWidth ? end - i : kWidth;
      Reg v = count == kWidth ? load(x + i) : load_some(x + i, count);
      v = exp_of(v - best);
      for (int64_t lane = 0; lane < count; ++lane) total += v[lane];
    }
    even += odd;
    for (int lane = 0; lane < kWidth; ++lane) total += even[lane];
  }
  return total;
}

// x / (1 + exp(-2u)), which is x / 2 (1 + tanh u), with
// u = sqrt(2 / pi) (x + 0.044715 x^3).
LETHE_INLINE Reg gelu_tanh_of(Reg x) {
  const Reg minus_two_u = x * -1.59576912F * (1.0F + x * x * 0.044715F);
  return x / (1.0F + exp_of(minus_two_u));
}

LETHE_INLINE void gelu_tanh(const float* x, int64_t size, float* y) {
  int64_t i = 0;
  for (; i + kWidth <= size; i += kWidth) {
    const Reg v = gelu_tanh_of(load(x + i));
    __builtin_memcpy(y + i, &v, sizeof v);
  }
  if (i < size) {
    const Reg v = gelu_tanh_of(load_some(x + i, size - i));
    __builtin_memcpy(y + i, &v, static_cast<size_t>(size - i) * sizeof(float));
  }
}

// The first of the largest, and the logarithm of the sum of exponentials (NaN
// where a number is NaN or infinite).
template <class T>
LETHE_INLINE void summarise_row(const T* x, int64_t size, float* log_sum,
                                int64_t* argmax) {
  const float best = largest(x, size);
  int64_t at = 0;
  while (at + 1 < size && !(number(x + at) == best)) ++at;
  *argmax = at;
  *log_sum = static_cast<float>(best + __builtin_log(exp_sum(x, size, best)));
}

LETHE_INLINE void summarise(const void* x, WeightType type, int64_t size,
                            float* log_sum, int64_t* argmax) {
  switch (type) {
    case WeightType::float32:
      return summarise_row(static_cast<const float*>(x), size, log_sum, argmax);
    case WeightType::bfloat16:
      return summarise_row(static_cast<const Bf16*>(x), size, log_sum, argmax);
    case WeightType::float16:
      return summarise_row(static_cast<const Fp16*>(x), size, log_sum, argmax);
  }
}

// The first `count` of v, rounded to the nearest, halves to even.
LETHE_INLINE void store_some(float* p, Reg v, int64_t count) {
  __builtin_memcpy(p, &v, static_cast<size_t>(count) * sizeof(float));
}
LETHE_INLINE void store_some(Bf16* p, Reg v, int64_t count) {
  using Bits = uint32_t __attribute__((vector_size(kWidth * 4)));
  using Short = uint16_t __attribute__((vector_size(kWidth * 2)));
  const Bits bits = (Bits)v;
  const Short rounded = __builtin_convertvector(
      (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16, Short);
  __builtin_memcpy(p, &rounded, static_cast<size_t>(count) * sizeof(Bf16));
}

template <class T>
LETHE_INLINE void scaled_exp_row(T* x, int64_t size, float log_sum,
                                 float slope) {
  int64_t i = 0;
  for (; i + kWidth <= size; i += kWidth) {
    store_some(x + i, exp_of(load(x + i) - log_sum) * slope, kWidth);
  }
  if (i == size) return;
  store_some(x + i, exp_of(load_some(x + i, size - i) - log_sum) * slope,
             size - i);
}

// Of float32 and bfloat16.
LETHE_INLINE void scaled_exp(void* x, WeightType type, int64_t size,
                             float log_sum, float slope) {
  if (type == WeightType::float32) {
    scaled_exp_row(static_cast<float*>(x), size, log_sum, slope);
  } else {
    scaled_exp_row(static_cast<Bf16*>(x), size, log_sum, slope);
  }
}

}  // namespace
}  // namespace lethe
