#include "harness/train/private_step.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "harness/base/files.h"
#include "harness/base/rng.h"
#include "harness/tensor/adam.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr uint32_t low_half(uint64_t x) { return static_cast<uint32_t>(x); }
constexpr uint32_t high_half(uint64_t x) {
  return static_cast<uint32_t>(x >> 32);
}

// In [0, 1), 53 bits.
double uniform(uint32_t low, uint32_t high) {
  const uint64_t bits = static_cast<uint64_t>(high) << 32 | low;
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

// Pair `pair` of a stream of standard normals (Box and Muller).
struct Stream {
  uint64_t key, step;
  std::pair<double, double> normals(uint64_t pair) const {
    const auto block = philox4x32_10(
        {low_half(pair), high_half(pair), low_half(step), high_half(step)},
        {low_half(key), high_half(key)});
    const double radius =
        std::sqrt(-2 * std::log1p(-uniform(block[0], block[1])));
    const double angle = 2 * std::numbers::pi * uniform(block[2], block[3]);
    return {radius * std::cos(angle), radius * std::sin(angle)};
  }
};

}  // namespace

void add_noise(const Tensor& sum, double scale, uint64_t key, int64_t step) {
  constexpr int64_t kAtOnce = 1 << 20, kGrain = 1 << 12;
  const at::NoGradGuard no_gradients;
  const Stream stream{key, static_cast<uint64_t>(step)};
  const Tensor flat = sum.view({-1});
  for (int64_t begin = 0; begin < flat.numel(); begin += kAtOnce) {
    const int64_t count = std::min(kAtOnce, flat.numel() - begin);
    const int64_t pairs = (count + 1) / 2;
    const Tensor noise = at::empty({2 * pairs}, at::TensorOptions(at::kFloat));
    auto* to = noise.mutable_data_ptr<float>();
    at::parallel_for(0, pairs, kGrain, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        const auto [one, other] =
            stream.normals(static_cast<uint64_t>(begin / 2 + i));
        to[2 * i] = static_cast<float>(one);
        to[2 * i + 1] = static_cast<float>(other);
      }
    });
    flat.narrow(0, begin, count)
        .add_(noise.narrow(0, 0, count).to(flat.device()), scale);
  }
}

PrivateStep::PrivateStep(const NamedTensors& parameters,
                         const PrivacyPlan& given, const TrainOptions& options)
    : plan(given),
      parameters_(parameters),
      seed_(static_cast<uint64_t>(options.seed)),
      batch_(options.batch) {}

std::vector<Batch> PrivateStep::batches(const TrainingSet& rows,
                                        const std::vector<int64_t>& keys,
                                        at::Device device) {
  const auto document = [&](const auto& pass) {
    return rows.rows()[pass.front()].example;
  };
  const auto passes = document_passes(rows, keys, batch_);
  std::vector<Batch> all;
  last_.clear();
  for (size_t begin = 0, end = 0; begin < passes.size(); begin = end) {
    int64_t tokens = 0, count = 0;
    for (end = begin; end < passes.size(); ++end) {
      if (document(passes[end]) != document(passes[begin])) break;
      all.push_back(make_batch(rows, passes[end], device));
      tokens += all.back().supervised();
      count += all.back().step_rows;
      last_.push_back(false);
    }
    for (size_t i = begin; i < end; ++i) {
      all[i].step_tokens = tokens;
      all[i].step_rows = count;
    }
    last_.back() = true;
  }
  const at::NoGradGuard no_gradients;
  sums_.clear();
  for (const auto& [name, weight] : parameters_) {
    sums_.push_back(
        at::zeros(weight.sizes(),
                  weight.options().dtype(at::kFloat).requires_grad(false)));
  }
  pass_ = 0;
  documents_ = clipped_ = 0;
  return all;
}

void PrivateStep::passed() {
  if (!last_[pass_++]) return;
  const at::NoGradGuard no_gradients;
  double squares = 0;
  for (const auto& [name, weight] : parameters_) {
    if (weight.grad().defined()) squares += sum_of_squares(weight.grad());
  }
  const double norm = std::sqrt(squares);
  ++documents_;
  if (!(norm <= plan.clip)) ++clipped_;
  // As Opacus divides: a little below the bound.
  const double scale = std::min(1.0, plan.clip / (norm + 1e-6));
  for (size_t i = 0; i < sums_.size(); ++i) {
    Tensor weight = parameters_[i].second;
    if (!weight.grad().defined()) continue;
    if (std::isfinite(norm)) sums_[i].add_(weight.grad(), scale);
    weight.mutable_grad().reset();
  }
}

void PrivateStep::release(int64_t step) {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < sums_.size(); ++i) {
    const auto& [name, weight] = parameters_[i];
    add_noise(sums_[i], plan.noise * plan.clip,
              Rng(seed_, "privacy:" + name).at(0), step);
    sums_[i].div_(plan.expected);
    Tensor(weight).mutable_grad() = sums_[i].to(weight.scalar_type());
    sums_[i].reset();
  }
}

double PrivateStep::clipped() const {
  return static_cast<double>(clipped_) / static_cast<double>(documents_);
}

bool PrivateStep::weights_are_finite() const {
  const at::NoGradGuard no_gradients;
  return std::all_of(parameters_.begin(), parameters_.end(),
                     [](const auto& one) {
                       return std::isfinite(sum_of_squares(one.second));
                     });
}

void PrivateStep::log(int64_t step, OrderedJson& row) const {
  row["units"] = documents_;
  row["clipped"] = clipped();
  row["epsilon"] = plan.epsilon(step);
}

void keep_privacy(const PrivateStep* step, int64_t steps,
                  const std::string& out) {
  const std::string path = out + "/privacy.json";
  if (step == nullptr) {
    std::filesystem::remove(path);
    return;
  }
  const PrivacyPlan& plan = step->plan;
  const OrderedJson card = {{"promise", privacy_sentence(plan, steps)},
                            {"unit", "document"},
                            {"epsilon", plan.epsilon(steps)},
                            {"delta", plan.delta},
                            {"noise", plan.noise},
                            {"clip", plan.clip},
                            {"rate", plan.rate},
                            {"documents", plan.documents},
                            {"steps", steps}};
  write_file_atomically(path, card.dump(2) + "\n");
}

std::unique_ptr<PrivateStep> make_private_step(const NamedTensors& parameters,
                                               const TrainingData& data,
                                               const TrainOptions& options) {
  if (!is_private(options)) return nullptr;
  if (data.retain != nullptr || data.alternates != nullptr) {
    fail_usage("training option dp_noise or dp_epsilon",
               "is for the loss of one set of texts, and this method reads two",
               "train with lethe train, model.train.set, retrain or goldfish");
  }
  return std::make_unique<PrivateStep>(
      parameters, privacy_plan(options, *data.data), options);
}

}  // namespace lethe
