#include "harness/text/model.h"

#include "harness/text/bpe.h"
#include "harness/text/unigram.h"
#include "harness/text/word_models.h"

namespace lethe {
namespace {

// Files of before 2020 have no type; merges tell byte-pair encoding.
std::string model_type(const Json& json, const Place& place) {
  const bool untyped = json.is_object() && !json.contains("type");
  return untyped && json.contains("merges") ? "BPE"
                                            : component_type(json, place);
}

}  // namespace

void read_vocabulary(const Json& json, const Place& place,
                     Vocabulary* vocabulary) {
  const Json& tokens = require(json, "vocab", place.where());
  if (!tokens.is_object()) {
    fail_input(place.where(), "\"vocab\" is not an object",
               "it must map tokens to ids");
  }
  for (const auto& [token, id] : tokens.items()) {
    if (!id.is_number_integer()) {
      fail_input(place.where(),
                 fmt::format("token \"{}\" has id {}", token, id.dump()),
                 "ids are integers");
    }
    vocabulary->add(token, id.get<int64_t>(), place.file);
  }
}

bool model_reads_bytes(const Json& json) {
  if (!json.is_object()) return true;
  if (json.contains("type") && json["type"] != "BPE") return false;
  const auto affix = [&](const char* key) {
    const Json text = json.value(key, Json());
    return !text.is_null() && text != "";
  };
  // The bytes of a character that falls back are those of the byte alphabet.
  return json.value("byte_fallback", Json()) != true &&
         !affix("continuing_subword_prefix") && !affix("end_of_word_suffix");
}

std::unique_ptr<const Model> make_model(const Json& json, const Place& place,
                                        bool bytes, Vocabulary* vocabulary,
                                        const ModelExtras& extras) {
  const std::string type = model_type(json, place);
  if (type == "BPE") {
    return std::make_unique<Bpe>(json, place, bytes, vocabulary, extras);
  }
  if (type == "Unigram") {
    return std::make_unique<Unigram>(json, place, vocabulary, extras);
  }
  if (type == "WordPiece") return make_word_piece(json, place, vocabulary);
  if (type == "WordLevel") return make_word_level(json, place, vocabulary);
  refuse_type(type, place, {"BPE", "Unigram", "WordPiece", "WordLevel"});
}

}  // namespace lethe
