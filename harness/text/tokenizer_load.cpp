// Reading a tokenizer from its folder.
#include <unordered_set>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/base/hash.h"
#include "harness/text/sentencepiece_text.h"
#include "harness/text/tokenizer_parts.h"

namespace lethe {
namespace {

constexpr size_t kMaxBytes = size_t{256} << 20;

// The JSON object in the folder's file, empty if there is no such file.
Json object_or_empty(const std::string& folder, const std::string& name) {
  const std::string path = folder_file(folder, name);
  if (path.empty()) return Json::object();
  Json json = read_json(path, kMaxBytes);
  if (!json.is_object()) fail_input(path, "is not an object", "make it one");
  return json;
}

// The string at `key`, written plain or as an added token; empty if absent.
std::string token_text(const Json& json, const std::string& key) {
  const Json value = json.value(key, Json());
  const Json text = value.is_object() ? value.value("content", Json()) : value;
  return text.is_string() ? text.get<std::string>() : "";
}

void check_version(const Json& json, const std::string& path) {
  if (!json.is_object()) {
    fail_input(path, "is not an object", "give a tokenizer.json");
  }
  const Json version = json.value("version", Json("1.0"));
  if (version != "1.0") {
    fail_input(path, "version is " + version.dump(), "only \"1.0\" is known");
  }
}

// tokenizer_config.json, with the tokens that only special_tokens_map.json has.
Json read_names(const std::string& folder) {
  Json config = object_or_empty(folder, "tokenizer_config.json");
  const Json map = object_or_empty(folder, "special_tokens_map.json");
  for (const char* key : {"bos_token", "eos_token", "pad_token", "unk_token"}) {
    std::string text = token_text(config, key);
    if (text.empty()) text = token_text(map, key);
    config[key] = text;
  }
  return config;
}

TokenizerSource read_source(const std::string& folder) {
  const std::string path = folder_file(folder, "tokenizer.json");
  if (path.empty()) return read_vocab_files(folder);
  const std::string bytes = read_file(path, kMaxBytes);
  TokenizerSource source{path, sha256(bytes), parse_json(bytes, path)};
  source.config = read_names(folder);
  return source;
}

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::load(const std::string& folder) {
  return std::shared_ptr<const Tokenizer>(
      new Tokenizer(std::make_unique<const Parts>(read_source(folder))));
}

bool Tokenizer::present(const std::string& folder) {
  return !folder_file(folder, "tokenizer.json").empty() ||
         vocab_files_present(folder);
}

Tokenizer::Parts::Parts(const TokenizerSource& source) : hash(source.hash) {
  const std::string& path = source.path;
  const Json& json = source.json;
  check_version(json, path);
  const auto part = [&](const char* key) { return json.value(key, Json()); };
  const auto place = [&](const char* kind) { return Place{path, kind}; };

  normalizer = make_normalizer(part("normalizer"), place("normalizer"));
  const Json& model_json = require(json, "model", path);
  pre_tokenization =
      make_pre_tokenizer(part("pre_tokenizer"), place("pre_tokenizer"),
                         model_reads_bytes(model_json));
  decoder = make_decoder(part("decoder"), place("decoder"));
  model = make_model(model_json, place("model"), pre_tokenization.bytes,
                     &vocabulary, source.extras);
  read_added(part("added_tokens"), place("added_tokens"));
  if (source.sentencepiece) read_pieces(*source.sentencepiece, source.bare);
  post_processor = make_post_processor(part("post_processor"),
                                       place("post_processor"), vocabulary);
  read_config(source.config);
}

// What sentencepiece's library does and no component of a tokenizer.json. Byte
// pairs are never merged into or out of a user-defined piece; a unigram model
// finds such pieces by their scores.
void Tokenizer::Parts::read_pieces(const SentencePieceModel& pieces,
                                   bool bare) {
  normalizer = make_sentencepiece_normalizer(pieces);
  if (bare) decoder = make_sentencepiece_decoder(pieces);
  for (size_t id = 0; id < pieces.pieces.size(); ++id) {
    const auto& piece = pieces.pieces[id];
    const auto key = static_cast<int64_t>(id);
    if (piece.type == SentencePiece::Type::user_defined && pieces.bpe) {
      AddedToken token{};
      token.id = static_cast<uint32_t>(id);
      token.content = piece.text;
      later_tokens.add(token, piece.text);
    } else if (piece.type == SentencePiece::Type::control && bare) {
      added[key] = {"", true, true};
    } else if (piece.type == SentencePiece::Type::unknown && bare) {
      added[key] = {pieces.unknown_surface, true, false};
    }
  }
}

void Tokenizer::Parts::read_added(const Json& json, const Place& place) {
  const auto tokens = read_added_tokens(json, place, &vocabulary);
  std::unordered_set<std::string> specials;
  for (const auto& token : tokens) {
    if (token.special) specials.insert(token.content);
  }
  for (const bool special : {true, false}) {  // special ones are found first
    for (const auto& token : tokens) {
      if (token.special != special) continue;
      Draft draft{token.content};
      if (token.normalized && normalizer) normalizer->normalize(&draft);
      std::string shown = std::move(draft.text);
      check_growth(token.content.size(), shown.size(), place);
      (token.normalized ? later_tokens : raw_tokens).add(token, shown);
      const bool skipped = specials.count(shown) > 0;
      added[token.id] = {std::move(shown), special, skipped};
    }
  }
}

void Tokenizer::Parts::read_config(const Json& config) {
  const auto id = [&](const std::string& key) -> std::optional<int64_t> {
    const std::string text = token_text(config, key);
    if (text.empty()) return std::nullopt;
    return vocabulary.find(text);
  };
  bos = id("bos_token");
  eos = id("eos_token");
  pad = id("pad_token");
  unk = id("unk_token");
  if (!config.contains("add_bos_token") && !config.contains("add_eos_token")) {
    return;
  }
  const auto wanted = [&](const char* key) {
    return config.value(key, Json()) == true;
  };
  post_processor =
      bos_eos_template(wanted("add_bos_token") ? bos : std::nullopt,
                       wanted("add_eos_token") ? eos : std::nullopt);
}

}  // namespace lethe
