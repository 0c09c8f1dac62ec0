// A sentencepiece model: the pieces of a tokenizer.model (or spiece.model) file
// and how text is prepared for them.
//
// Format: sentencepiece_model.proto of sentencepiece 0.2.3, message ModelProto.
// Fields that only the trainer needs are passed over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

struct SentencePiece {
  enum class Type {
    normal = 1,
    unknown = 2,
    control = 3,       // <s>: never found in a text
    user_defined = 4,  // always found in a text
    unused = 5,
    byte = 6,  // <0x00>..<0xFF>
  };

  std::string text;  // a space is U+2581
  float score = 0;   // BPE: minus its rank; unigram: natural log probability
  Type type = Type::normal;
};

struct SentencePieceModel {
  std::string path;                   // for errors
  std::vector<SentencePiece> pieces;  // by id
  bool bpe = false;                   // else unigram
  bool byte_fallback = false;
  int64_t unknown = 0;  // the id of the one piece of type unknown
  int64_t bos = 1, eos = 2, pad = -1;              // below 0: there is none
  std::string unknown_surface = " \xE2\x81\x87 ";  // what it decodes to

  std::string charsmap;  // see charsmap.h; empty: characters stay as they are
  bool add_dummy_prefix = true;  // a space before the text
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;  // spaces become U+2581

  bool is(int64_t id, SentencePiece::Type type) const {
    return pieces[static_cast<size_t>(id)].type == type;
  }
};

// The model in `bytes`, which `path` names in errors.
// Throws: input error if the bytes are cut off or no such model, if a piece is
// empty, there twice or longer than 1024 bytes, if a score is not finite, if
// there is not exactly one unknown piece, if byte_fallback lacks a byte, or if
// the model is of another kind than BPE and unigram or uses a denormalizer or
// white space as suffix. A file in tiktoken's format is refused as such.
SentencePieceModel read_sentencepiece(const std::string& bytes,
                                      const std::string& path);

}  // namespace lethe
