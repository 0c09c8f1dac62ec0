// sentencepiece models: read alone, then as tokenizer.model of folders that
// name no class and the classes that read its kind.
#include "harness/base/fuzzing.h"
#include "harness/text/sentencepiece.h"
#include "harness/text/tokenizer_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lethe;
  static const FuzzFolder folder;
  const std::string bytes = fuzz_text(data, size);
  std::optional<SentencePieceModel> model;
  works([&] { model = read_sentencepiece(bytes, "tokenizer.model"); });
  if (!model) return 0;
  must_hold(!model->pieces.empty(), "a model has pieces");
  folder.write("tokenizer.model", bytes);
  const std::string text = "The " + model->pieces.back().text + " a\n\xC3\xA9";
  folder.write("tokenizer_config.json", "{}");
  try_tokenizer(folder.path(), text);
  folder.write("tokenizer_config.json",
               model->bpe ? R"({"tokenizer_class": "LlamaTokenizer"})"
                          : R"({"tokenizer_class": "T5Tokenizer"})");
  try_tokenizer(folder.path(), text);
  if (!model->bpe) {
    folder.write("tokenizer_config.json",
                 R"({"tokenizer_class": "XLMRobertaTokenizer"})");
    try_tokenizer(folder.path(), text);
  }
  return 0;
}
