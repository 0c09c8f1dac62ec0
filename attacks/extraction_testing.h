// A tiny random model as a target without a tokenizer, and texts of its ids.
#pragma once

#include <memory>
#include <vector>

#include "harness/base/registry.h"
#include "harness/model/test_fixtures.h"
#include "harness/target/model_target.h"

namespace lethe {

// `eos`: its end-of-text id; none when negative.
inline std::shared_ptr<const ModelTarget> tiny_target(int64_t vocabulary,
                                                      int64_t eos = -1) {
  Json config = {{"model_type", "llama"},
                 {"vocab_size", vocabulary},
                 {"hidden_size", 16},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 2},
                 {"intermediate_size", 24},
                 {"max_position_embeddings", 64},
                 {"initializer_range", 0.4}};
  if (eos >= 0) config["eos_token_id"] = eos;
  TargetOptions options;
  options.progress = false;
  return std::make_shared<ModelTarget>(Model::create(config, test_compute(), 3),
                                       nullptr, options);
}

// Texts of ids with `prefix` of them known.
inline Examples texts_of(const std::vector<std::vector<int64_t>>& texts,
                         int64_t prefix) {
  std::vector<DataRow> rows;
  for (const auto& ids : texts) {
    rows.push_back({{{"ids", ids}, {"prefix_tokens", prefix}},
                    "row " + std::to_string(rows.size() + 1)});
  }
  return make_examples(rows, nullptr, {});
}

// Log-prob of every next id after `ids`, by itself.
inline std::vector<double> next_logprobs(const Target& target,
                                         const std::vector<int64_t>& ids,
                                         int64_t vocabulary) {
  std::vector<ScoreItem> items;
  for (int64_t id = 0; id < vocabulary; ++id) {
    ScoreItem item{ids, static_cast<int64_t>(ids.size())};
    item.ids.push_back(id);
    items.push_back(std::move(item));
  }
  std::vector<double> all;
  for (const Likelihood& one : target.likelihoods(items)) {
    all.push_back(one.sum);
  }
  return all;
}

}  // namespace lethe
