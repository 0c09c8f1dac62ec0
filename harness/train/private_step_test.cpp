// The gradient of DP-SGD beside a loop over documents by hand, its noise by
// statistics, and its draws.
#include "harness/train/private_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/tensor/ops.h"
#include "harness/train/lora.h"
#include "harness/train/losses.h"
#include "harness/train/selection.h"
#include "harness/train/tiny_training.h"

namespace lethe {
namespace {

// So little noise that only the sum is left.
const Json kNoiseless = {{"dp_noise", 1e-9}, {"dp_clip", 0.5}, {"batch", 2},
                         {"dp_delta", 0.01}, {"lora_rank", 2}, {"seed", 7}};

PrivacyPlan plan_of(const TrainOptions& o, const TrainingSet& rows) {
  return privacy_plan(o, rows);
}

// Every number of the weights' gradients, float64; the gradients are cleared.
Tensor take(const NamedTensors& parameters) {
  std::vector<Tensor> all;
  for (const auto& [name, weight] : parameters) {
    const Tensor& grad = weight.grad();
    all.push_back(grad.defined() ? grad.flatten().to(at::kDouble)
                                 : at::zeros({weight.numel()}, at::kDouble));
    Tensor(weight).mutable_grad().reset();
  }
  return at::cat(all);
}

class PrivateGradient : public testing::TestWithParam<const char*> {
 protected:
  PrivateGradient() {
    const std::string kind = GetParam();
    model_ = tiny(31, kind == "tied");
    if (kind == "lora") {
      model_ = with_lora(*model_, o_);
      // Of fresh matrices one is 0, and so half of the gradients.
      const at::NoGradGuard no_gradients;
      for (const auto& [name, matrix] : lora_parameters(*model_)) {
        Tensor(matrix).add_(at::ones_like(matrix), 0.05);
      }
    }
    parameters_ = trained_parameters(*model_);
  }

  // Mean over the tokens of the document, by a backward pass over each row.
  Tensor by_hand(size_t document) const {
    int64_t tokens = 0;
    Tensor sum = at::zeros({}, at::kDouble);
    for (int64_t key = 0; key < rows_.size(); ++key) {
      if (rows_.rows()[key].example != document) continue;
      const Batch row = make_batch(rows_, {key}, model_->device());
      mean_nll(*model_, row).backward();
      sum = sum + take(parameters_) * static_cast<double>(row.supervised());
      tokens += row.supervised();
    }
    return sum / static_cast<double>(tokens);
  }

  Tensor released(const TrainOptions& o, const std::vector<int64_t>& keys) {
    step_ = std::make_unique<PrivateStep>(parameters_, plan_of(o, rows_), o);
    for (const Batch& batch : step_->batches(rows_, keys, model_->device())) {
      mean_nll(*model_, batch).backward();
      step_->passed();
    }
    step_->release(1);
    return take(parameters_) * step_->plan.expected;
  }

  std::vector<int64_t> keys_of(const std::vector<size_t>& documents) const {
    std::vector<int64_t> keys;
    for (const size_t document : documents) {
      for (int64_t key = 0; key < rows_.size(); ++key) {
        if (rows_.rows()[key].example == document) keys.push_back(key);
      }
    }
    return keys;
  }

  const TrainOptions o_ = options_of(kNoiseless);
  // 9 texts of 4 to 12 tokens in rows of 4: up to 3 rows, passes of 2.
  const TrainingSet rows_ =
      training_set(texts(9, "private"), {{"sequence_length", 4}});
  std::shared_ptr<Model> model_;
  NamedTensors parameters_;
  std::unique_ptr<PrivateStep> step_;
};
INSTANTIATE_TEST_SUITE_P(, PrivateGradient,
                         testing::Values("plain", "tied", "lora"));

double apart(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST_P(PrivateGradient, OfOneDocumentIsThatOfItsTextAlone) {
  TrainOptions wide = o_;
  wide.dp_clip = 1e6;
  wide.dp_noise = 1e-15;
  ASSERT_EQ(rows_.size(), 19);
  for (size_t document = 0; document < 9; ++document) {
    const Tensor wanted = by_hand(document);
    ASSERT_GT(wanted.norm().item<double>(), 0.01);
    EXPECT_LE(apart(released(wide, keys_of({document})), wanted), 1e-5);
    EXPECT_EQ(step_->clipped(), 0);
  }
}

TEST_P(PrivateGradient, IsTheSumOfClippedOnes) {
  const std::vector<size_t> drawn = {0, 2, 3, 7, 8};
  std::vector<double> norms;
  for (const size_t document : drawn) {
    norms.push_back(by_hand(document).norm().item<double>());
  }
  std::vector<double> sorted = norms;
  std::sort(sorted.begin(), sorted.end());
  TrainOptions o = o_;
  o.dp_clip = (sorted[1] + sorted[2]) / 2;  // two below, three above
  Tensor sum = at::zeros({}, at::kDouble);
  for (size_t i = 0; i < drawn.size(); ++i) {
    sum = sum + by_hand(drawn[i]) * std::min(1.0, o.dp_clip / norms[i]);
  }
  EXPECT_LE(apart(released(o, keys_of(drawn)), sum), 1e-5);
  EXPECT_EQ(step_->documents(), 5);
  EXPECT_DOUBLE_EQ(step_->clipped(), 3.0 / 5);
}

TEST_P(PrivateGradient, MovesByAtMostTheClipWithADocumentMore) {
  for (size_t more = 0; more < 9; ++more) {
    std::vector<size_t> others;
    for (size_t i = 0; i < 9; ++i) {
      if (i != more) others.push_back(i);
    }
    const Tensor without = released(o_, keys_of(others));
    others.push_back(more);
    const Tensor with = released(o_, keys_of(others));
    EXPECT_LE((with - without).norm().item<double>(), o_.dp_clip + 1e-5);
    EXPECT_GT((with - without).norm().item<double>(), 0.01);
  }
}

TEST_P(PrivateGradient, WithoutADocumentIsNoiseOnEveryWeight) {
  TrainOptions o = o_;
  o.dp_noise = 3;
  const Tensor noise = released(o, {});
  EXPECT_EQ((noise == 0).sum().item<int64_t>(), 0);
  const auto n = static_cast<double>(noise.numel());
  const double sd = 3 * o.dp_clip;
  EXPECT_NEAR(noise.mean().item<double>(), 0, 4 * sd / std::sqrt(n));
  EXPECT_NEAR(noise.std().item<double>(), sd, 4 * sd / std::sqrt(2 * n));
  EXPECT_TRUE(at::equal(noise, released(o, {})));
  TrainOptions other = o;
  other.seed = 8;
  EXPECT_FALSE(at::equal(noise, released(other, {})));
  EXPECT_TRUE(std::isnan(step_->clipped()));
}

TEST(PrivateStep, AGradientThatIsNotFiniteAddsNothing) {
  const TrainOptions o = options_of(kNoiseless);
  const TrainingSet rows = training_set(texts(3, "private"));
  const Tensor w = at::zeros({4}).requires_grad_(true);
  const NamedTensors parameters = {{"w", w}};
  PrivateStep step(parameters, plan_of(o, rows), o);
  const auto batches = step.batches(rows, {0, 1, 2}, at::Device(at::kCPU));
  ASSERT_EQ(batches.size(), 3u);
  const std::vector<Tensor> gradients = {
      at::full({4}, 0.1F), at::full({4}, NAN), at::full({4}, INFINITY)};
  for (const Tensor& gradient : gradients) {
    Tensor(w).mutable_grad() = gradient.clone();
    step.passed();
    EXPECT_FALSE(w.grad().defined());
  }
  step.release(1);
  EXPECT_LE(apart(w.grad() * 2, at::full({4}, 0.1F)), 1e-6) << "expected 2";
  EXPECT_DOUBLE_EQ(step.clipped(), 2.0 / 3);
  EXPECT_TRUE(step.weights_are_finite());
  w.detach().fill_(NAN);
  EXPECT_FALSE(step.weights_are_finite());
}

TEST(PrivateNoise, IsNormalAndIndependentOfPlaceStepAndKey) {
  constexpr int64_t n = 200001;  // an odd number: a pair is cut
  const auto drawn = [](uint64_t key, int64_t step) {
    const Tensor sum = at::zeros({n});
    add_noise(sum, 2, key, step);
    return sum.to(at::kDouble) / 2;
  };
  const Tensor noise = drawn(5, 1);
  const double root = std::sqrt(static_cast<double>(n));
  EXPECT_NEAR(noise.mean().item<double>(), 0, 4 / root);
  EXPECT_NEAR(noise.square().mean().item<double>(), 1, 4 * 1.42 / root);
  EXPECT_NEAR(noise.pow(4).mean().item<double>(), 3, 4 * 9.8 / root);
  // Kolmogorov and Smirnov's distance; 1.95 / sqrt(n) at one in a thousand.
  const Tensor below = at::special_ndtr(std::get<0>(noise.sort()));
  const Tensor share = (at::arange(n, at::kDouble) + 0.5) / n;
  EXPECT_LE(apart(below, share), 1.95 / root);
  const auto correlation = [&](const Tensor& a, const Tensor& b) {
    return (a * b).mean().item<double>() * root;
  };
  EXPECT_LE(std::abs(correlation(noise.slice(0, 0, n - 1), noise.slice(0, 1))),
            4);
  EXPECT_LE(std::abs(correlation(noise, drawn(5, 2))), 4);
  EXPECT_LE(std::abs(correlation(noise, drawn(6, 1))), 4);
  EXPECT_TRUE(at::equal(noise, drawn(5, 1)));
}

TEST(PrivateNoise, OfALongTensorGoesOnWhereItsPartsEnd) {
  constexpr int64_t n = (1 << 20) + 11;  // parts of 2^20 numbers
  const Tensor all = at::zeros({n});
  add_noise(all, 1, 3, 4);
  const Tensor first = all.slice(0, 0, 11), last = all.slice(0, n - 11);
  EXPECT_GT(apart(first, last), 0.1);
  EXPECT_EQ((last == 0).sum().item<int64_t>(), 0);
}

TEST(PrivateDraws, EveryDocumentIsDrawnByItselfAtTheRate) {
  const TrainingSet rows =
      training_set(texts(20, "private"), {{"sequence_length", 4}});
  const TrainOptions o = options_of(kNoiseless);  // 2 of 20 expected
  constexpr int kSteps = 4000;
  std::map<size_t, int> times;
  double total = 0, squares = 0;
  int empty = 0;
  for (int step = 1; step <= kSteps; ++step) {
    const auto keys = rows_of_drawn(o, rows, step);
    std::map<size_t, int64_t> found;  // rows of each document
    for (const int64_t key : keys) ++found[rows.rows()[key].example];
    for (const auto& [document, count] : found) {
      ++times[document];
      EXPECT_EQ(count, std::count_if(rows.rows().begin(), rows.rows().end(),
                                     [id = document](const TrainingRow& row) {
                                       return row.example == id;
                                     }));
    }
    const auto drawn = static_cast<double>(found.size());
    total += drawn;
    squares += drawn * drawn;
    empty += found.empty() ? 1 : 0;
  }
  const double mean = total / kSteps;
  EXPECT_NEAR(mean, 2, 0.09);                              // 4 errors
  EXPECT_NEAR(squares / kSteps - mean * mean, 1.8, 0.18);  // 20 q (1 - q)
  EXPECT_NEAR(empty, kSteps * std::pow(0.9, 20), 4 * 21);  // 12 %
  ASSERT_EQ(times.size(), 20u);
  for (const auto& [document, count] : times) {
    EXPECT_NEAR(count, kSteps * 0.1, 4 * 19) << document;
  }
  EXPECT_EQ(rows_of_drawn(o, rows, 9), rows_of_drawn(o, rows, 9));
}

TEST(PrivateDraws, NoPassHoldsRowsOfTwoDocuments) {
  const TrainingSet rows =
      training_set(texts(9, "private"), {{"sequence_length", 4}});
  std::vector<int64_t> keys;
  for (int64_t key = 0; key < rows.size(); ++key) keys.push_back(key);
  std::vector<int64_t> again;
  for (const auto& pass : document_passes(rows, keys, 2)) {
    EXPECT_LE(pass.size(), 2u);
    for (const int64_t key : pass) {
      EXPECT_EQ(rows.rows()[key].example, rows.rows()[pass[0]].example);
      again.push_back(key);
    }
  }
  EXPECT_EQ(again, keys);
}

}  // namespace
}  // namespace lethe
