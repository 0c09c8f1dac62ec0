// One block of an AdamW step: every number is read once, widened to float32 in
// the first-level cache, moved, and rounded once.
#pragma once

#include "harness/tensor/kernel_vectors.h"
#include "harness/tensor/kernels.h"

namespace lethe {
namespace {

using Bits = uint32_t __attribute__((vector_size(kWidth * 4)));
using Signed = int32_t __attribute__((vector_size(kWidth * 4)));
using Halves = uint16_t __attribute__((vector_size(kWidth * 2)));
using Bytes = uint8_t __attribute__((vector_size(kWidth)));

// A block in float32, zeros behind its last element.
struct Floats {
  alignas(64) float x[kAdamBlock];
};
struct Randoms {
  alignas(64) uint32_t moments[kAdamBlock], weight[kAdamBlock];
};

LETHE_INLINE Reg root_of(Reg v) {
#if LETHE_KERNEL_WIDTH == 8
  return (Reg)_mm256_sqrt_ps((__m256)v);
#else
  return (Reg)_mm512_sqrt_ps((__m512)v);
#endif
}

LETHE_INLINE void put(float* to, Reg v) {
  using Aligned = Reg __attribute__((may_alias));
  *reinterpret_cast<Aligned*>(to) = v;
}

LETHE_INLINE Bits bits_at(const uint32_t* p) {
  using Aligned = Bits __attribute__((may_alias));
  return *reinterpret_cast<const Aligned*>(p);
}

// The whole block: `p` itself, or a copy that ends with zeros.
template <class T>
LETHE_INLINE const T* whole(const void* p, int64_t count, T* room) {
  if (count == kAdamBlock) return static_cast<const T*>(p);
  __builtin_memset(room, 0, kAdamBlock * sizeof(T));
  __builtin_memcpy(room, p, static_cast<size_t>(count) * sizeof(T));
  return room;
}

template <class T>
LETHE_INLINE void widen(const void* p, int64_t count, Floats& to) {
  T room[kAdamBlock];
  const T* from = whole<T>(p, count, room);
  for (int64_t i = 0; i < kAdamBlock; i += kWidth)
    put(to.x + i, load(from + i));
}

void read_numbers(const void* p, WeightType type, int64_t count, Floats& to) {
  if (type == WeightType::float32) {
    widen<float>(p, count, to);
  } else {
    widen<Bf16>(p, count, to);
  }
}

// 32 random bits for each element and purpose. The mixing is a permutation of
// 32 bits with avalanche, twice keyed; the plain form has the same.
void draw(const uint32_t* key, Randoms& to) {
  Bits counter = {};
  for (uint32_t lane = 0; lane < kWidth; ++lane) counter[lane] = lane + key[0];
  for (int64_t i = 0; i < kAdamBlock; i += kWidth) {
    Bits x = counter;
    x = (x ^ (x >> 16)) * 0x21F0AAADU;
    x = ((x ^ key[1]) ^ ((x ^ key[1]) >> 15)) * 0x735A2D97U;
    x ^= x >> 15;
    Bits y = (x + 0x1E3779B9U) * 0x21F0AAADU;
    y ^= y >> 16;
    __builtin_memcpy(to.moments + i, &x, sizeof(x));
    __builtin_memcpy(to.weight + i, &y, sizeof(y));
    counter += static_cast<uint32_t>(kWidth);
  }
}

// `random`: 16 bits in the low half of each; null: to the nearest, ties to
// even.
template <int kShift>
LETHE_INLINE void write_bfloat16(const Floats& from, void* p, int64_t count,
                                 const uint32_t* random) {
  uint16_t room[kAdamBlock];
  for (int64_t i = 0; i < kAdamBlock; i += kWidth) {
    const Bits bits = (Bits)load(from.x + i);
    const Bits add = random != nullptr
                         ? (bits_at(random + i) >> kShift) & 0xFFFFU
                         : ((bits >> 16) & 1U) + 0x7FFFU;
    const Halves out = __builtin_convertvector((bits + add) >> 16, Halves);
    __builtin_memcpy(room + i, &out, sizeof(out));
  }
  __builtin_memcpy(p, room, static_cast<size_t>(count) * 2);
}

// The codes of adam.h: those of the first moment have a sign and 4 bits of
// exponent, those of the second 5 bits of exponent; both 3 bits of fraction.
constexpr uint32_t kFirstBase = 111U << 3, kSecondBase = 95U << 3;

template <bool kSign>
LETHE_INLINE void read_codes(const Moment& from, int64_t count, Floats& to) {
  uint8_t room[kAdamBlock];
  const uint8_t* codes = whole<uint8_t>(from.data, count, room);
  const float scale = *from.scale;
  for (int64_t i = 0; i < kAdamBlock; i += kWidth) {
    Bytes packed;
    __builtin_memcpy(&packed, codes + i, sizeof(packed));
    const Bits code = __builtin_convertvector(packed, Bits);
    const Bits size = kSign ? code & 0x7FU : code;
    const Bits bits = (size + (kSign ? kFirstBase : kSecondBase)) << 20;
    const Reg value = (Reg)bits * scale;
    const Reg zero = {};
    const Bits picked = (Bits)(size == 0 ? zero : value);
    put(to.x + i, (Reg)(kSign ? picked | ((code & 0x80U) << 24) : picked));
  }
}

LETHE_INLINE float largest_size(const Floats& from) {
  Bits most = {};
  for (int64_t i = 0; i < kAdamBlock; i += kWidth) {
    const Bits size = (Bits)load(from.x + i) & 0x7FFFFFFFU;
    most = size > most ? size : most;
  }
  uint32_t best = 0;
  for (int lane = 0; lane < kWidth; ++lane) {
    best = most[lane] > best ? most[lane] : best;
  }
  float as_float;
  __builtin_memcpy(&as_float, &best, 4);
  return as_float;
}

// The power of two above 16/15 of `largest`, 0 for 0.
LETHE_INLINE float scale_above(float largest) {
  const float top = largest * (16.0F / 15.0F);
  uint32_t bits;
  __builtin_memcpy(&bits, &top, 4);
  bits = (bits & 0x7F800000U) + 0x00800000U;
  float scale;
  __builtin_memcpy(&scale, &bits, 4);
  return largest == 0 ? 0 : scale;
}

template <bool kSign>
LETHE_INLINE void write_codes(const Floats& from, const Moment& to,
                              int64_t count, const uint32_t* random) {
  constexpr uint32_t kBase = kSign ? kFirstBase : kSecondBase;
  constexpr uint32_t kMost = kSign ? 127 : 255;
  const float scale = scale_above(largest_size(from));
  const float inverse = scale == 0 ? 0 : 1 / scale;
  const uint32_t least_bits = kBase << 20;
  float least;
  __builtin_memcpy(&least, &least_bits, 4);
  uint8_t room[kAdamBlock];
  const Bits one = Bits{} + 1U, zero = {}, most = zero + kMost;
  for (int64_t i = 0; i < kAdamBlock; i += kWidth) {
    const Bits bits = (Bits)load(from.x + i);
    const Reg x = (Reg)(bits & 0x7FFFFFFFU) * inverse;
    const Bits r = random == nullptr ? zero + 0x80000U
                                     : bits_at(random + i) >> (kSign ? 0 : 12);
    Bits code = (((Bits)x + (r & 0xFFFFFU)) >> 20) - kBase;
    code = code > most ? most : code;
    // Below the least: 0 or the least, by chance of the same mean. A second
    // moment of 0 would give steps of m / eps: it never falls to 0.
    const Reg chance = __builtin_convertvector((Signed)(r & 0xFFFFFU), Reg) *
                       (least * (1.125F / 1048576.0F));
    const Bits low =
        kSign ? (x > chance ? one : zero) : ((Bits)x != 0 ? one : zero);
    code = x < least * 1.125F ? low : code;
    if (kSign) code |= (bits >> 24) & 0x80U;
    const Bytes out = __builtin_convertvector(code, Bytes);
    __builtin_memcpy(room + i, &out, sizeof(out));
  }
  *to.scale = scale;
  __builtin_memcpy(to.data, room, static_cast<size_t>(count));
}

template <bool kSign>
LETHE_INLINE void read_moment(const Moment& from, int64_t count, Floats& to) {
  if (from.type == MomentType::code) {
    read_codes<kSign>(from, count, to);
  } else {
    read_numbers(from.data,
                 from.type == MomentType::float32 ? WeightType::float32
                                                  : WeightType::bfloat16,
                 count, to);
  }
}

template <bool kSign>
LETHE_INLINE void write_moment(const Floats& from, const Moment& to,
                               int64_t count, const uint32_t* random) {
  if (to.type == MomentType::code) {
    write_codes<kSign>(from, to, count, random);
  } else if (to.type == MomentType::bfloat16) {
    write_bfloat16<kSign ? 0 : 16>(from, to.data, count, random);
  } else {
    __builtin_memcpy(to.data, from.x, static_cast<size_t>(count) * 4);
  }
}

struct AdamFloats {
  Floats weight, gradient, first, second;
};

LETHE_INLINE void move(AdamFloats& f, const AdamFactors& by, bool factored) {
  for (int64_t i = 0; i < kAdamBlock; i += kWidth) {
    const Reg g = load(f.gradient.x + i) * by.gradient;
    const Reg m0 = load(f.first.x + i), v0 = load(f.second.x + i);
    const Reg m = m0 + (g - m0) * by.first;
    const Reg v = factored ? v0 : v0 + (g * g - v0) * by.second;
    const Reg w = load(f.weight.x + i) * by.keep;
    put(f.weight.x + i, w - m * by.step / (root_of(v) * by.root + by.eps));
    put(f.first.x + i, m);
    put(f.second.x + i, v);
  }
}

void adam(const AdamBlock& block, const AdamFactors& by) {
  AdamFloats f;
  const int64_t count = block.count;
  const bool factored = block.columns != nullptr;
  read_numbers(block.gradient, block.type, count, f.gradient);
  if (block.master != nullptr) {
    widen<float>(block.master, count, f.weight);
  } else {
    read_numbers(block.weight, block.type, count, f.weight);
  }
  read_moment<true>(block.exp_avg, count, f.first);
  if (factored) {
    float room[kAdamBlock];
    const float* columns = whole<float>(block.columns, count, room);
    for (int64_t i = 0; i < kAdamBlock; i += kWidth) {
      put(f.second.x + i, load(columns + i) * block.row);
    }
  } else {
    read_moment<false>(block.exp_avg_sq, count, f.second);
  }
  move(f, by, factored);
  Randoms randoms;
  if (block.stochastic) draw(block.key, randoms);
  const uint32_t* random = block.stochastic ? randoms.moments : nullptr;
  write_moment<true>(f.first, block.exp_avg, count, random);
  if (!factored) write_moment<false>(f.second, block.exp_avg_sq, count, random);
  if (block.master != nullptr) {
    __builtin_memcpy(block.master, f.weight.x, static_cast<size_t>(count) * 4);
  }
  if (block.type == WeightType::float32) {
    __builtin_memcpy(block.weight, f.weight.x, static_cast<size_t>(count) * 4);
  } else {
    write_bfloat16<0>(
        f.weight, block.weight, count,
        block.stochastic && !block.master ? randoms.weight : nullptr);
  }
}

double squares(const void* x, WeightType type, int64_t count, float* columns) {
  const int64_t bytes = type == WeightType::float32 ? 4 : 2;
  double total = 0;
  Floats f;
  for (int64_t begin = 0; begin < count; begin += kAdamBlock) {
    const int64_t some =
        count - begin < kAdamBlock ? count - begin : kAdamBlock;
    read_numbers(static_cast<const char*>(x) + begin * bytes, type, some, f);
    Reg sum = {};
    for (int64_t i = 0; i < kAdamBlock; i += kWidth) {
      const Reg v = load(f.x + i);
      sum += v * v;
      put(f.x + i, v * v);
    }
    for (int lane = 0; lane < kWidth; ++lane) {
      total += static_cast<double>(sum[lane]);
    }
    if (columns == nullptr) continue;
    for (int64_t i = 0; i < some; ++i) columns[begin + i] += f.x[i];
  }
  return total;
}

}  // namespace
}  // namespace lethe
