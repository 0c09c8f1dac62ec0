#include "harness/text/sentencepiece.h"

#include <cmath>
#include <unordered_set>

#include "harness/base/error.h"
#include "harness/text/protobuf.h"
#include "harness/text/utf8.h"
#include "harness/text/vocabulary.h"

namespace lethe {
namespace {

using Type = SentencePiece::Type;

// Published pieces have a few dozen bytes; bounds the time of what splits them.
constexpr size_t kMaxPiece = 1024;

const char* const kAgain = "get the file again, it is damaged";

// Lines of base64, a space and a number: tiktoken's format.
bool is_tiktoken(const std::string& bytes) {
  const std::string line =
      bytes.substr(0, std::min(bytes.find('\n'), size_t{400}));
  const size_t space = line.find(' ');
  if (space == 0 || space == std::string::npos) return false;
  const std::string rank = line.substr(space + 1);
  return line.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
             "=") == space &&
         !rank.empty() &&
         rank.find_first_not_of("0123456789\r") == std::string::npos;
}

class ModelReader {
 public:
  explicit ModelReader(const std::string& path) { model_.path = path; }

  SentencePieceModel read(const std::string& bytes) {
    ProtobufReader reader(bytes, model_.path);
    while (reader.next()) {
      switch (reader.field()) {
        case 1:
          read_piece(reader.bytes());
          break;
        case 2:
          read_trainer(reader.bytes());
          break;
        case 3:
          read_normalizer(reader.bytes());
          break;
        case 5:
          check_denormalizer(reader.bytes());
          break;
        default:
          break;
      }
    }
    check();
    return std::move(model_);
  }

 private:
  [[noreturn]] void fail(const std::string& what,
                         const std::string& cure = kAgain) const {
    fail_input(model_.path, what, cure);
  }

  ProtobufReader part(std::string_view bytes, const char* name) const {
    return {bytes, model_.path + ": " + name};
  }

  void read_piece(std::string_view bytes) {
    const size_t id = model_.pieces.size();
    if (static_cast<int64_t>(id) >= kMaxTokenIds) {
      fail(fmt::format("has more than {} pieces", kMaxTokenIds),
           "use a smaller model");
    }
    SentencePiece piece;
    auto reader = part(bytes, "piece");
    while (reader.next()) {
      if (reader.field() == 1) piece.text = reader.bytes();
      if (reader.field() == 2) piece.score = reader.number();
      if (reader.field() == 3) piece.type = piece_type(reader.integer(), id);
    }
    if (piece.text.empty() || piece.text.size() > kMaxPiece) {
      fail(fmt::format("piece {} has {} bytes", id, piece.text.size()),
           fmt::format("pieces have 1 to {}", kMaxPiece));
    }
    if (!valid_utf8(piece.text)) fail(fmt::format("piece {} is not UTF-8", id));
    if (!std::isfinite(piece.score)) {
      fail(fmt::format("piece {} has the score {}", id, piece.score));
    }
    if (!seen_.insert(piece.text).second) {
      fail(fmt::format("piece \"{}\" is there twice", piece.text));
    }
    model_.pieces.push_back(std::move(piece));
  }

  Type piece_type(int64_t number, size_t id) const {
    if (number < 1 || number > 6) {
      fail(fmt::format("piece {} has type {}", id, number));
    }
    return static_cast<Type>(number);
  }

  void read_trainer(std::string_view bytes) {
    auto reader = part(bytes, "trainer_spec");
    while (reader.next()) {
      switch (reader.field()) {
        case 3:
          read_kind(reader.integer());
          break;
        case 24:
          if (reader.flag()) {
            fail("treat_whitespace_as_suffix is not supported",
                 "use a model with white space before words");
          }
          break;
        case 35:
          model_.byte_fallback = reader.flag();
          break;
        case 41:
          model_.bos = static_cast<int32_t>(reader.integer());
          break;
        case 42:
          model_.eos = static_cast<int32_t>(reader.integer());
          break;
        case 43:
          model_.pad = static_cast<int32_t>(reader.integer());
          break;
        case 44:
          model_.unknown_surface = reader.bytes();
          break;
        default:
          break;
      }
    }
  }

  void read_kind(int64_t kind) {
    if (kind != 1 && kind != 2) {
      const std::string name = kind == 3   ? "word"
                               : kind == 4 ? "char"
                                           : std::to_string(kind);
      fail("model_type " + name + " is not supported",
           "use a unigram or bpe model");
    }
    model_.bpe = kind == 2;
  }

  void read_normalizer(std::string_view bytes) {
    auto reader = part(bytes, "normalizer_spec");
    while (reader.next()) {
      if (reader.field() == 2) model_.charsmap = reader.bytes();
      if (reader.field() == 3) model_.add_dummy_prefix = reader.flag();
      if (reader.field() == 4) model_.remove_extra_whitespaces = reader.flag();
      if (reader.field() == 5) model_.escape_whitespaces = reader.flag();
    }
  }

  void check_denormalizer(std::string_view bytes) const {
    auto reader = part(bytes, "denormalizer_spec");
    while (reader.next()) {
      if (reader.field() == 2 && !reader.bytes().empty()) {
        fail("a denormalizer is not supported", "train a model without one");
      }
    }
  }

  void check() {
    const auto size = static_cast<int64_t>(model_.pieces.size());
    if (size == 0) fail("has no pieces");
    int64_t unknowns = 0;
    std::vector<bool> bytes(256);
    for (int64_t id = 0; id < size; ++id) {
      const auto& piece = model_.pieces[static_cast<size_t>(id)];
      if (piece.type == Type::unknown) {
        ++unknowns;
        model_.unknown = id;
      }
      if (piece.type == Type::byte) check_byte(piece.text, &bytes);
    }
    if (unknowns != 1) {
      fail(fmt::format("has {} unknown pieces, not 1", unknowns));
    }
    for (size_t byte = 0; model_.byte_fallback && byte < 256; ++byte) {
      if (!bytes[byte]) {
        fail(fmt::format("byte_fallback lacks <0x{:02X}>", byte));
      }
    }
    for (int64_t* id : {&model_.bos, &model_.eos, &model_.pad}) {
      if (*id >= size || (*id >= 0 && !model_.is(*id, Type::control))) *id = -1;
    }
  }

  void check_byte(const std::string& text, std::vector<bool>* bytes) const {
    for (size_t byte = 0; byte < 256; ++byte) {
      if (text != fmt::format("<0x{:02X}>", byte)) continue;
      (*bytes)[byte] = true;
      return;
    }
    fail("byte piece \"" + text + "\" names no byte");
  }

  SentencePieceModel model_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

SentencePieceModel read_sentencepiece(const std::string& bytes,
                                      const std::string& path) {
  if (is_tiktoken(bytes)) {
    fail_input(path, "is a tiktoken file, not a sentencepiece model",
               "save the tokenizer as tokenizer.json");
  }
  return ModelReader(path).read(bytes);
}

}  // namespace lethe
