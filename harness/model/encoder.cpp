#include "harness/model/encoder.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/model/attention.h"
#include "harness/model/disentangled.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// [C, heads * D] as [heads, C, D].
Tensor by_head(const Tensor& states, int64_t heads) {
  return states.view({states.size(0), heads, -1}).transpose(0, 1);
}

int64_t longest(const Ragged& rows) {
  int64_t most = 1;
  for (int64_t b = 0; b < rows.rows(); ++b) {
    most = std::max(most, rows.length(b));
  }
  return most;
}

}  // namespace

Encoder::Encoder(EncoderConfig config, const Compute& compute,
                 WeightSource source)
    : config_(std::move(config)), compute_(compute) {
  weights_ =
      find_encoder(config_.model_type, "config").weights(config_, source);
  parameters_ = source.taken();
}

std::shared_ptr<const Encoder> Encoder::load(const ModelFolder& folder,
                                             const Compute& compute) {
  return std::shared_ptr<const Encoder>(
      new Encoder(read_encoder_config(folder.path()), compute,
                  stored_weights(folder, compute)));
}

void Encoder::check(const EncoderRow& row, const std::string& where) const {
  if (row.ids.empty()) {
    fail_input(where, "has no token ids", "give every row a text");
  }
  for (const int64_t id : row.ids) {
    if (id < 0 || id >= config_.vocab_size) {
      fail_input(where,
                 fmt::format("token id {} is not below the model's vocabulary "
                             "of {}",
                             id, config_.vocab_size),
                 "the tokenizer and the model do not belong together");
    }
  }
  if (!row.types.empty() && row.types.size() != row.ids.size()) {
    fail_input(where,
               fmt::format("{} type ids for {} token ids", row.types.size(),
                           row.ids.size()),
               "give one for each token");
  }
  // A family without segments has the one that all tokens are in.
  const int64_t types = std::max<int64_t>(1, config_.token_types);
  for (const int64_t type : row.types) {
    if (type < 0 || type >= types) {
      fail_input(where,
                 fmt::format("type id {} is not below the model's {} segments",
                             type, types),
                 "leave type_ids out");
    }
  }
  int64_t tokens = static_cast<int64_t>(row.ids.size());
  if (config_.padding_id) {
    tokens -= std::count(row.ids.begin(), row.ids.end(), *config_.padding_id);
  }
  if (const int64_t window = config_.window(); window > 0 && tokens > window) {
    fail_input(
        where,
        fmt::format("{} tokens, the model's window has {}", tokens, window),
        "cut the text in pieces");
  }
}

Tensor Encoder::norm(const Tensor& states, const NormWeights& weights) const {
  return at::layer_norm(states, {states.size(-1)}, weights.weight, weights.bias,
                        config_.norm_eps);
}

// Each token's row of the position table.
Tensor Encoder::positions(const Ragged& rows) const {
  if (!config_.padding_id) return rows.positions;
  const Tensor real = rows.ids.ne(*config_.padding_id).to(at::kLong);
  const Tensor count = real.cumsum(0);  // of all rows so far, itself included
  const Tensor row_start =
      at::arange(rows.tokens(), rows.ids.options()) - rows.positions;
  const Tensor before = (count - real).index_select(0, row_start);
  return (count - before) * real + *config_.padding_id;
}

Tensor Encoder::embed(const Ragged& rows, const Tensor& types,
                      const EmbeddingFactors& scaled) const {
  const EncoderWeights& w = weights_;
  Tensor states = at::embedding(w.embedding, rows.ids);
  if (scaled.places.defined()) {
    states = states.index_copy(
        0, scaled.places,
        states.index_select(0, scaled.places) * scaled.factors);
  }
  if (w.types.defined()) {
    states = states + (types.defined() ? at::embedding(w.types, types)
                                       : w.types.select(0, 0));
  }
  if (w.positions.defined()) {
    states = states + at::embedding(w.positions, positions(rows));
  }
  if (w.project.weight.defined()) states = apply(w.project, states);
  return norm(states, w.embedding_norm);
}

Tensor Encoder::block(const Ragged& rows, const Tensor& states, int64_t layer,
                      const Distances* distances) const {
  const auto at_layer = static_cast<size_t>(layer);
  const LayerWeights& w = weights_.layers[at_layer];
  const auto split = [&](const Linear& linear) {
    return apply(linear, states)
        .view({states.size(0), config_.heads, config_.head_dim()});
  };
  AttentionInput input;
  input.query = split(w.query);
  input.key = split(w.key);
  input.value = split(w.value);
  input.scale = 1 / std::sqrt(config_.score_parts *
                              static_cast<double>(config_.head_dim()));
  input.causal = false;
  if (distances != nullptr) {
    const RelativeAttention& relative = config_.relative;
    const auto projected = [&](const std::vector<Linear>& own,
                               const Linear& shared) {
      const Linear& linear = relative.shared ? shared : own[at_layer];
      return by_head(apply(linear, distances->table()), config_.heads);
    };
    Tensor keys, queries;
    if (relative.query_to_place) keys = projected(weights_.place_keys, w.key);
    if (relative.key_to_place) {
      queries = projected(weights_.place_queries, w.query);
    }
    input.bias = [=, scale = input.scale](const Tensor& q, const Tensor& k) {
      return distance_scores(*distances, q, k, keys, queries, scale);
    };
  }
  const Tensor attended = apply(w.output, attend(rows, input, nullptr, layer));
  const Tensor mixed = norm(attended + states, w.attention_norm);
  const Tensor inner = activate(apply(w.mlp.up, mixed), config_.activation);
  return norm(apply(w.mlp.down, inner) + mixed, w.mlp_norm);
}

// Beside the first block: each token's neighbours in its own row, zeros beyond
// its ends.
Tensor Encoder::convolve(const Ragged& rows, const Tensor& embedded,
                         const Tensor& states) const {
  std::vector<Tensor> parts;
  for (int64_t b = 0; b < rows.rows(); ++b) {
    if (rows.length(b) == 0) continue;
    const Tensor row = embedded.narrow(0, rows.offsets[b], rows.length(b));
    parts.push_back(at::conv1d(row.t().unsqueeze(0), weights_.convolution,
                               weights_.convolution_bias, 1,
                               config_.convolution / 2, 1,
                               config_.convolution_groups)
                        .squeeze(0)
                        .t());
  }
  return norm(
      states + activate(at::cat(parts, 0), config_.convolution_activation),
      weights_.convolution_norm);
}

std::vector<Tensor> Encoder::hidden_states(
    const Ragged& rows, const Tensor& types, const std::vector<int64_t>& layers,
    const EmbeddingFactors& scaled) const {
  std::vector<Tensor> kept(layers.size());
  const auto keep = [&](int64_t layer, const Tensor& states) {
    for (size_t i = 0; i < layers.size(); ++i) {
      if (layers[i] == layer) kept[i] = states;
    }
  };
  const int64_t last = *std::max_element(layers.begin(), layers.end());
  std::optional<Distances> distances;
  const RelativeAttention& relative = config_.relative;
  if (relative.query_to_place || relative.key_to_place) {
    distances.emplace(relative, longest(rows),
                      relative.norm
                          ? norm(weights_.distances, weights_.distance_norm)
                          : weights_.distances);
  }
  const Tensor embedded = embed(rows, types, scaled);
  keep(0, embedded);
  Tensor states = embedded;
  for (int64_t layer = 0; layer < last; ++layer) {
    states = block(rows, states, layer, distances ? &*distances : nullptr);
    if (layer == 0 && config_.convolution > 0) {
      states = convolve(rows, embedded, states);
    }
    keep(layer + 1, states);
  }
  return kept;
}

}  // namespace lethe
