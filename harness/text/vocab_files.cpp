#include "harness/text/vocab_files.h"

#include <iterator>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/base/hash.h"
#include "harness/base/ordered_json.h"
#include "harness/text/bpe.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"
#include "harness/text/vocab_builder.h"

namespace lethe {
namespace {

using Files = TokenizerClass::Files;

constexpr size_t kMaxBytes = size_t{256} << 20;

const char* const kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| )"
    R"(?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

bool in_folder(const std::string& folder, const std::string& name) {
  return !folder_file(folder, name).empty();
}

// Calls `visit` for each line, without its end.
template <class Visit>
void for_each_line(const std::string& path, const Visit& visit) {
  const std::string text = read_file(path, kMaxBytes);
  if (!valid_utf8(text)) fail_input(path, "is not UTF-8", "save it as UTF-8");
  size_t number = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = std::string_view(text).substr(start, end - start);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    visit(line, ++number);
    start = end + 1;
  }
}

Json read_merges(const std::string& path) {
  Json merges = Json::array();
  for_each_line(path, [&](std::string_view line, size_t number) {
    if (line.substr(0, 8) == "#version") return;
    if (merges.size() >= kMaxMerges) {
      fail_input(path, fmt::format("has more than {} merges", kMaxMerges),
                 "use a smaller vocabulary");
    }
    const size_t space = line.find(' ');
    if (space == std::string_view::npos || space != line.rfind(' ')) {
      fail_input(path,
                 fmt::format("line {} is \"{}\"", number,
                             printable(std::string(line), 60)),
                 "it must be two tokens with a space between");
    }
    merges.push_back({line.substr(0, space), line.substr(space + 1)});
  });
  return merges;
}

// Finds tokens among the keys of an object.
SpecialTokens::Find find_in(const Json& vocab) {
  return [&vocab](const std::string& token) -> std::optional<int64_t> {
    const auto found = vocab.find(token);
    if (found == vocab.end() || !found->is_number_integer()) {
      return std::nullopt;
    }
    const auto id = found->get<int64_t>();
    if (id < 0 || id >= kMaxTokenIds) return std::nullopt;  // refused later
    return id;
  };
}

void build_byte_level(VocabBuilder* builder) {
  const std::string& folder = builder->folder;
  const std::string& name = builder->chosen.name;
  for (const char* file : {"vocab.json", "merges.txt"}) {
    if (in_folder(folder, file)) continue;
    fail_usage(folder, name + " needs " + file + ", which is absent",
               "add it, or a tokenizer.json");
  }
  auto& source = builder->source;
  source.path = folder_file(folder, "vocab.json");
  Json vocab = read_json(source.path, kMaxBytes);
  if (!vocab.is_object()) {
    fail_input(source.path, "is not an object", "it must map tokens to ids");
  }
  SpecialTokens tokens(folder, builder->config, builder->chosen.tokens);
  if (name == "Qwen2Tokenizer") tokens.make_plain();
  builder->add_tokens(tokens, find_in(vocab),
                      static_cast<int64_t>(vocab.size()));

  Json& json = source.json;
  json["model"] = {{"type", "BPE"},
                   {"vocab", std::move(vocab)},
                   {"merges", read_merges(folder_file(folder, "merges.txt"))}};
  Json level = {{"type", "ByteLevel"},
                {"add_prefix_space", builder->flag("add_prefix_space", false)},
                {"trim_offsets", true},
                {"use_regex", name != "Qwen2Tokenizer"}};
  json["decoder"] = {{"type", "ByteLevel"}};
  if (name == "Qwen2Tokenizer" || name == "GPTNeoXTokenizer") {
    json["normalizer"] = {{"type", "NFC"}};
  }
  if (name == "Qwen2Tokenizer") {
    const Json split = {{"type", "Split"},
                        {"pattern", {{"Regex", kQwen2Pattern}}},
                        {"behavior", "Isolated"},
                        {"invert", false}};
    level = {{"type", "Sequence"}, {"pretokenizers", {split, level}}};
  }
  json["pre_tokenizer"] = std::move(level);
  if (name == "RobertaTokenizer") {
    builder->set_template(
        {"cls_token", "$A", "sep_token"},
        {"cls_token", "$A", "sep_token", "sep_token", "$B", "sep_token"});
  }
}

// White space at the end of a line is no part of its token.
std::string_view without_end_space(std::string_view line) {
  while (!line.empty()) {
    const CodePoint last = code_point_before(line.data() + line.size());
    if (!(unicode_classes()[last.value] & kSpace)) break;
    line.remove_suffix(last.size);
  }
  return line;
}

Json read_words(const std::string& path) {
  Json vocab = Json::object();
  for_each_line(path, [&](std::string_view line, size_t number) {
    if (static_cast<int64_t>(number) > kMaxTokenIds) {
      fail_input(path, fmt::format("has more than {} lines", kMaxTokenIds),
                 "use a smaller vocabulary");
    }
    const std::string token(without_end_space(line));
    const auto [entry, added] =
        vocab.emplace(token, static_cast<int64_t>(number - 1));
    if (added) return;
    fail_input(path,
               fmt::format("\"{}\" is on lines {} and {}", printable(token, 60),
                           entry->get<int64_t>() + 1, number),
               "list each token once");
  });
  if (vocab.empty()) {
    fail_input(path, "has no tokens", "give one token a line");
  }
  return vocab;
}

void build_word_piece(VocabBuilder* builder) {
  auto& source = builder->source;
  source.path = folder_file(builder->folder, "vocab.txt");
  if (source.path.empty()) {
    fail_usage(builder->folder,
               builder->chosen.name + " needs vocab.txt, which is absent",
               "add it, or a tokenizer.json");
  }
  Json vocab = read_words(source.path);
  const SpecialTokens tokens(builder->folder, builder->config,
                             builder->chosen.tokens);
  builder->add_tokens(tokens, find_in(vocab),
                      static_cast<int64_t>(vocab.size()));
  const OrderedJson& config = builder->config;
  const bool accents =
      config.contains("strip_accents") && !config["strip_accents"].is_null();
  source.json["normalizer"] = {
      {"type", "BertNormalizer"},
      {"clean_text", true},
      {"handle_chinese_chars", builder->flag("tokenize_chinese_chars", true)},
      {"strip_accents",
       accents ? Json(builder->flag("strip_accents", false)) : Json()},
      {"lowercase", builder->flag("do_lower_case", true)}};
  source.json["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  source.json["decoder"] = {
      {"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
  source.json["model"] = {{"type", "WordPiece"},
                          {"vocab", std::move(vocab)},
                          {"unk_token", builder->require_named("unk_token")},
                          {"continuing_subword_prefix", "##"},
                          {"max_input_chars_per_word", 100}};
  builder->set_template(
      {"cls_token", "$A", "sep_token"},
      {"cls_token", "$A", "sep_token", "$B:1", "sep_token:1"});
}

// The path of the class's sentencepiece model, empty if there is none.
std::string sentencepiece_path(const std::string& folder,
                               const TokenizerClass& chosen) {
  for (const std::string& name :
       {std::string("tokenizer.model"), chosen.own_file}) {
    if (!name.empty() && in_folder(folder, name)) {
      return folder_file(folder, name);
    }
  }
  return "";
}

[[noreturn]] void fail_without_files(const std::string& folder) {
  for (const char* name : {"tekken.json", "tiktoken.model"}) {
    if (!in_folder(folder, name)) continue;
    fail_usage(path_inside(folder, name), "is of a format that is not read",
               "save the tokenizer as tokenizer.json");
  }
  fail_usage(folder, "has no tokenizer",
             "give it a tokenizer.json, a tokenizer.model (sentencepiece), a "
             "vocab.json with merges.txt, or a vocab.txt");
}

}  // namespace

bool VocabBuilder::flag(const char* key, bool fallback) const {
  if (!config.contains(key) || config[key].is_null()) return fallback;
  if (!config[key].is_boolean()) {
    fail_input(path_inside(folder, "tokenizer_config.json"),
               fmt::format("\"{}\" is {}", key, config[key].dump()),
               "it must be true or false");
  }
  return config[key].get<bool>();
}

void VocabBuilder::add_tokens(const SpecialTokens& tokens,
                              const SpecialTokens::Find& find, int64_t size) {
  source.json["added_tokens"] = tokens.numbered(find, size);
  for (const char* key : {"bos_token", "eos_token", "pad_token", "unk_token",
                          "cls_token", "sep_token"}) {
    if (const auto content = tokens.named(key)) source.config[key] = *content;
  }
  for (const char* key : {"add_bos_token", "add_eos_token"}) {
    if (config.contains(key)) source.config[key] = flag(key, false);
  }
}

std::string VocabBuilder::require_named(const std::string& key) const {
  if (source.config.contains(key)) {
    return source.config[key].get<std::string>();
  }
  fail_input(source.path, chosen.name + " has no " + key,
             "name it in tokenizer_config.json");
}

int64_t VocabBuilder::added_id(const std::string& content) const {
  for (const Json& entry : source.json["added_tokens"]) {
    if (entry["content"] == content) return entry["id"].get<int64_t>();
  }
  fail_input(source.path, "has no token \"" + content + "\"", "add it");
}

void VocabBuilder::set_template(const std::vector<std::string>& single,
                                const std::vector<std::string>& pair) {
  Json specials = Json::object();
  const auto parts = [&](const std::vector<std::string>& list) {
    Json out = Json::array();
    for (std::string part : list) {
      const bool second = part.back() == '1';
      if (second) part.resize(part.size() - 2);
      const char* kind = part[0] == '$' ? "Sequence" : "SpecialToken";
      std::string id = part.substr(1);
      if (part[0] != '$') {
        id = require_named(part);
        specials[id] = {{"id", id}, {"ids", {added_id(id)}}, {"tokens", {id}}};
      }
      out.push_back({{kind, {{"id", id}, {"type_id", second ? 1 : 0}}}});
    }
    return out;
  };
  Json single_parts = parts(single), pair_parts = parts(pair);
  source.json["post_processor"] = {{"type", "TemplateProcessing"},
                                   {"single", std::move(single_parts)},
                                   {"pair", std::move(pair_parts)},
                                   {"special_tokens", std::move(specials)}};
  source.config.erase("add_bos_token");
  source.config.erase("add_eos_token");
}

bool vocab_files_present(const std::string& folder) {
  for (const char* name : {"tokenizer.model", "vocab.txt", "spiece.model",
                           "sentencepiece.bpe.model"}) {
    if (in_folder(folder, name)) return true;
  }
  return in_folder(folder, "vocab.json") && in_folder(folder, "merges.txt");
}

TokenizerSource read_vocab_files(const std::string& folder) {
  const OrderedJson config =
      ordered_object_or_empty(folder, "tokenizer_config.json");
  VocabBuilder builder{folder, config, find_tokenizer_class(folder, config)};
  TokenizerClass& chosen = builder.chosen;
  if (chosen.files == Files::sentencepiece) {
    const std::string path = sentencepiece_path(folder, chosen);
    if (!path.empty()) {
      build_from_sentencepiece(path, &builder);
    } else if (!chosen.name.empty()) {
      fail_usage(folder,
                 chosen.name + " needs tokenizer.model, which is absent",
                 "add it, or a tokenizer.json");
    } else if (in_folder(folder, "vocab.txt")) {
      chosen = bert_class();
      build_word_piece(&builder);
    } else if (in_folder(folder, "vocab.json")) {
      fail_input(path_inside(folder, "vocab.json"),
                 "is of no known class of tokenizers",
                 "name it in tokenizer_config.json's \"tokenizer_class\", such "
                 "as \"GPT2Tokenizer\"");
    } else {
      fail_without_files(folder);
    }
  } else if (chosen.files == Files::byte_level) {
    build_byte_level(&builder);
  } else {
    build_word_piece(&builder);
  }
  builder.source.json["version"] = "1.0";
  builder.source.hash = sha256(builder.source.json.dump());
  return std::move(builder.source);
}

}  // namespace lethe
