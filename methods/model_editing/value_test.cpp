// Values that are searched, and models that are edited with them.
#include "methods/model_editing/value.h"

#include <gtest/gtest.h>

#include "harness/model/mlp_state.h"
#include "harness/model/test_fixtures.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"
#include "methods/model_editing/update.h"

namespace lethe {
namespace {

std::shared_ptr<const Model> small(const std::string& family) {
  const Json config = {{"model_type", family},
                       {"vocab_size", 31},
                       {"hidden_size", 8},
                       {"num_hidden_layers", 3},
                       {"num_attention_heads", 2},
                       {"num_key_value_heads", 1},
                       {"intermediate_size", 12},
                       {"n_embd", 8},
                       {"n_layer", 3},
                       {"n_head", 2},
                       {"head_dim", 4},
                       {"rotary_pct", 0.5},
                       {"max_position_embeddings", 64},
                       {"initializer_range", 0.3}};
  return Model::create(config, test_compute(), 3)
      ->with_weights([](DecoderWeights& w) {
        for (Tensor* tensor : w.tensors()) {
          if (tensor->defined()) *tensor = tensor->detach();
        }
      });
}

Fact some_fact() {
  Fact fact;
  fact.prompt = {1, 7, 9, 12, 4};
  fact.leading = 1;
  fact.key = 3;
  fact.target = {11, 17, 3};
  fact.essence = {1, 9, 12, 5};
  fact.essence_key = 2;
  return fact;
}

// The geometric mean over tokens of the target's probability.
double probability(const Model& model, const Fact& fact) {
  Ids ids = fact.prompt;
  ids.insert(ids.end(), fact.target.begin(), fact.target.end());
  const auto result =
      likelihoods(model, {{ids, static_cast<int64_t>(fact.prompt.size())}});
  return std::exp(result.likelihoods[0].sum /
                  static_cast<double>(fact.target.size()));
}

ValueOptions quick() {
  ValueOptions o;
  o.lr = 0.1;
  o.steps = 15;
  o.weight_decay = 0;
  return o;
}

TEST(Value, RaisesTheTarget) {
  const auto model = small("llama");
  int64_t tokens = 0;
  const FoundValue found =
      find_value(*model, 0, some_fact(), {{}, {5, 6}}, quick(), &tokens);
  EXPECT_GT(found.probability, 1.5 * found.probability_before);
  EXPECT_EQ(tokens, 15 * (7 + 9 + 4));
  EXPECT_LT(
      (found.value - found.delta -
       key_states(*model, 0, some_fact(), {{}}, &tokens).outputs.squeeze(0))
          .abs()
          .max()
          .item<double>(),
      1e-6);
}

TEST(Value, ErasesTheTarget) {
  const auto model = small("llama");
  ValueOptions o = quick();
  o.erase = true;
  int64_t tokens = 0;
  const FoundValue found = find_value(*model, 0, some_fact(), {{}}, o, &tokens);
  EXPECT_NEAR(found.probability_before, probability(*model, some_fact()), 1e-6);
  EXPECT_LT(found.probability, 0.7 * found.probability_before);
}

TEST(Value, StaysWithinTheClamp) {
  const auto model = small("llama");
  ValueOptions o = quick();
  o.clamp = 0.25;
  int64_t tokens = 0;
  for (const bool of_block : {false, true}) {
    o.of_block = of_block;
    const FoundValue found =
        find_value(*model, 0, some_fact(), {{}}, o, &tokens);
    const double start = (found.value - found.delta).norm().item<double>();
    EXPECT_NEAR(found.delta.norm().item<double>(), 0.25 * start, 1e-5);
  }
}

TEST(Value, KeepsWhatTheSubjectIs) {
  const auto model = small("llama");
  ValueOptions o = quick();
  o.kl = 0;
  int64_t tokens = 0;
  const Tensor free =
      find_value(*model, 0, some_fact(), {{}}, o, &tokens).delta;
  EXPECT_EQ(tokens, 15 * 7) << "the essence prompt is run without a weight";
  o.kl = 100;
  const Tensor held =
      find_value(*model, 0, some_fact(), {{}}, o, &tokens).delta;
  EXPECT_LT(held.norm().item<double>(), 0.7 * free.norm().item<double>());
}

TEST(Value, HasWeightDecay) {
  const auto model = small("llama");
  ValueOptions o = quick();
  o.weight_decay = 0.5;
  int64_t tokens = 0;
  const Tensor held =
      find_value(*model, 0, some_fact(), {{}}, o, &tokens).delta;
  const Tensor free =
      find_value(*model, 0, some_fact(), {{}}, quick(), &tokens).delta;
  EXPECT_LT(held.norm().item<double>(), 0.7 * free.norm().item<double>());
}

// The keys of all tokens of the fact but the edited one, as a second moment.
Tensor moment_of_others(const Model& model, const Fact& fact) {
  Ids ids = fact.prompt;
  ids.insert(ids.end(), fact.target.begin(), fact.target.end() - 1);
  const Tensor keys =
      model.mlp_state(ragged({ids}, model.device()), 1).keys.detach().clone();
  keys[fact.key].zero_();
  return keys.t().matmul(keys);
}

// The model with the new weights says what the model with the changed state
// said, wherever norms stand and however weights lie: the bare prompt's key has
// the value that was found, and the other tokens' keys kept theirs.
TEST(EditedModel, SaysWhatTheValueSaid) {
  for (const char* family :
       {"llama", "gpt2", "gpt_neox", "gemma2", "olmo2", "phi3"}) {
    SCOPED_TRACE(family);
    const auto model = small(family);
    const Fact fact = some_fact();
    int64_t tokens = 0;
    ValueOptions o = quick();
    o.lr = 0.05;
    o.steps = 40;
    const FoundValue found = find_value(*model, 1, fact, {{}}, o, &tokens);
    const KeyStates own = key_states(*model, 1, fact, {{}}, &tokens);
    const Tensor update = rome_update(
        found.value - own.outputs.squeeze(0), own.keys.squeeze(0),
        cholesky_factor(with_ridge(moment_of_others(*model, fact), 1e-6)));
    const auto edited =
        with_down_weight(*model, 1, down_weight(*model, 1) + update);
    EXPECT_NEAR(probability(*edited, fact), found.probability,
                1e-3 * found.probability);
    EXPECT_GT(found.probability, 1.05 * probability(*model, fact));
    const KeyStates after = key_states(*edited, 1, fact, {{}}, &tokens);
    const Tensor off = after.outputs.squeeze(0) - found.value;
    EXPECT_LT(off.abs().max().item<double>(), 1e-5);
  }
}

TEST(Prefixes, ArePiecesOfTexts) {
  Example e;
  e.ids = {0, 11, 12, 13, 14, 15, 16, 1};
  e.leading = e.trailing = 1;
  const std::vector<Ids> drawn = drawn_prefixes({e}, 40, 3);
  ASSERT_EQ(drawn.size(), 41U);
  EXPECT_TRUE(drawn[0].empty());
  std::set<Ids> different;
  for (size_t i = 1; i < drawn.size(); ++i) {
    ASSERT_EQ(drawn[i].size(), 3U);
    EXPECT_TRUE(drawn[i][0] >= 11 && drawn[i][2] <= 16);
    EXPECT_EQ(drawn[i][2] - drawn[i][0], 2);
    different.insert(drawn[i]);
  }
  EXPECT_EQ(different.size(), 4U) << "some pieces are never drawn";
  EXPECT_EQ(drawn_prefixes({e}, 2, 30)[1].size(), 6U);
  EXPECT_THROW(drawn_prefixes({}, 2, 3), Error);
  EXPECT_EQ(drawn_prefixes({}, 0, 3).size(), 1U);
}

TEST(Prefixes, StandBehindTheLeadingSpecials) {
  EXPECT_EQ(behind({50, 51}, some_fact(), 4), (Ids{1, 50, 51, 7, 9, 12}));
}

TEST(KeyMoment, IsTheMeanOverAtMostSoManyTokens) {
  const auto model = small("llama");
  Examples texts(4);
  for (size_t i = 0; i < 4; ++i) {
    for (int64_t t = 0; t < 6; ++t) {
      texts[i].ids.push_back((7 * static_cast<int64_t>(i) + 3 * t) % 31);
    }
  }
  const TrainingSet rows(texts, parse_train_options(Json::object()), 64, {});
  int64_t tokens = 0;
  const Tensor all = key_moment(*model, 1, rows, 1000, &tokens);
  EXPECT_EQ(tokens, 24);
  const Tensor some = key_moment(*model, 1, rows, 8, &tokens);
  EXPECT_EQ(tokens, 24 + 8);
  EXPECT_GT((all - some).abs().max().item<double>(), 1e-4);
  EXPECT_LT((all - all.t()).abs().max().item<double>(), 1e-7);
}

}  // namespace
}  // namespace lethe
