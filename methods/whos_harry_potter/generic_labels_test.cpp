// Generic labels against the formula, made of whole blocks of logits.
#include "methods/whos_harry_potter/generic_labels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/tensor/ops.h"
#include "harness/train/tiny_training.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

std::shared_ptr<Model> other_tiny() {
  const std::shared_ptr<Model> model = tiny();
  const at::NoGradGuard guard;
  for (const auto& [name, weight] : model->parameters()) {
    Tensor(weight).mul_(0.7).add_(0.01);
  }
  return model;
}

// [T, V] logits of one row.
Tensor logits_of(const Model& model, const Ids& ids) {
  const at::NoGradGuard guard;
  return logits(model, ragged({ids}, model.device()));
}

GenericBlock same(const Ids& ids) {
  GenericBlock block;
  block.ids = block.translated = ids;
  for (size_t t = 0; t < ids.size(); ++t) {
    block.places.push_back(static_cast<int64_t>(t));
  }
  return block;
}

TEST(GenericLogits, LowerOnlyWhatReinforcementRaised) {
  const Tensor baseline = at::tensor({1.0, 2.0, 3.0}).view({1, 3});
  const Tensor reinforced = at::tensor({3.0, 1.0, 3.5}).view({1, 3});
  const Tensor v = generic_logits(baseline, reinforced, 2);
  EXPECT_DOUBLE_EQ(v[0][0].item<double>(), 1 - 2 * 2);
  EXPECT_DOUBLE_EQ(v[0][1].item<double>(), 2);
  EXPECT_DOUBLE_EQ(v[0][2].item<double>(), 3 - 2 * 0.5);
  EXPECT_TRUE(generic_logits(baseline, reinforced, 0).equal(baseline));
}

TEST(GenericLabels, AreTheHighestLogitsBehindEachPlace) {
  const auto baseline = tiny(), reinforced = other_tiny();
  GenericBlock block = same({3, 9, 4, 12, 7, 20});
  // The translation is longer by one token behind place 2.
  block.translated = {3, 9, 5, 6, 12, 7, 20};
  block.places = {0, 1, 2, 4, 5, -1};
  const GenericBlock plain = same({8, 2, 30});
  const double alpha = 3;
  const auto labels =
      generic_labels(*baseline, reinforced.get(), {block, plain}, {alpha, 0});
  ASSERT_EQ(labels.size(), 2U);
  const Tensor v_base = logits_of(*baseline, block.translated);
  const Tensor v_more = logits_of(*reinforced, block.ids);
  for (const int64_t t : {1, 2, 3, 4}) {
    const Tensor base = v_base[block.places[t] - 1];
    const Tensor v = base - (v_more[t - 1] - base).clamp_min(0) * alpha;
    const GenericLabel& label = labels[0][t];
    EXPECT_EQ(label.id, v.argmax().item<int64_t>()) << t;
    EXPECT_NEAR(label.probability,
                at::softmax(base, 0)[label.id].item<double>(), 1e-6);
  }
  EXPECT_EQ(labels[0][0].id, -1);
  EXPECT_EQ(labels[0][5].id, -1);
  const Tensor second = logits_of(*baseline, plain.ids);
  const Tensor more = logits_of(*reinforced, plain.ids);
  EXPECT_EQ(labels[1][2].id,
            generic_logits(second[1], more[1], alpha).argmax().item<int64_t>());
}

TEST(GenericLabels, WithoutAlphaAreTheBaselinesOwn) {
  const auto model = tiny();
  const GenericBlock block = same({3, 9, 4, 12});
  const auto labels = generic_labels(*model, nullptr, {block}, {5, 5});
  const Tensor v = logits_of(*model, block.ids);
  for (const int64_t t : {1, 2, 3}) {
    EXPECT_EQ(labels[0][t].id, v[t - 1].argmax().item<int64_t>());
  }
}

TEST(GenericLabels, EarlierTranslationsAreLoweredFromTheirPlaceOn) {
  const auto model = tiny();
  GenericBlock block = same({3, 9, 4, 12});
  const auto free = generic_labels(*model, nullptr, {block}, {0, 5});
  // What is said at place 2 loses enough not to be said there, and later.
  const int64_t said = free[0][2].id;
  block.lowered = {{2, said}, {2, said}, {3, said}};  // counts once
  const auto labels = generic_labels(*model, nullptr, {block}, {0, 1e4});
  EXPECT_EQ(labels[0][1].id, free[0][1].id);
  EXPECT_NE(labels[0][2].id, said);
  EXPECT_NE(labels[0][3].id, said);
  // By a small penalty only the order of near ones changes.
  const Tensor v = logits_of(*model, block.ids)[1];
  Tensor lowered = v.clone();
  lowered[said] -= 0.5;
  EXPECT_EQ(generic_labels(*model, nullptr, {block}, {0, 0.5})[0][2].id,
            lowered.argmax().item<int64_t>());
}

TEST(GenericLabels, SomeTokensAreLoweredEverywhere) {
  const auto model = tiny();
  const GenericBlock block = same({3, 9, 4, 12});
  const auto free = generic_labels(*model, nullptr, {block}, {0, 5});
  GenericOptions options{0, 5};
  options.everywhere = {free[0][1].id, free[0][3].id, free[0][3].id};
  options.everywhere_penalty = 1e4;
  const auto labels = generic_labels(*model, nullptr, {block}, options);
  for (const int64_t t : {1, 2, 3}) {
    for (const int64_t id : options.everywhere) EXPECT_NE(labels[0][t].id, id);
    EXPECT_LE(labels[0][t].probability, free[0][t].probability)
        << "the baseline's, unlowered";
  }
}

TEST(GenericLabels, AreTokensAlone) {
  const auto model = tiny();
  const GenericBlock block = same({3, 9, 4, 12, 7, 2, 22});
  const auto labels =
      generic_labels(*model, nullptr, {block}, {.alpha = 0, .tokens = 3});
  const Tensor v = logits_of(*model, block.ids);
  for (const int64_t t : {1, 2, 3, 4, 5, 6}) {
    EXPECT_EQ(labels[0][t].id,
              v[t - 1].narrow(0, 0, 3).argmax().item<int64_t>());
  }
}

TEST(GenericLabels, OfNothingAreNothing) {
  const auto model = tiny();
  EXPECT_TRUE(generic_labels(*model, nullptr, {}, {}).empty());
  GenericBlock block = same({3, 9});
  block.places = {-1, -1};
  const auto labels = generic_labels(*model, nullptr, {block}, {});
  EXPECT_EQ(labels[0][1].id, -1);
}

}  // namespace
}  // namespace lethe
