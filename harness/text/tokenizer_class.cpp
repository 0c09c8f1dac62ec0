#include "harness/text/tokenizer_class.h"

#include <algorithm>
#include <iterator>

#include "harness/base/files.h"
#include "harness/base/ordered_json.h"

namespace lethe {
namespace {

using Files = TokenizerClass::Files;

const char* const kEndOfText = "<|endoftext|>";

const std::vector<TokenizerClass>& classes() {
  static const SpecialTokens::Defaults roberta = {
      {"bos_token", "<s>"},    {"eos_token", "</s>"},  {"sep_token", "</s>"},
      {"cls_token", "<s>"},    {"unk_token", "<unk>"}, {"pad_token", "<pad>"},
      {"mask_token", "<mask>"}};
  static const SpecialTokens::Defaults bert = {{"unk_token", "[UNK]"},
                                               {"sep_token", "[SEP]"},
                                               {"pad_token", "[PAD]"},
                                               {"cls_token", "[CLS]"},
                                               {"mask_token", "[MASK]"}};
  static const std::vector<TokenizerClass> known = {
      {"GPT2Tokenizer",
       Files::byte_level,
       {{"unk_token", kEndOfText},
        {"bos_token", kEndOfText},
        {"eos_token", kEndOfText}}},
      {"GPTNeoXTokenizer",
       Files::byte_level,
       {{"unk_token", kEndOfText},
        {"bos_token", kEndOfText},
        {"eos_token", kEndOfText},
        {"pad_token", "<|padding|>"}}},
      {"Qwen2Tokenizer",
       Files::byte_level,
       {{"unk_token", kEndOfText},
        {"eos_token", kEndOfText},
        {"pad_token", kEndOfText}}},
      {"RobertaTokenizer", Files::byte_level, roberta},
      {"BertTokenizer", Files::word_piece, bert},
      {"DistilBertTokenizer", Files::word_piece, bert},
      {"LlamaTokenizer",
       Files::sentencepiece,
       {{"unk_token", "<unk>"}, {"bos_token", "<s>"}, {"eos_token", "</s>"}}},
      {"GemmaTokenizer",
       Files::sentencepiece,
       {{"unk_token", "<unk>"},
        {"bos_token", "<bos>"},
        {"eos_token", "<eos>"},
        {"pad_token", "<pad>"},
        {"mask_token", "<mask>"}}},
      {"T5Tokenizer",
       Files::sentencepiece,
       {{"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}},
       "spiece.model"},
      {"XLMRobertaTokenizer", Files::sentencepiece, roberta,
       "sentencepiece.bpe.model"}};
  return known;
}

// Other names of the same classes, and classes that stand for none.
std::string real_name(std::string name) {
  static const std::pair<const char*, const char*> others[] = {
      {"BartTokenizer", "RobertaTokenizer"},
      {"LongformerTokenizer", "RobertaTokenizer"},
      {"LEDTokenizer", "RobertaTokenizer"},
      {"ElectraTokenizer", "BertTokenizer"},
      {"MobileBertTokenizer", "BertTokenizer"},
      {"SqueezeBertTokenizer", "BertTokenizer"},
      {"LayoutLMTokenizer", "BertTokenizer"},
      {"Phi3Tokenizer", "LlamaTokenizer"},
      {"PreTrainedTokenizer", ""},
      {"TokenizersBackend", ""}};
  const std::string end = "Fast";
  if (name.size() > end.size() &&
      name.compare(name.size() - end.size(), end.size(), end) == 0) {
    name.resize(name.size() - end.size());
  }
  for (const auto& [other, real] : others) {
    if (name == other) return real;
  }
  return name;
}

// The class for a model_type. Families that have none of their own (llama,
// mistral, phi3, falcon) are published with a tokenizer.json or name a class.
std::string class_of_family(const std::string& model_type) {
  static const std::pair<const char*, std::vector<std::string>> families[] = {
      {"GPT2Tokenizer",
       {"gpt2", "gpt_neo", "gptj", "opt", "phi", "codegen", "dbrx",
        "starcoder2"}},
      {"GPTNeoXTokenizer",
       {"gpt_neox", "olmo", "olmoe", "mpt", "mamba", "mamba2", "falcon_mamba",
        "rwkv"}},
      {"Qwen2Tokenizer", {"qwen2", "qwen2_moe", "qwen3", "qwen3_moe"}},
      {"RobertaTokenizer",
       {"roberta", "roberta-prelayernorm", "bart", "longformer",
        "data2vec-text"}},
      {"BertTokenizer",
       {"bert", "distilbert", "electra", "megatron-bert", "nomic_bert",
        "squeezebert"}},
      {"GemmaTokenizer", {"gemma", "gemma2", "gemma3", "gemma3_text"}},
      {"T5Tokenizer", {"t5", "mt5", "switch_transformers"}},
      {"XLMRobertaTokenizer", {"xlm-roberta", "xmod"}}};
  for (const auto& [name, types] : families) {
    if (std::find(types.begin(), types.end(), model_type) != types.end()) {
      return name;
    }
  }
  return "";
}

std::string text_at(const OrderedJson& json, const char* key) {
  return json.contains(key) && json[key].is_string()
             ? json[key].get<std::string>()
             : "";
}

}  // namespace

const TokenizerClass& bert_class() {
  return *std::find_if(classes().begin(), classes().end(),
                       [](const TokenizerClass& known) {
                         return known.name == "BertTokenizer";
                       });
}

TokenizerClass find_tokenizer_class(const std::string& folder,
                                    const OrderedJson& config) {
  std::string where = path_inside(folder, "tokenizer_config.json");
  std::string given = text_at(config, "tokenizer_class");
  if (given.empty()) {
    where = path_inside(folder, "config.json");
    const OrderedJson model = ordered_object_or_empty(folder, "config.json");
    given = text_at(model, "tokenizer_class");
    if (given.empty()) given = class_of_family(text_at(model, "model_type"));
  }
  const std::string name = real_name(given);
  if (name.empty()) return {};
  std::string names;
  for (const auto& known : classes()) {
    if (known.name == name) return known;
    names += (names.empty() ? "" : ", ") + known.name;
  }
  fail_input(where,
             "tokenizer_class \"" + given +
                 "\" is not supported without a tokenizer.json",
             "save the tokenizer as tokenizer.json (known are " + names + ")");
}

}  // namespace lethe
