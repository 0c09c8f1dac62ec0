#include "harness/train/gradient_norm.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/model/cache.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

// While it lives every weight records its gradient.
class Recording {
 public:
  explicit Recording(const Model& model) : model_(model) {
    for (const auto& [name, weight] : model.parameters()) {
      before_.push_back(weight.requires_grad());
      Tensor(weight).requires_grad_(true);
    }
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() {
    size_t i = 0;
    for (const auto& [name, weight] : model_.parameters()) {
      Tensor(weight).mutable_grad().reset();
      Tensor(weight).requires_grad_(before_[i++]);
    }
  }

 private:
  const Model& model_;
  std::vector<bool> before_;
};

// The norms of all weights' gradients, [P] float32.
Tensor norms(const Model& model, double order) {
  std::vector<Tensor> all;
  for (const auto& [name, weight] : model.parameters()) {
    const Tensor& grad = weight.grad();
    if (!grad.defined()) continue;
    all.push_back(at::linalg_vector_norm(grad.to(at::kFloat), order));
  }
  return at::stack(all);
}

}  // namespace

Batch item_batch(const ScoreItem& item, const Model& model,
                 int64_t max_length) {
  const int64_t window =
      max_length > 0 ? max_length : model.config().max_positions;
  const auto length = static_cast<int64_t>(item.ids.size());
  // The last token is predicted, never read: window + 1 ids fit.
  const int64_t cut = std::max<int64_t>(0, length - (window + 1));
  const std::vector<int64_t> ids(item.ids.begin() + cut, item.ids.end());
  const auto kept = static_cast<int64_t>(ids.size());
  const int64_t from = std::max<int64_t>(1, item.score_from - cut);
  Batch batch;
  if (kept <= from) return batch;
  std::vector<int64_t> scored, targets;
  for (int64_t t = from; t < kept; ++t) {
    scored.push_back(t - 1);
    targets.push_back(ids[static_cast<size_t>(t)]);
  }
  batch.rows = ragged({{ids.begin(), ids.end() - 1}}, model.device());
  batch.scored = int_tensor(scored, model.device());
  batch.targets = int_tensor(targets, model.device());
  batch.row_of = at::zeros_like(batch.targets);
  batch.keys = batch.places = {0};
  batch.step_tokens = static_cast<int64_t>(scored.size());
  batch.step_rows = 1;
  return batch;
}

double gradient_norm(const Model& model, const ScoreItem& item,
                     const GradientNormOptions& options, int64_t max_length) {
  const Batch batch = item_batch(item, model, max_length);
  if (batch.supervised() == 0) return std::numeric_limits<double>::quiet_NaN();
  const c10::AutoGradMode with_gradients(true);
  const Recording recording(model);
  mean_nll(model, batch).backward();
  const c10::NoGradGuard no_more;
  const Tensor each = norms(model, options.order);
  return options.mean_over_tensors
             ? each.mean().item<double>()
             : at::linalg_vector_norm(each, options.order).item<double>();
}

}  // namespace lethe
