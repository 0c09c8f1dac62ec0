#include "harness/text/model.h"

#include "harness/text/bpe.h"

namespace lethe {
namespace {

// Files of before 2020 have no type; merges tell byte-pair encoding.
std::string model_type(const Json& json, const Place& place) {
  const bool untyped = json.is_object() && !json.contains("type");
  return untyped && json.contains("merges") ? "BPE"
                                            : component_type(json, place);
}

}  // namespace

bool model_reads_bytes(const Json& json) {
  // The bytes of a character that falls back are those of the byte alphabet.
  return !json.is_object() || json.value("byte_fallback", Json()) != true;
}

std::unique_ptr<const Model> make_model(const Json& json, const Place& place,
                                        bool bytes, Vocabulary* vocabulary) {
  const std::string type = model_type(json, place);
  if (type == "BPE") {
    return std::make_unique<Bpe>(json, place, bytes, vocabulary);
  }
  refuse_type(type, place, {"BPE"});
}

}  // namespace lethe
