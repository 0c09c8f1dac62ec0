// A text model for tests: every word is a token whose state is given.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "harness/plugin/text_model.h"

namespace lethe {

class ToyTextModel final : public TextModel {
 public:
  // The states of words, "[" before every text and "]" behind it; other words
  // are the word "?".
  explicit ToyTextModel(std::map<std::string, std::vector<float>> words) {
    for (auto& [word, state] : words) {
      ids_.emplace(word, static_cast<int64_t>(states_.size()));
      states_.push_back(std::move(state));
    }
    shape_.model_type = "bert";
    shape_.layers = 3;
    shape_.vocab_size = static_cast<int64_t>(states_.size());
    shape_.hidden_size = static_cast<int64_t>(states_.front().size());
  }

  TextModelShape& shape() { return shape_; }
  const TextModelShape& shape() const override { return shape_; }

  std::vector<int64_t> encode(const std::string& text) override {
    texts.push_back(text);
    std::vector<int64_t> ids = {ids_.at("[")};
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      ids.push_back(ids_.at(ids_.count(word) > 0 ? word : "?"));
    }
    ids.push_back(ids_.at("]"));
    return ids;
  }
  std::vector<int64_t> specials() const override {
    return {ids_.at("["), ids_.at("]")};
  }
  int64_t cut() const override { return 0; }

  void states(const std::vector<std::span<const int64_t>>& wanted,
              int64_t layer, const Take& take) override {
    layers.push_back(layer);
    computed += wanted.size();
    for (size_t i = wanted.size(); i-- > 0;) {
      std::vector<float> all;
      for (const int64_t id : wanted[i]) {
        const std::vector<float>& state = states_[static_cast<size_t>(id)];
        all.insert(all.end(), state.begin(), state.end());
      }
      take(i, all);
    }
  }

  std::vector<std::string> texts;  // that were encoded
  std::vector<int64_t> layers;     // that were asked for
  size_t computed = 0;             // texts

 private:
  std::map<std::string, int64_t> ids_;
  std::vector<std::vector<float>> states_;
  TextModelShape shape_;
};

}  // namespace lethe
