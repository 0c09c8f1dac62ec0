// A model that turns texts into hidden states, as metrics see one: numbers, no
// LibTorch. The engine has one for model folders, tests have their own.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lethe {

// What is known of a model folder without reading its weights.
struct TextModelShape {
  std::string model_type;  // of config.json
  bool encoder = true;     // false: a decoder
  int64_t vocab_size = 0;
  int64_t layers = 0;
  int64_t hidden_size = 0;
  // Of tokenizer_config.json, without "Fast" at its end; empty: not named.
  std::string tokenizer_class;
};

class TextModel {
 public:
  virtual ~TextModel() = default;

  virtual const TextModelShape& shape() const = 0;

  // The ids of a text between the tokenizer's special tokens; a text that is
  // longer than the window loses its last tokens.
  virtual std::vector<int64_t> encode(const std::string& text) = 0;

  // What the tokenizer puts around every text.
  virtual std::vector<int64_t> specials() const = 0;

  // How many calls of encode() have cut their text.
  virtual int64_t cut() const = 0;

  using Take = std::function<void(size_t text, std::span<const float> states)>;
  // Hands the hidden states [T, H] behind `layer` (0: the embeddings) of every
  // text to `take`, in any order; `texts` are ids of encode(), not empty. The
  // states live as long as the call of `take`.
  virtual void states(const std::vector<std::span<const int64_t>>& texts,
                      int64_t layer, const Take& take) = 0;
};

}  // namespace lethe
