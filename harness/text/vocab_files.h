// Folders without a tokenizer.json: vocabulary files turned into the JSON that
// tokenizer.json would hold, as the class of the Python package transformers
// builds it that the folder names.
//
//   vocab.json + merges.txt  byte-level BPE: GPT2Tokenizer, GPTNeoXTokenizer,
//                            Qwen2Tokenizer, RobertaTokenizer
//   vocab.txt                WordPiece: BertTokenizer, DistilBertTokenizer
//   tokenizer.model          sentencepiece: LlamaTokenizer, GemmaTokenizer,
//                            T5Tokenizer (also spiece.model),
//                            XLMRobertaTokenizer (also sentencepiece.bpe.model)
//
// The class is tokenizer_config.json's "tokenizer_class", else config.json's,
// else the one that transformers has for config.json's "model_type".
//
// A tokenizer.model whose folder names no such class is read as the
// sentencepiece library reads it: the file says all but the special tokens.
// (transformers 5.23 drops the dummy prefix and the rules for white space
// there, or fails.) With no configuration at all it is that library outright:
// no text is a special token, and control pieces decode to nothing.
//
// Peers: transformers 5.23, sentencepiece 0.2.3.
#pragma once

#include <optional>
#include <string>

#include "harness/text/model.h"
#include "harness/text/sentencepiece.h"

namespace lethe {

// What a tokenizer is made from.
struct TokenizerSource {
  std::string path;  // of the main file, for errors
  std::string hash;  // SHA-256
  Json json;         // as a tokenizer.json
  // As tokenizer_config.json, with the class's own special tokens.
  Json config = Json::object();

  // What the JSON cannot say.
  ModelExtras extras = {};
  // Set if the sentencepiece library's normalizer goes before all else, and, if
  // `bare`, its decoder after.
  std::optional<SentencePieceModel> sentencepiece = {};
  bool bare = false;
};

// Whether the folder has files that read_vocab_files() can start from.
bool vocab_files_present(const std::string& folder);

// Throws: usage error if the folder has none of the files or lacks one of them,
// input error if a file is malformed, or if no class says how it is read.
TokenizerSource read_vocab_files(const std::string& folder);

}  // namespace lethe
