// A tiny model and texts for it, for tests of training.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/train/batch.h"

namespace lethe {

using Ids = std::vector<int64_t>;

inline std::shared_ptr<Model> tiny(int64_t vocab = 31, bool tied = false,
                                   const std::string& family = "llama") {
  const Json config = {{"model_type", family},
                       {"vocab_size", vocab},
                       {"hidden_size", 8},
                       {"num_hidden_layers", 2},
                       {"num_attention_heads", 2},
                       {"num_key_value_heads", 1},
                       {"intermediate_size", 12},
                       {"max_position_embeddings", 512},
                       {"initializer_range", 0.3},
                       {"tie_word_embeddings", tied},
                       {"head_dim", 4},
                       {"final_logit_softcapping", 3.0}};
  return Model::create(config, test_compute(), 3);
}

// Texts of lengths 4, 5, 6, ...: means of means would not be means.
inline Examples texts(int64_t count, const std::string& name,
                      int64_t vocab = 31) {
  Rng rng(5, name);
  Examples all;
  for (int64_t i = 0; i < count; ++i) {
    Example e;
    for (int64_t t = 0; t < 4 + i; ++t) {
      e.ids.push_back(
          static_cast<int64_t>(rng.below(static_cast<uint64_t>(vocab))));
    }
    all.push_back(e);
  }
  return all;
}

inline TrainOptions options_of(const Json& given) {
  Json all = {{"lr", 0.01}, {"eps", 1e-3}, {"checkpoint_seconds", 0.0}};
  all.update(given);
  return parse_train_options(all);
}

inline TrainingSet training_set(const Examples& examples,
                                const Json& given = {}) {
  return {
      examples, options_of(given.is_null() ? Json::object() : given), 64, {30}};
}

// The configuration of a small Llama that knows 23 tokens.
inline Json small_llama(int64_t layers = 2) {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"vocab_size", 23},
          {"hidden_size", 8},
          {"num_hidden_layers", layers},
          {"num_attention_heads", 2},
          {"num_key_value_heads", 1},
          {"intermediate_size", 12},
          {"max_position_embeddings", 32},
          {"initializer_range", 0.4},
          {"head_dim", 4}};
}

// Rows for it of these lengths, drawn by the name.
inline TrainingSet small_rows(const Ids& lengths, const std::string& name,
                              Side side = Side::forget) {
  Rng rng(1, name);
  Examples all;
  for (const int64_t length : lengths) {
    Example e;
    for (int64_t t = 0; t < length; ++t) {
      e.ids.push_back(static_cast<int64_t>(rng.below(23)));
    }
    all.push_back(e);
  }
  TrainingSet set(all, parse_train_options(Json::object()), 32, {22});
  set.side = side;
  return set;
}

}  // namespace lethe
