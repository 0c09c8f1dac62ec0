#include "harness/train/influence.h"

#include <cmath>

#include "harness/base/minhash.h"
#include "harness/base/rng.h"
#include "harness/tensor/ops.h"
#include "harness/train/gradient_norm.h"
#include "harness/train/lora.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

TrainOptions lora_options(const GradientOptions& o) {
  TrainOptions train;
  train.lora_rank = o.lora_rank;
  train.lora_alpha = static_cast<double>(o.lora_rank);  // scale 1
  train.lora_targets = o.lora_targets;
  return train;
}

// Fills A with normal numbers of variance 1 / rank.
void draw_down(const std::string& name, const Tensor& down, int64_t seed) {
  Rng rng(static_cast<uint64_t>(seed), "influence:" + name);
  const Tensor drawn = at::empty(down.sizes(), at::kFloat);
  auto* const data = drawn.mutable_data_ptr<float>();
  const double deviation = 1 / std::sqrt(static_cast<double>(down.size(0)));
  for (int64_t i = 0; i < drawn.numel(); ++i) {
    data[i] = static_cast<float>(deviation * rng.normal());
  }
  down.detach().copy_(drawn);
}

}  // namespace

GradientFeatures::GradientFeatures(const Model& base, const GradientOptions& o)
    : model_(with_lora(base, lora_options(o))) {
  const NamedTensors matrices = lora_parameters(*model_);
  int64_t numbers = 0;
  for (const auto& [name, matrix] : matrices) {
    if (name.find(".lora_A.") != name.npos) {
      draw_down(name, matrix, o.seed);
      Tensor(matrix).requires_grad_(false);
    } else {
      parts_.push_back({matrix, {}, {}});
      numbers += matrix.numel();
    }
  }
  projected_ = o.projection > 0 && o.projection < numbers;
  size_ = projected_ ? o.projection : numbers;
  if (!projected_) return;
  uint64_t number = 0;
  for (Part& part : parts_) {
    const Tensor places = at::empty({part.up.numel()}, at::kLong);
    const Tensor signs = at::empty({part.up.numel()}, at::kFloat);
    auto* const place = places.mutable_data_ptr<int64_t>();
    auto* const sign = signs.mutable_data_ptr<float>();
    for (int64_t i = 0; i < places.numel(); ++i) {
      const uint64_t bits = mixed_hash(number++, static_cast<uint64_t>(o.seed));
      place[i] = static_cast<int64_t>((bits >> 1) %
                                      static_cast<uint64_t>(o.projection));
      sign[i] = (bits & 1) != 0 ? 1.0F : -1.0F;
    }
    part.places = places.to(model_->device());
    part.signs = signs.to(model_->device());
  }
}

Tensor GradientFeatures::of(const ScoreItem& item) const {
  const Batch batch = item_batch(item, *model_);
  if (batch.supervised() == 0) return {};
  {
    const c10::AutoGradMode with_gradients(true);
    mean_nll(*model_, batch).backward();
  }
  const c10::NoGradGuard no_more;
  const Tensor sum =
      at::zeros({projected_ ? size_ : 0},
                at::TensorOptions(at::kFloat).device(model_->device()));
  std::vector<Tensor> whole;
  for (const Part& part : parts_) {
    Tensor& grad = Tensor(part.up).mutable_grad();
    // A layer that no token reached (of experts) has none.
    const Tensor flat = grad.defined()
                            ? grad.to(at::kFloat).reshape({-1})
                            : at::zeros({part.up.numel()}, sum.options());
    if (projected_) {
      sum.index_add_(0, part.places, flat * part.signs);
    } else {
      whole.push_back(flat.clone());
    }
    grad.reset();
  }
  return projected_ ? sum : at::cat(whole);
}

Tensor similarities(const Tensor& a, const Tensor& b, bool cosine) {
  const Tensor products = at::mv(a, b);
  if (!cosine) return products;
  const Tensor norms =
      at::linalg_vector_norm(a, 2, {1}) * at::linalg_vector_norm(b, 2);
  return at::where(norms > 0, products / norms, at::zeros_like(products));
}

}  // namespace lethe
