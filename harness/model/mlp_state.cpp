#include "harness/model/mlp_state.h"

#include "harness/base/error.h"
#include "harness/tensor/ops.h"

namespace lethe {

MlpState Model::mlp_state(const Ragged& rows, int64_t layer) const {
  if (config_.experts > 0) {
    fail_usage(config_.model_type,
               fmt::format("its MLPs are mixtures of {} experts: there is no "
                           "one down projection",
                           config_.experts),
               "use a model with one MLP a block");
  }
  if (layer < 0 || layer >= config_.layers) {
    fail_usage("layer", fmt::format("is {}", layer),
               fmt::format("the model has blocks 0 to {}", config_.layers - 1));
  }
  Ragged all = rows;
  all.wanted = Tensor();
  const Halfway half =
      attended(all, blocks(all, layer, nullptr), layer, turns_of(all), nullptr);
  return {half.stream, mlp_keys(half.input, weights_.layers[layer].mlp)};
}

Tensor Model::hidden_from(const Ragged& rows, int64_t layer,
                          const MlpState& state, const Tensor& outputs) const {
  Tensor states = joined(layer, state.stream, outputs);
  const Tensor turns = turns_of(rows);
  for (int64_t next = layer + 1; next < config_.layers; ++next) {
    states = block(rows, states, next, turns, nullptr);
  }
  const bool last = layer + 1 == config_.layers;
  return finished(last && rows.wanted.defined()
                      ? states.index_select(0, rows.wanted)
                      : states);
}

Tensor down_outputs(const Model& model, int64_t layer, const MlpState& state) {
  return apply(model.weights().layers[layer].mlp.down, state.keys);
}

}  // namespace lethe
