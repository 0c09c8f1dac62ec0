// What a Tokenizer is made of; for tokenizer.cpp and tokenizer_load.cpp.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/text/added_tokens.h"
#include "harness/text/decoder.h"
#include "harness/text/model.h"
#include "harness/text/normalizer.h"
#include "harness/text/post_processor.h"
#include "harness/text/pre_tokenizer.h"
#include "harness/text/tokenizer.h"
#include "harness/text/vocab_files.h"

namespace lethe {

// The memory of encode() calls. A call takes one, or makes one if all are
// taken, and gives it back: no lock is held while it encodes, and there are
// never more of them than there were calls at the same time.
class WorkPool {
 public:
  struct Work {
    Pieces pieces;
    std::unique_ptr<Model::Memory> memory;
  };

  std::unique_ptr<Work> take(const Model& model);
  void give_back(std::unique_ptr<Work> work);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Work>> idle_;
};

struct Tokenizer::Parts {
  std::string hash;
  std::unique_ptr<const Normalizer> normalizer;  // may be null
  PreTokenization pre_tokenization;
  std::unique_ptr<const Model> model;
  PostProcessor post_processor;
  std::unique_ptr<const Decoder> decoder;  // may be null

  Vocabulary vocabulary;     // the model's and the added tokens
  TokenFinder raw_tokens;    // those found in the text as it is
  TokenFinder later_tokens;  // those found in the normalized text
  struct Added {
    std::string shown;  // what decoding starts from
    bool special;       // as its entry says
    bool skipped;       // left out when special tokens are
  };
  std::unordered_map<int64_t, Added> added;
  std::optional<int64_t> bos, eos, pad, unk;

  mutable WorkPool pool;

  // tokenizer_load.cpp
  explicit Parts(const TokenizerSource& source);
  void read_added(const Json& json, const Place& place);
  void read_pieces(const SentencePieceModel& pieces, bool bare);
  void read_config(const Json& config);

  // tokenizer.cpp: the ids of a text, without the post-processor's tokens.
  std::vector<int64_t> encode(const std::string& text, bool plain_text) const;
  void encode_segment(std::string_view text, size_t origin, bool plain_text,
                      WorkPool::Work* work, std::vector<int64_t>* ids) const;
};

}  // namespace lethe
