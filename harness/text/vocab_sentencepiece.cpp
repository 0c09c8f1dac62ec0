// Tokenizers from a sentencepiece model.
#include <algorithm>
#include <limits>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/base/hash.h"
#include "harness/text/sentencepiece_merges.h"
#include "harness/text/vocab_builder.h"

namespace lethe {
namespace {

using Type = SentencePiece::Type;

constexpr size_t kMaxBytes = size_t{256} << 20;
constexpr int64_t kMaxExtraIds = 10000;

const char* const kEscape = "\xE2\x96\x81";  // U+2581

Json merges_json(const std::vector<Merge>& merges) {
  Json list = Json::array();
  for (const Merge& merge : merges) list.push_back({merge.left, merge.right});
  return list;
}

Json ids_json(const SentencePieceModel& model) {
  Json vocab = Json::object();
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    vocab[model.pieces[id].text] = id;
  }
  return vocab;
}

Json scores_json(const SentencePieceModel& model, size_t from = 0) {
  Json vocab = Json::array();
  for (size_t id = from; id < model.pieces.size(); ++id) {
    const auto& piece = model.pieces[id];
    vocab.push_back({piece.text, static_cast<double>(piece.score)});
  }
  return vocab;
}

Json metaspace(const char* prepend_scheme, bool split) {
  return {{"type", "Metaspace"},
          {"replacement", kEscape},
          {"prepend_scheme", prepend_scheme},
          {"split", split}};
}

// Pieces back to text; `strip`: without the space before the first word.
Json pieces_decoder(bool strip) {
  Json decoders = {{{"type", "Replace"},
                    {"pattern", {{"String", kEscape}}},
                    {"content", " "}},
                   {{"type", "ByteFallback"}},
                   {{"type", "Fuse"}}};
  if (strip) {
    decoders.push_back(
        {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  return {{"type", "Sequence"}, {"decoders", std::move(decoders)}};
}

std::string base64(const std::string& bytes) {
  const char* const digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = i; k < i + 3; ++k) {
      bits =
          bits << 8 | (k < bytes.size() ? static_cast<uint8_t>(bytes[k]) : 0);
    }
    for (size_t k = 0; k < 4; ++k) {
      text += i + k > bytes.size() ? '=' : digits[bits >> (18 - 6 * k) & 63];
    }
  }
  return text;
}

class SentencePieceBuilder {
 public:
  SentencePieceBuilder(const std::string& path, VocabBuilder* builder)
      : builder_(*builder), source_(builder->source), json_(source_.json) {
    source_.path = path;
    const std::string bytes = read_file(path, kMaxBytes);
    model_ = read_sentencepiece(bytes, path);
    file_hash_ = sha256(bytes);
  }

  void build() {
    const std::string& name = builder_.chosen.name;
    if (name == "LlamaTokenizer") return build_llama();
    if (name == "GemmaTokenizer") return build_gemma();
    if (name == "T5Tokenizer") return build_t5();
    if (name == "XLMRobertaTokenizer") return build_xlm_roberta();
    build_by_library();
  }

 private:
  void require_kind(bool bpe) const {
    if (model_.bpe == bpe) return;
    fail_input(model_.path,
               fmt::format("is a {} model, but {} needs a {} one",
                           bpe ? "unigram" : "bpe", builder_.chosen.name,
                           bpe ? "bpe" : "unigram"),
               "name the class of this model in tokenizer_config.json");
  }

  // The pieces that are found in a text as they stand, as transformers has it.
  std::vector<Json> symbols(bool user_defined) const {
    std::vector<Json> entries;
    for (const auto& piece : model_.pieces) {
      if (piece.type == Type::control) {
        entries.push_back(added_token_entry(piece.text, {"special"}));
      } else if (piece.type == Type::user_defined && user_defined) {
        entries.push_back(added_token_entry(piece.text, {}));
      }
    }
    return entries;
  }

  // The special tokens of the folder; `vocab` is the model's.
  void add_tokens(const Json& vocab, const SpecialTokens::Defaults& defaults,
                  std::vector<Json> extra) {
    SpecialTokens tokens(builder_.folder, builder_.config, defaults);
    tokens.set_default_extra(std::move(extra));
    IdMap ids;
    if (vocab.is_object()) {
      for (const auto& [token, id] : vocab.items()) ids[token] = id;
    } else {
      for (size_t id = 0; id < vocab.size(); ++id) {
        ids[vocab[id][0].get<std::string>()] = static_cast<uint32_t>(id);
      }
    }
    builder_.add_tokens(
        tokens,
        [&](const std::string& token) -> std::optional<int64_t> {
          const auto found = ids.find(token);
          if (found == ids.end()) return std::nullopt;
          return found->second;
        },
        static_cast<int64_t>(vocab.size()));
  }

  void set_bpe(const Json& unknown) {
    require_kind(true);
    json_["model"] = {{"type", "BPE"},
                      {"vocab", ids_json(model_)},
                      {"merges", merges_json(merges_by_id(model_))},
                      {"unk_token", unknown},
                      {"fuse_unk", true},
                      {"byte_fallback", true}};
  }

  void build_llama() {
    set_bpe(nullptr);
    add_tokens(json_["model"]["vocab"], builder_.chosen.tokens, symbols(true));
    const bool prefix = builder_.flag("add_prefix_space", true);
    const bool legacy = builder_.flag("legacy", false);
    json_["pre_tokenizer"] =
        metaspace(!prefix ? "never" : (legacy ? "always" : "first"), false);
    json_["decoder"] = pieces_decoder(prefix);
  }

  void build_gemma() {
    set_bpe(Json());
    add_tokens(json_["model"]["vocab"], builder_.chosen.tokens, symbols(true));
    json_["model"]["unk_token"] = builder_.require_named("unk_token");
    json_["normalizer"] = {{"type", "Replace"},
                           {"pattern", {{"String", " "}}},
                           {"content", kEscape}};
    json_["pre_tokenizer"] = {{"type", "Split"},
                              {"pattern", {{"String", " "}}},
                              {"behavior", "MergedWithPrevious"},
                              {"invert", false}};
    json_["decoder"] = pieces_decoder(false);
  }

  // A unigram model of words, as T5 and XLM-R have it.
  void set_words(Json vocab, int64_t unknown, const char* prepend_scheme) {
    json_["model"] = {{"type", "Unigram"},
                      {"vocab", std::move(vocab)},
                      {"unk_id", unknown},
                      {"byte_fallback", false}};
    source_.extras.exact_scores = true;
    if (!model_.charsmap.empty()) {
      json_["normalizer"] = {{"type", "Precompiled"},
                             {"precompiled_charsmap", base64(model_.charsmap)}};
    }
    json_["pre_tokenizer"] = {
        {"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "WhitespaceSplit"}}, metaspace(prepend_scheme, true)}}};
    json_["decoder"] = metaspace(prepend_scheme, true);
  }

  void build_t5() {
    require_kind(false);
    int64_t count = 100;
    if (builder_.config.contains("extra_ids")) {
      count =
          require_int(Json(builder_.config), "extra_ids",
                      path_inside(builder_.folder, "tokenizer_config.json"));
    }
    if (count < 0 || count > kMaxExtraIds) {
      fail_input(path_inside(builder_.folder, "tokenizer_config.json"),
                 fmt::format("\"extra_ids\" is {}", count),
                 fmt::format("it must be from 0 to {}", kMaxExtraIds));
    }
    Json vocab = scores_json(model_);
    std::vector<Json> extra = symbols(true);
    for (int64_t i = count - 1; i >= 0; --i) {
      const std::string token = fmt::format("<extra_id_{}>", i);
      vocab.push_back({token, 0.0});
      extra.push_back(added_token_entry(token, {"special"}));
    }
    add_tokens(vocab, builder_.chosen.tokens, std::move(extra));
    set_words(std::move(vocab), 2, "always");
    builder_.set_template({"$A", "eos_token"},
                          {"$A", "eos_token", "$B", "eos_token"});
  }

  // The file has <unk>, <s>, </s> first; the model <s>, <pad>, </s>, <unk>.
  void build_xlm_roberta() {
    require_kind(false);
    const SpecialTokens names(builder_.folder, builder_.config,
                              builder_.chosen.tokens);
    Json vocab = Json::array();
    const auto add = [&](const char* key) {
      const auto token = names.named(key);
      if (!token) {
        fail_input(model_.path,
                   std::string("XLMRobertaTokenizer has no ") + key,
                   "name it in tokenizer_config.json");
      }
      vocab.push_back({*token, 0.0});
    };
    for (const char* key :
         {"bos_token", "pad_token", "eos_token", "unk_token"}) {
      add(key);
    }
    for (const Json& entry : scores_json(model_, 3)) vocab.push_back(entry);
    add("mask_token");
    add_tokens(vocab, builder_.chosen.tokens, symbols(true));
    const OrderedJson& config = builder_.config;
    const bool null = config.contains("add_prefix_space") &&
                      config["add_prefix_space"].is_null();
    const bool prefix = builder_.flag("add_prefix_space", !null);
    set_words(std::move(vocab), 3, prefix ? "always" : "never");
    builder_.set_template(
        {"bos_token", "$A", "eos_token"},
        {"bos_token", "$A", "eos_token", "eos_token", "$B", "eos_token"});
  }

  // As the sentencepiece library reads its model; see vocab_files.h.
  void build_by_library() {
    json_["sentencepiece"] = file_hash_;  // so that it is in the hash
    SpecialTokens::Defaults names = {
        {"unk_token", model_.pieces[static_cast<size_t>(model_.unknown)].text}};
    for (const auto& [key, id] : {std::pair("bos_token", model_.bos),
                                  std::pair("eos_token", model_.eos),
                                  std::pair("pad_token", model_.pad)}) {
      if (id >= 0) {
        names.emplace_back(key, model_.pieces[static_cast<size_t>(id)].text);
      }
    }
    if (model_.bpe) {
      set_library_bpe();
    } else {
      set_library_unigram();
    }
    source_.bare = true;
    for (const char* name :
         {"tokenizer_config.json", "special_tokens_map.json", "config.json"}) {
      if (!folder_file(builder_.folder, name).empty()) source_.bare = false;
    }
    if (source_.bare) {
      for (const auto& [key, token] : names) source_.config[key] = token;
    } else {
      add_tokens(json_["model"]["vocab"], names, symbols(false));
      json_["decoder"] =
          model_.bpe || model_.byte_fallback
              ? pieces_decoder(model_.add_dummy_prefix)
              : metaspace(model_.add_dummy_prefix ? "always" : "never", true);
    }
    source_.sentencepiece = std::move(model_);
  }

  void set_library_bpe() {
    const auto merges = merges_by_score(model_);
    const auto score = [&](const Merge& merge) {
      return model_.pieces[merge.product].score;
    };
    uint32_t rank = 0;
    for (size_t i = 0; i < merges.size(); ++i) {
      if (i > 0 && score(merges[i]) != score(merges[i - 1])) ++rank;
      source_.extras.ranks.push_back(rank);
    }
    json_["model"] = {
        {"type", "BPE"},
        {"vocab", ids_json(model_)},
        {"merges", merges_json(merges)},
        {"unk_token", model_.pieces[static_cast<size_t>(model_.unknown)].text},
        {"fuse_unk", true},
        {"byte_fallback", model_.byte_fallback}};
  }

  // A user-defined piece scores so high that it is always found.
  void set_library_unigram() {
    float lowest = std::numeric_limits<float>::max();
    float highest = std::numeric_limits<float>::lowest();
    for (const auto& piece : model_.pieces) {
      if (piece.type != Type::normal) continue;
      lowest = std::min(lowest, piece.score);
      highest = std::max(highest, piece.score);
    }
    if (lowest > highest) {
      fail_input(model_.path, "has no normal piece", "train it again");
    }
    Json vocab = scores_json(model_);
    auto& extras = source_.extras;
    extras.exact_scores = true;
    extras.round_sums = true;
    extras.unknown_score = lowest - 10.0F;
    for (size_t id = 0; id < model_.pieces.size(); ++id) {
      const auto& piece = model_.pieces[id];
      const bool user = piece.type == Type::user_defined;
      extras.hidden.push_back(!user && piece.type != Type::normal);
      if (!user) continue;
      const auto bytes = static_cast<float>(piece.text.size());
      vocab[id][1] = static_cast<float>(bytes * highest - 0.1);
    }
    json_["model"] = {{"type", "Unigram"},
                      {"vocab", std::move(vocab)},
                      {"unk_id", model_.unknown},
                      {"byte_fallback", model_.byte_fallback}};
  }

  VocabBuilder& builder_;
  TokenizerSource& source_;
  Json& json_;
  SentencePieceModel model_;
  std::string file_hash_;
};

}  // namespace

void build_from_sentencepiece(const std::string& path, VocabBuilder* builder) {
  SentencePieceBuilder(path, builder).build();
}

}  // namespace lethe
