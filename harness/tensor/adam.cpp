#include "harness/tensor/adam.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "harness/tensor/adam_parts.h"
#include "harness/tensor/kernel_types.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr int64_t kPartElements = 64 * kAdamBlock;  // that one thread takes

bool has_kernel(const Tensor& x) {
  return kernels().adam != nullptr && x.device().is_cpu() &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

MomentType moment_type(const Tensor& x) {
  return x.scalar_type() == at::kFloat      ? MomentType::float32
         : x.scalar_type() == at::kBFloat16 ? MomentType::bfloat16
                                            : MomentType::code;
}

char* bytes_of(const Tensor& x) {
  return static_cast<char*>(x.mutable_data_ptr());
}

// A moment of which blocks are asked for.
class Blocks {
 public:
  Blocks(const Tensor& data, const Tensor& scale) {
    if (!data.defined()) return;
    all_ = {data.mutable_data_ptr(),
            scale.defined() ? scale.mutable_data_ptr<float>() : nullptr,
            moment_type(data)};
    bytes_ = data.element_size();
  }
  Moment at(int64_t element, int64_t block) const {
    Moment part = all_;
    part.data = static_cast<char*>(all_.data) + element * bytes_;
    if (all_.scale != nullptr) part.scale = all_.scale + block;
    return part;
  }

 private:
  Moment all_{nullptr, nullptr, MomentType::float32};
  int64_t bytes_ = 0;
};

// Row means and column means of the squares of a matrix [R, C]. Parts of rows
// are summed one after the other, whatever the threads.
std::pair<Tensor, Tensor> mean_squares(const Tensor& x) {
  const int64_t rows = x.size(0), size = x.size(1);
  const int64_t a_part = std::max<int64_t>(1, kPartElements * 4 / size);
  const int64_t parts = (rows + a_part - 1) / a_part;
  const at::TensorOptions options = x.options().dtype(at::kFloat);
  const Tensor of_rows = at::empty({rows}, options);
  const Tensor of_columns = at::zeros({parts, size}, options);
  const WeightType type = weight_type(x.scalar_type());
  const char* from = static_cast<const char*>(x.const_data_ptr());
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * a_part; i < std::min(rows, end * a_part); ++i) {
      const double sum = kernels().squares(
          from + i * size * x.element_size(), type, size,
          of_columns.mutable_data_ptr<float>() + i / a_part * size);
      of_rows.mutable_data_ptr<float>()[i] =
          static_cast<float>(sum / static_cast<double>(size));
    }
  });
  Tensor total = of_columns[0];
  for (int64_t i = 1; i < parts; ++i) total.add_(of_columns[i]);
  return {of_rows, total / static_cast<double>(rows)};
}

// One tensor's step, block by block.
class Walk {
 public:
  Walk(const AdamTensors& t, const AdamRates& r)
      : t_(t),
        r_(r),
        factors_(adam_factors(r)),
        first_(t.exp_avg, t.exp_avg_scale),
        second_(t.exp_avg_sq, t.exp_avg_sq_scale),
        length_(row_length(t)),
        a_row_((length_ + kAdamBlock - 1) / kAdamBlock) {
    if (!t.rows.defined()) return;
    const auto [of_rows, of_columns] = mean_squares(t.gradient);
    update_factors(t, r, of_rows, of_columns);
    relative_rows_ = relative_rows(t);
  }

  void run() const {
    const int64_t blocks = a_row_ * (t_.weight.numel() / length_);
    at::parallel_for(0, blocks, kPartElements / kAdamBlock,
                     [&](int64_t begin, int64_t end) {
                       for (int64_t i = begin; i < end; ++i) one(i);
                     });
  }

 private:
  void one(int64_t index) const {
    const int64_t row = index / a_row_;
    const int64_t column = (index - row * a_row_) * kAdamBlock;
    const int64_t element = row * length_ + column;
    AdamBlock block{};
    block.weight = bytes_of(t_.weight) + element * t_.weight.element_size();
    block.gradient =
        bytes_of(t_.gradient) + element * t_.gradient.element_size();
    block.type = weight_type(t_.weight.scalar_type());
    if (t_.master.defined()) {
      block.master = t_.master.mutable_data_ptr<float>() + element;
    }
    block.exp_avg = first_.at(element, index);
    block.exp_avg_sq = second_.at(element, index);
    if (relative_rows_.defined()) {
      block.columns = t_.columns.const_data_ptr<float>() + column;
      block.row = relative_rows_.const_data_ptr<float>()[row];
    }
    block.count = std::min(kAdamBlock, length_ - column);
    block.stochastic = r_.stochastic;
    const uint64_t key = block_key(r_.key, index);
    block.key[0] = static_cast<uint32_t>(key);
    block.key[1] = static_cast<uint32_t>(key >> 32);
    kernels().adam(block, factors_);
  }

  const AdamTensors& t_;
  const AdamRates& r_;
  const AdamFactors factors_;
  const Blocks first_, second_;
  const int64_t length_, a_row_;
  Tensor relative_rows_;
};

}  // namespace

int64_t adam_blocks(int64_t elements) {
  return (elements + kAdamBlock - 1) / kAdamBlock;
}

void adam_step(const AdamTensors& tensors, const AdamRates& rates) {
  const at::NoGradGuard no_gradients;
  if (tensors.weight.numel() == 0) return;
  if (!has_kernel(tensors.weight)) return plain_adam_step(tensors, rates);
  Walk(tensors, rates).run();
}

double sum_of_squares(const Tensor& x) {
  const at::NoGradGuard no_gradients;
  if (!has_kernel(x) || !x.is_non_overlapping_and_dense()) {
    const Tensor norm =
        at::linalg_vector_norm(x.detach(), 2, std::nullopt, false, at::kFloat);
    return norm.to(at::kDouble).square().item<double>();
  }
  const int64_t count = x.numel();
  const int64_t parts = (count + kPartElements - 1) / kPartElements;
  std::vector<double> sums(static_cast<size_t>(parts));
  const char* from = static_cast<const char*>(x.const_data_ptr());
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i * kPartElements;
      sums[static_cast<size_t>(i)] = kernels().squares(
          from + first * x.element_size(), weight_type(x.scalar_type()),
          std::min(kPartElements, count - first), nullptr);
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace lethe
