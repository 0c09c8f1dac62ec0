// Losses in chunks of the vocabulary against the plain ones, with gradients.
#include "harness/train/head_loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "harness/train/test_step.h"
#include "harness/train/tiny_training.h"

namespace lethe {
namespace {

// The gradients of every weight, which are then cleared.
std::vector<Tensor> gradients(const Model& model, const Tensor& loss) {
  loss.backward();
  std::vector<Tensor> all;
  for (const auto& [name, weight] : model.parameters()) {
    all.push_back(weight.grad().clone());
    Tensor(weight).mutable_grad().reset();
  }
  return all;
}

void expect_near(const std::vector<Tensor>& got,
                 const std::vector<Tensor>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    const double largest = want[i].abs().max().item<double>();
    EXPECT_GT(largest, 0);
    EXPECT_LE((got[i] - want[i]).abs().max().item<double>(),
              2e-5 * std::max(1.0, largest));
  }
}

// A vocabulary of 60,000 takes the product in chunks of some 450 tokens, some
// rows in several. The head of phi has a bias, that of gemma2 a soft cap.
struct HeadCase {
  int64_t vocab;
  bool tied;
  std::string family = "llama";
};

class HeadLosses : public testing::TestWithParam<HeadCase> {
 protected:
  void SetUp() override {
    const auto [vocab, tied, family] = GetParam();
    model_ = tiny(vocab, tied, family);
    Examples all = texts(12, "head", vocab);
    if (vocab > 1000) {
      all = {all[10], repeated(all[9], 38), all[11]};
    }
    const TrainingSet set(all, options_of(Json::object()), 512, {30});
    Ids keys(all.size());
    std::iota(keys.begin(), keys.end(), 0);
    batch_ = make_batch(set, keys, model_->device());
    // Every token weighs something else.
    weights_ = at::linspace(-1, 2, batch_.supervised()).to(model_->device());
  }
  static Example repeated(Example e, int times) {
    const Ids once = e.ids;
    for (int i = 1; i < times; ++i) {
      e.ids.insert(e.ids.end(), once.begin(), once.end());
    }
    return e;
  }
  Tensor scored_logits() const {
    return logits(*model_, batch_.rows).index_select(0, batch_.scored);
  }

  std::shared_ptr<Model> model_;
  Batch batch_;
  Tensor weights_;
};

TEST_P(HeadLosses, TokenNllIsThePlainCrossEntropyWithItsGradient) {
  const Tensor got = token_nll(*model_, batch_);
  const Tensor want = at::cross_entropy_loss(scored_logits(), batch_.targets,
                                             {}, at::Reduction::None);
  EXPECT_LE((got - want).abs().max().item<double>(), 2e-5);
  expect_near(gradients(*model_, (got * weights_).sum()),
              gradients(*model_, (want * weights_).sum()));
}

TEST_P(HeadLosses, RowLossIsThatOfEachRowsTokensWithItsGradient) {
  const auto of_rows = [](const Tensor& sums, const Tensor& counts) {
    return at::log_sigmoid(sums * 0.1 - counts * 0.2).sum() / 3;
  };
  const Tensor got = row_loss(*model_, batch_, [&](const RowNlls& nlls) {
    EXPECT_GE(nlls.rows, 1);
    return of_rows(nlls.sums(), nlls.counts());
  });
  const Tensor nll = at::cross_entropy_loss(scored_logits(), batch_.targets, {},
                                            at::Reduction::None);
  const Tensor zeros = at::zeros({batch_.rows.rows()}, nll.options());
  const Tensor sums = zeros.index_add(0, batch_.row_of, nll);
  const Tensor counts =
      zeros.index_add(0, batch_.row_of, at::ones_like(nll.detach()));
  const Tensor want = of_rows(sums, counts);
  EXPECT_NEAR(got.item<double>(), want.item<double>(), 1e-5);
  expect_near(gradients(*model_, got * 2), gradients(*model_, want * 2));
  const at::NoGradGuard guard;
  const Tensor plain = row_loss(*model_, batch_, [&](const RowNlls& nlls) {
    return of_rows(nlls.sums(), nlls.counts());
  });
  EXPECT_NEAR(plain.item<double>(), want.item<double>(), 1e-5);
}

TEST_P(HeadLosses, TokenAndLogitsLossesAreSumsOverRangesWithTheirGradients) {
  const Tensor want = (at::cross_entropy_loss(scored_logits(), batch_.targets,
                                              {}, at::Reduction::None) *
                       weights_)
                          .sum();
  const Tensor by_token =
      token_loss(*model_, batch_, [&](const Tensor& nll, const TokenRange& r) {
        return (nll * weights_.narrow(0, r.begin, r.count)).sum();
      });
  const Tensor by_logits = logits_loss(
      *model_, batch_,
      [&](const Tensor& own, const Tensor& targets, const TokenRange& r) {
        return (at::cross_entropy_loss(own, targets, {}, at::Reduction::None) *
                weights_.narrow(0, r.begin, r.count))
            .sum();
      });
  const double near = 1e-5 * std::abs(want.item<double>());
  EXPECT_NEAR(by_token.item<double>(), want.item<double>(), near);
  EXPECT_NEAR(by_logits.item<double>(), want.item<double>(), near);
  const auto wanted = gradients(*model_, want);
  expect_near(gradients(*model_, by_token), wanted);
  expect_near(gradients(*model_, by_logits), wanted);
}

TEST_P(HeadLosses, RecomputedBlocksGiveTheSameGradients) {
  const auto loss = [&] { return mean_nll(*model_, batch_); };
  const auto want = gradients(*model_, loss());
  model_->recompute_blocks(true);
  expect_near(gradients(*model_, loss()), want);
}

TEST_P(HeadLosses, MeanKlIsThatOfTheWholeDistributionsWithItsGradient) {
  const auto [vocab, tied, family] = GetParam();
  const auto original = tiny(vocab, tied, family);
  {
    const at::NoGradGuard guard;
    for (const auto& [name, weight] : original->parameters()) {
      weight.detach().mul_(1.2);
    }
  }
  const Tensor logp = at::log_softmax(scored_logits(), 1);
  const Tensor logp0 = at::log_softmax(
      logits(*original, batch_.rows).index_select(0, batch_.scored).detach(),
      1);
  const Tensor want = (logp0.exp() * (logp0 - logp)).sum(1).mean();
  const Tensor got = kl_to(*model_, *original, batch_);
  EXPECT_GT(want.item<double>(), 1e-3);
  EXPECT_NEAR(got.item<double>(), want.item<double>(), 1e-5);
  expect_near(gradients(*model_, got), gradients(*model_, want));
  EXPECT_NEAR(kl_to(*model_, *model_, batch_).item<double>(), 0, 1e-6);
}

// Where the model is almost sure of a token, its gradient is the small rest.
TEST(NarrowHead, KeepsTheRestOfATokenThatIsAlmostSure) {
  const Tensor states = at::zeros({2, 4}).to(at::kBFloat16);
  states[0][0] = 1;
  states[1][1] = 1;
  states.requires_grad_(true);
  const Tensor weight = at::zeros({6, 4}).to(at::kBFloat16);
  weight[2][0] = 9;  // the others' logits are 0
  weight[4][1] = 2;
  weight.requires_grad_(true);
  const Head head{weight, {}, 0};
  const Tensor targets = at::tensor({2, 3}, at::kLong);
  const Tensor loss = nll_sum(states, head, targets);
  loss.backward();
  const double sure = std::exp(9) / (std::exp(9) + 5),
               unsure = 1 / (std::exp(2) + 5);
  EXPECT_NEAR(loss.item<double>(), -std::log(sure) - std::log(unsure), 1e-3);
  const auto near = [&](const Tensor& found, double want) {
    EXPECT_NEAR(found.item<double>(), want, 0.01 * std::abs(want));
  };
  near(weight.grad()[2][0], sure - 1);  // -6.2e-4
  near(weight.grad()[0][0], (1 - sure) / 5);
  near(weight.grad()[3][1], unsure - 1);
  near(states.grad()[0][0], 9 * (sure - 1));
}

INSTANTIATE_TEST_SUITE_P(, HeadLosses,
                         testing::Values(HeadCase{31, false},
                                         HeadCase{31, true},
                                         HeadCase{60000, false},
                                         HeadCase{31, false, "phi"},
                                         HeadCase{60000, true, "gemma2"}));

}  // namespace
}  // namespace lethe
