// A pass that is cut at a down projection, in every way that families lay out
// norms, gates and weights.
#include "harness/model/mlp_state.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

struct Kind {
  std::string name;
  Json more;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"llama", Json::object()},
      {"gpt2",
       {{"n_embd", 8}, {"n_layer", 3}, {"n_head", 2}, {"n_positions", 32}}},
      {"gpt_neox", {{"rotary_pct", 0.5}}},
      {"phi", {{"partial_rotary_factor", 0.5}}},
      {"phi3", {{"pad_token_id", 0}}},
      {"gemma2", {{"query_pre_attn_scalar", 4}, {"head_dim", 4}}},
      {"olmo2", Json::object()},
      {"opt",
       {{"ffn_dim", 12},
        {"do_layer_norm_before", false},
        {"word_embed_proj_dim", 6}}},
  };
  return all;
}

std::shared_ptr<Model> small(const Kind& kind) {
  Json config = {{"model_type", kind.name},  {"vocab_size", 19},
                 {"hidden_size", 8},         {"num_hidden_layers", 3},
                 {"num_attention_heads", 2}, {"num_key_value_heads", 2},
                 {"intermediate_size", 12},  {"max_position_embeddings", 32},
                 {"initializer_range", 0.4}};
  config.update(kind.more);
  return Model::create(config, test_compute(), 3);
}

Ragged some_rows() {
  return ragged({{3, 1, 4, 1, 5}, {9, 2}, {6, 5, 3, 5}}, test_compute().device);
}

double largest(const Tensor& difference) {
  return difference.abs().max().item<double>();
}

TEST(MlpState, TwoHalvesAreThePass) {
  const at::NoGradGuard no_gradients;
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    const auto model = small(kind);
    Ragged rows = some_rows();
    const Tensor whole = model->hidden(rows);
    for (int64_t layer = 0; layer < 3; ++layer) {
      const MlpState state = model->mlp_state(rows, layer);
      const Tensor outputs = down_outputs(*model, layer, state);
      EXPECT_EQ(state.keys.size(1), model->weights().layers[0].mlp.down.in());
      EXPECT_LT(
          largest(model->hidden_from(rows, layer, state, outputs) - whole),
          1e-6);
      Ragged some = rows;
      some.wanted = int_tensor({10, 2}, model->device());
      const Tensor part = model->hidden_from(
          some, layer, model->mlp_state(some, layer), outputs);
      EXPECT_LT(largest(part - whole.index_select(0, some.wanted)), 1e-6);
    }
  }
}

// What is added at one token is seen there and behind it in its row.
TEST(MlpState, ChangesReachLaterTokensOfTheRowAlone) {
  const at::NoGradGuard no_gradients;
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    const auto model = small(kind);
    const Ragged rows = some_rows();
    const MlpState state = model->mlp_state(rows, 1);
    Tensor outputs = down_outputs(*model, 1, state).clone();
    outputs[2] += at::arange(8, outputs.options()) - 3;
    const Tensor off =
        (model->hidden_from(rows, 1, state, outputs) - model->hidden(rows))
            .abs()
            .amax(1);
    for (int64_t t = 0; t < rows.tokens(); ++t) {
      const double moved = off[t].item<double>();
      EXPECT_EQ(moved > 1e-4, t >= 2 && t < 5) << t;
      EXPECT_TRUE(moved > 1e-4 || moved < 1e-6) << t;
    }
  }
}

TEST(MlpState, GivesGradientsOfOutputs) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    const auto model = small(kind);
    const Ragged rows = some_rows();
    const auto loss = [&](const Tensor& outputs, const MlpState& state) {
      const Tensor states = model->hidden_from(rows, 0, state, outputs);
      return (states * at::arange(states.size(1), states.options())).sum();
    };
    MlpState state;
    Tensor outputs, step;
    {
      const at::NoGradGuard no_gradients;
      state = model->mlp_state(rows, 0);
      outputs = down_outputs(*model, 0, state);
      step = at::zeros_like(outputs);
      step[1][3] = 1e-2;
    }
    const Tensor at_point = outputs.clone().requires_grad_(true);
    loss(at_point, state).backward();
    const double slope =
        (loss(outputs + step, state) - loss(outputs - step, state))
            .item<double>() /
        2e-2;
    const double ours = at_point.grad()[1][3].item<double>();
    EXPECT_NEAR(ours, slope, 0.02 * std::max(1.0, std::abs(slope)));
    EXPECT_GT(std::abs(slope), 1e-3);
  }
}

TEST(MlpState, RefusesMixturesAndLayersThatAreNotThere) {
  const Kind mixtral = {"mixtral", {{"num_local_experts", 4}}};
  EXPECT_THROW(small(mixtral)->mlp_state(some_rows(), 0), Error);
  const auto llama = small(kinds().front());
  EXPECT_THROW(llama->mlp_state(some_rows(), 3), Error);
  EXPECT_THROW(llama->mlp_state(some_rows(), -1), Error);
}

}  // namespace
}  // namespace lethe
