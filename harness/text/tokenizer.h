// The tokenizer of a Hugging Face model folder: text to token ids and back,
// exactly as the Python package `tokenizers` does it.
//
//   const auto tokenizer = Tokenizer::load("models/gpt2");
//   const std::vector<int64_t> ids = tokenizer->encode("A test.");
//   tokenizer->decode(ids);  // "A test."
//
// A text goes through: added tokens (special ones among them) cut out of it;
// the normalizer; added tokens that are looked for after it; the pre-tokenizer,
// which cuts pieces; the model, which turns each piece into ids; and the
// post-processor, which puts special tokens around. The decoder goes back.
// Each is read from tokenizer.json and has a header of its own here; a file
// that names one which is not implemented is refused, never approximated. A
// folder without it is read from its vocabulary files, as vocab_files.h says:
// these are turned into what a tokenizer.json would hold.
//
// Left alone: "truncation" and "padding" (a caller cuts and pads by itself, as
// transformers does), and beside a tokenizer.json the added_tokens_decoder of
// tokenizer_config.json (tokenizer.json lists the same tokens).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lethe {

struct EncodeOptions {
  // The special tokens that the post-processor puts around a text.
  bool special_tokens = true;
  // Special strings in the text ("</s>") stay text. Added tokens that are not
  // special are found all the same.
  bool plain_text = false;
};

struct DecodeOptions {
  // Leaves out special tokens. As in the peer, one that the normalizer changes
  // (special and normalized, rare) stays.
  bool skip_special_tokens = false;
};

// Immutable; every function may be called from several threads at once.
class Tokenizer {
 public:
  // Reads FOLDER/tokenizer.json, at most 256 MiB, else the vocabulary files
  // that vocab_files.h names, and, where they exist, tokenizer_config.json and
  // special_tokens_map.json.
  // Throws: usage error if the folder has none of the files, input error if a
  // file is malformed or needs a component or class that is not supported; the
  // message names it.
  static std::shared_ptr<const Tokenizer> load(const std::string& folder);

  // Whether the folder has a tokenizer.json or vocabulary files.
  static bool present(const std::string& folder);

  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // The ids of a text. Bytes that are not UTF-8 count as U+FFFD, as in Python's
  // decode(errors="replace"). A character without a token becomes the unknown
  // token, or nothing where the tokenizer has none. O(n log n) in the bytes.
  // Throws: input error if the tokenizer names an unknown token that its
  // vocabulary lacks, and needs it.
  std::vector<int64_t> encode(const std::string& text,
                              EncodeOptions options = {}) const;

  // The ids of a text and its pair, as encoders take two segments. `type_ids`,
  // if not null, gets for each id the segment that it belongs to.
  std::vector<int64_t> encode_pair(
      const std::string& text, const std::string& pair,
      EncodeOptions options = {},
      std::vector<int64_t>* type_ids = nullptr) const;

  // The text of some ids; valid UTF-8, with U+FFFD where they spell no text.
  // As in the peer, ids without a token add nothing: a model's output layer
  // often has more rows than the tokenizer has tokens.
  // Throws: input error on a negative id.
  std::string decode(const std::vector<int64_t>& ids,
                     DecodeOptions options = {}) const;

  // The token of an id as the vocabulary spells it, e.g. a space as U+0120 in
  // byte-level ones. Throws: input error if no token has the id.
  std::string token(int64_t id) const;

  // The id of a token in that spelling.
  std::optional<int64_t> token_id(const std::string& token) const;

  // The highest id + 1; ids can have gaps.
  int64_t vocab_size() const;

  // From tokenizer_config.json, else special_tokens_map.json, else, without a
  // tokenizer.json, the tokenizer's class or sentencepiece model. Empty where
  // none names the token or the vocabulary lacks it.
  std::optional<int64_t> bos_id() const;
  std::optional<int64_t> eos_id() const;
  std::optional<int64_t> pad_id() const;
  std::optional<int64_t> unk_id() const;

  // The special tokens that encode() puts before a text, e.g. {bos_id()}. That
  // is what tokenizer.json's post-processor says, unless tokenizer_config.json
  // has add_bos_token or add_eos_token: these replace it, as in transformers 5.
  std::vector<int64_t> leading_specials() const;

  // Those that it puts behind a text, e.g. {eos_id()}; usually none.
  std::vector<int64_t> trailing_specials() const;

  // Whether an added token with this id is marked special.
  bool is_special(int64_t id) const;

  // SHA-256 of tokenizer.json's bytes, or of what the vocabulary files were
  // turned into; 64 hexadecimal digits.
  std::string hash() const;

 private:
  struct Parts;
  explicit Tokenizer(std::unique_ptr<const Parts> parts);

  std::unique_ptr<const Parts> parts_;
};

}  // namespace lethe
