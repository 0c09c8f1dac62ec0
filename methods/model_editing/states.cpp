#include "methods/model_editing/states.h"

#include <algorithm>

#include "harness/base/rng.h"
#include "harness/model/mlp_state.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {

std::vector<Ids> drawn_prefixes(const Examples& texts, int64_t count,
                                int64_t tokens) {
  std::vector<const Example*> long_enough, some;
  const auto own = [](const Example& e) {
    return static_cast<int64_t>(e.ids.size()) - e.leading - e.trailing;
  };
  for (const Example& e : texts) {
    if (own(e) > 0) some.push_back(&e);
    if (own(e) >= tokens) long_enough.push_back(&e);
  }
  const auto& from = long_enough.empty() ? some : long_enough;
  std::vector<Ids> prefixes(1);
  if (count > 0 && from.empty()) {
    fail_usage("contexts", "no retain text to draw contexts from",
               "give retain data, or set contexts=0");
  }
  Rng rng(0, "model editing contexts");
  for (int64_t i = 0; i < count; ++i) {
    const Example& e = *from[rng.below(from.size())];
    const int64_t length = std::min(tokens, own(e));
    const auto start = static_cast<int64_t>(
        rng.below(static_cast<uint64_t>(own(e) - length + 1)));
    const auto first = e.ids.begin() + e.leading + start;
    prefixes.emplace_back(first, first + length);
  }
  return prefixes;
}

Ids behind(const Ids& prefix, const Fact& fact, int64_t tokens) {
  const auto begin = fact.prompt.begin();
  Ids row(begin, begin + fact.leading);
  row.insert(row.end(), prefix.begin(), prefix.end());
  row.insert(row.end(), begin + fact.leading, begin + tokens);
  return row;
}

KeyStates key_states(const Model& model, int64_t layer, const Fact& fact,
                     const std::vector<Ids>& prefixes, int64_t* tokens) {
  const at::NoGradGuard no_gradients;
  std::vector<Ids> rows;
  for (const Ids& prefix : prefixes) {
    rows.push_back(behind(prefix, fact, fact.key + 1));
  }
  const Ragged ragged_rows = ragged(rows, model.device());
  std::vector<int64_t> last;
  for (int64_t b = 0; b < ragged_rows.rows(); ++b) {
    last.push_back(ragged_rows.offsets[b + 1] - 1);
  }
  const Tensor places = int_tensor(last, model.device());
  const MlpState all = model.mlp_state(ragged_rows, layer);
  const MlpState own{all.stream.index_select(0, places),
                     all.keys.index_select(0, places)};
  const Tensor outputs = down_outputs(model, layer, own).to(at::kFloat);
  *tokens += ragged_rows.tokens();
  return {own.keys.to(at::kFloat), outputs,
          own.stream.to(at::kFloat) + outputs};
}

Tensor key_moment(const Model& model, int64_t layer, const TrainingSet& rows,
                  int64_t most, int64_t* tokens) {
  const at::NoGradGuard no_gradients;
  const auto order = Rng(0, "model editing moment").permutation(rows.size());
  const int64_t batch = default_batch_tokens(model.device());
  Tensor sum;
  int64_t counted = 0;
  for (size_t i = 0; i < order.size() && counted < most;) {
    std::vector<Ids> ids;
    int64_t own = 0;
    while (i < order.size() && own < batch && counted + own < most) {
      ids.push_back(rows.rows()[static_cast<size_t>(order[i++])].ids);
      const int64_t left = most - counted - own;
      if (static_cast<int64_t>(ids.back().size()) > left) {
        ids.back().resize(static_cast<size_t>(left));
      }
      own += static_cast<int64_t>(ids.back().size());
    }
    const Tensor keys =
        model.mlp_state(ragged(ids, model.device()), layer).keys.to(at::kFloat);
    if (!sum.defined()) {
      sum = at::zeros({keys.size(1), keys.size(1)}, keys.options());
    }
    sum.addmm_(keys.t(), keys);
    counted += own;
  }
  *tokens += counted;
  return sum.div_(static_cast<double>(std::max<int64_t>(1, counted)));
}

Tensor down_weight(const Model& model, int64_t layer) {
  const Linear& down = model.weights().layers[layer].mlp.down;
  const Tensor weight = down.transposed ? down.weight.t() : down.weight;
  return weight.detach().to(at::kDouble, false, /*copy=*/true);
}

std::shared_ptr<const Model> with_down_weight(const Model& model, int64_t layer,
                                              const Tensor& weight) {
  return model.with_weights([&](DecoderWeights& all) {
    Linear& down = all.layers[layer].mlp.down;
    const Tensor own = weight.to(down.weight.scalar_type()).contiguous();
    down.weight = down.transposed ? own.t() : own;
  });
}

}  // namespace lethe
