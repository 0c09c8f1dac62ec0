// The step of adam.h by the library's operators.
#include <algorithm>
#include <functional>
#include <vector>

#include "harness/tensor/adam.h"
#include "harness/tensor/adam_parts.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr int64_t kSlice = int64_t{1} << 22;  // elements in float32 at once
constexpr int64_t kLow = 0xFFFFFFFF;          // 32 bits, in int64

// Patterns of float32 numbers in int64, where shifts bring zeros.
Tensor float_of(const Tensor& bits) {
  return bits.to(at::kInt).view(at::kFloat);
}
Tensor bits_of(const Tensor& x) {
  return x.view(at::kInt).to(at::kLong).bitwise_and(kLow);
}

Tensor shifted(const Tensor& bits, int64_t right) {
  return bits.bitwise_right_shift(right);
}

struct Randoms {
  Tensor moments, weight;  // [n] int64, 32 random bits
};

// Of the blocks [first, first + blocks), each cut to `a_block` elements.
Randoms draw(uint64_t key, int64_t first, int64_t blocks, at::Device device) {
  std::vector<int64_t> low, high;
  for (int64_t i = first; i < first + blocks; ++i) {
    const uint64_t one = block_key(key, i);
    low.push_back(static_cast<int64_t>(one & kLow));
    high.push_back(static_cast<int64_t>(one >> 32));
  }
  const auto on_device = [&](const std::vector<int64_t>& keys) {
    return at::tensor(keys, at::kLong).to(device).unsqueeze(1);
  };
  const Tensor lane =
      at::arange(kAdamBlock, at::TensorOptions(at::kLong).device(device));
  Tensor x = (on_device(low) + lane).bitwise_and_(kLow);
  x = (x ^ shifted(x, 16)).mul_(0x21F0AAAD).bitwise_and_(kLow);
  x.bitwise_xor_(on_device(high));
  x = (x ^ shifted(x, 15)).mul_(0x735A2D97).bitwise_and_(kLow);
  x = x ^ shifted(x, 15);
  Tensor y = (x + 0x1E3779B9).bitwise_and_(kLow);
  y.mul_(0x21F0AAAD).bitwise_and_(kLow);
  y = y ^ shifted(y, 16);
  return {x.flatten(), y.flatten()};
}

// `random`: bits, of which 16 from `shift` are taken; or undefined.
void write_bfloat16(const Tensor& x, const Tensor& to, const Tensor& random,
                    int64_t shift) {
  if (!random.defined()) {
    to.copy_(x);
    return;
  }
  const Tensor bits = bits_of(x) + shifted(random, shift).bitwise_and_(0xFFFF);
  to.copy_(float_of(bits.bitwise_and_(0xFFFF0000)));
}

// Blocks [n, kAdamBlock] of some elements [m], zeros behind the last.
Tensor in_blocks(const Tensor& x) {
  const int64_t blocks = (x.numel() + kAdamBlock - 1) / kAdamBlock;
  return at::constant_pad_nd(x, {0, blocks * kAdamBlock - x.numel()})
      .view({blocks, kAdamBlock});
}

struct CodeKind {
  bool sign;
  int64_t base() const { return (sign ? 111 : 95) * 8; }
  int64_t most() const { return sign ? 127 : 255; }
  double least() const { return std::ldexp(1.0, sign ? -16 : -32) * 1.125; }
};

Tensor read_codes(const Tensor& codes, const Tensor& scale, CodeKind kind) {
  const Tensor code = codes.to(at::kLong);
  const Tensor size = kind.sign ? code.bitwise_and(0x7F) : code;
  Tensor x = float_of((size + kind.base()) * (1 << 20)).mul_(size.ne(0));
  if (kind.sign) x = at::where(code.ge(128), -x, x);
  return (in_blocks(x) * scale.unsqueeze(1))
      .flatten()
      .narrow(0, 0, codes.numel());
}

void write_codes(const Tensor& x, const AdamTensors& to, const Tensor& random,
                 CodeKind kind) {
  const Tensor& codes = kind.sign ? to.exp_avg : to.exp_avg_sq;
  const Tensor& scale = kind.sign ? to.exp_avg_scale : to.exp_avg_sq_scale;
  const Tensor size = in_blocks(x).abs();
  const Tensor largest = size.amax(1);
  // The power of two above: the exponent's bits alone, plus one.
  const Tensor top = largest * (16.0F / 15.0F);
  scale.copy_(float_of(bits_of(top).bitwise_and_(0x7F800000) + 0x800000)
                  .mul_(largest.ne(0)));
  const Tensor inverse = at::where(scale.eq(0), scale, 1 / scale);
  const Tensor part =
      (size * inverse.unsqueeze(1)).flatten().narrow(0, 0, x.numel());
  const Tensor r = random.defined()
                       ? (kind.sign ? random : shifted(random, 12)) & 0xFFFFF
                       : at::full_like(part, 0x80000, at::kLong);
  Tensor code = shifted(bits_of(part) + r, 20) - kind.base();
  const Tensor chance = r.to(at::kFloat) * (kind.least() / 1048576);
  const Tensor low = kind.sign ? part.gt(chance) : part.ne(0);
  code = at::where(part.lt(kind.least()), low.to(at::kLong),
                   code.clamp_max(kind.most()));
  if (kind.sign) code.add_(x.lt(0), 128);
  codes.copy_(code);
}

// Elements of one tensor in the order of memory.
class Slice {
 public:
  Slice(const AdamTensors& t, const AdamRates& r) : t_(t), r_(r) {}

  // `random` starts at the slice's first element.
  void run(const Randoms& random, const Tensor& factored) const {
    const AdamFactors by = adam_factors(r_);
    const Tensor g = t_.gradient.to(at::kFloat) * by.gradient;
    Tensor m = read(true);
    m = m + (g - m) * by.first;
    Tensor v = factored;
    if (!v.defined()) {
      v = read(false);
      v = v + (g * g - v) * by.second;
    }
    const Tensor weight = t_.master.defined() ? t_.master : t_.weight;
    const Tensor w = weight.to(at::kFloat) * by.keep -
                     m * by.step / (v.sqrt() * by.root + by.eps);
    write(m, true, random.moments);
    if (!factored.defined()) write(v, false, random.moments);
    if (t_.master.defined()) t_.master.copy_(w);
    if (t_.weight.scalar_type() != at::kBFloat16 || t_.master.defined()) {
      t_.weight.copy_(w);
    } else {
      write_bfloat16(w, t_.weight, random.weight, 0);
    }
  }

 private:
  Tensor read(bool first) const {
    const Tensor& kept = first ? t_.exp_avg : t_.exp_avg_sq;
    if (kept.scalar_type() != at::kByte) return kept.to(at::kFloat);
    return read_codes(kept, first ? t_.exp_avg_scale : t_.exp_avg_sq_scale,
                      {first});
  }
  void write(const Tensor& x, bool first, const Tensor& random) const {
    const Tensor& kept = first ? t_.exp_avg : t_.exp_avg_sq;
    if (kept.scalar_type() == at::kByte) {
      write_codes(x, t_, random, {first});
    } else if (kept.scalar_type() == at::kBFloat16) {
      write_bfloat16(x, kept, random, first ? 0 : 16);
    } else {
      kept.copy_(x);
    }
  }

  const AdamTensors t_;
  const AdamRates& r_;
};

// Calls `each` for the parts of `count`, of at most `most`.
void in_parts(int64_t count, int64_t most,
              const std::function<void(int64_t, int64_t)>& each) {
  for (int64_t i = 0; i < count; i += most) each(i, std::min(most, count - i));
}

AdamTensors narrowed(const AdamTensors& t, int64_t begin, int64_t count) {
  const auto part = [&](const Tensor& x) {
    return x.defined() ? in_memory_order(x).narrow(0, begin, count) : x;
  };
  const auto scales = [&](const Tensor& x) {
    return x.defined() ? x.narrow(0, begin / kAdamBlock,
                                  (count + kAdamBlock - 1) / kAdamBlock)
                       : x;
  };
  return {part(t.weight),
          part(t.gradient),
          part(t.master),
          part(t.exp_avg),
          part(t.exp_avg_sq),
          scales(t.exp_avg_scale),
          scales(t.exp_avg_sq_scale),
          Tensor(),
          Tensor()};
}

void factored_step(const AdamTensors& t, const AdamRates& r) {
  const int64_t size = t.columns.size(0);
  const int64_t a_row = (size + kAdamBlock - 1) / kAdamBlock;
  const auto means = [&](int64_t over) {
    return at::linalg_vector_norm(t.gradient.detach(), 2, over, false,
                                  at::kFloat)
        .square_()
        .div_(static_cast<double>(t.gradient.size(over)));
  };
  update_factors(t, r, means(1), means(0));
  const Tensor rows = relative_rows(t);
  const int64_t most = std::max<int64_t>(1, kSlice / size);
  in_parts(t.rows.size(0), most, [&](int64_t begin, int64_t count) {
    Randoms random;
    if (r.stochastic) {
      random = draw(r.key, begin * a_row, count * a_row, t.weight.device());
      for (Tensor* bits : {&random.moments, &random.weight}) {
        *bits = bits->view({count, -1}).narrow(1, 0, size).flatten();
      }
    }
    const Tensor v =
        (rows.narrow(0, begin, count).unsqueeze(1) * t.columns).flatten();
    Slice(narrowed(t, begin * size, count * size), r).run(random, v);
  });
}

}  // namespace

void plain_adam_step(const AdamTensors& tensors, const AdamRates& rates) {
  const at::NoGradGuard no_gradients;
  if (tensors.rows.defined()) return factored_step(tensors, rates);
  in_parts(tensors.weight.numel(), kSlice, [&](int64_t begin, int64_t count) {
    Randoms random;
    if (rates.stochastic) {
      random =
          draw(rates.key, begin / kAdamBlock,
               (count + kAdamBlock - 1) / kAdamBlock, tensors.weight.device());
      random.moments = random.moments.narrow(0, 0, count);
      random.weight = random.weight.narrow(0, 0, count);
    }
    Slice(narrowed(tensors, begin, count), rates).run(random, {});
  });
}

void add_stochastic(const Tensor& weight, const Tensor& direction, double scale,
                    uint64_t key) {
  const at::NoGradGuard no_gradients;
  if (weight.scalar_type() != at::kBFloat16) {
    weight.detach().add_(direction, scale);
    return;
  }
  const Tensor all = in_memory_order(weight), by = in_memory_order(direction);
  in_parts(all.numel(), kSlice, [&](int64_t begin, int64_t count) {
    const Tensor part = all.narrow(0, begin, count);
    const Tensor moved =
        part.to(at::kFloat).add_(by.narrow(0, begin, count), scale);
    const Randoms random =
        draw(key, begin / kAdamBlock, (count + kAdamBlock - 1) / kAdamBlock,
             weight.device());
    write_bfloat16(moved, part, random.weight.narrow(0, 0, count), 0);
  });
}

}  // namespace lethe
