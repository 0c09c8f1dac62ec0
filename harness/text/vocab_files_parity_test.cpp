// Published vocabularies without a tokenizer.json: golden rows of the peers in
// the folder that LETHE_FIXTURES names, and llama.cpp's cases in LETHE_DATA.
#include <cstdlib>
#include <sstream>

#include "harness/text/text_testing.h"

namespace lethe {
namespace {

std::string folder_of(const char* variable) {
  const char* folder = std::getenv(variable);
  return folder ? folder : "";
}
std::string fixtures() { return folder_of("LETHE_FIXTURES"); }
std::string data() { return folder_of("LETHE_DATA") + "/tokenizers/"; }

#define SKIP_WITHOUT(folder) \
  if (!is_folder(folder))    \
  GTEST_SKIP() << "LETHE_FIXTURES or LETHE_DATA is not set"

using Names = std::vector<std::pair<std::string, std::string>>;

// A folder with copies of `files`: {path, name there}.
struct Copies : TemporaryFolder {
  explicit Copies(const Names& files, const std::string& config = "") {
    for (const auto& [path, name] : files) write(name, read_file(path));
    if (!config.empty()) write("tokenizer_config.json", config);
  }
};

std::shared_ptr<const Tokenizer> load(const Names& files,
                                      const std::string& config = "") {
  return Tokenizer::load(Copies(files, config).path());
}

std::shared_ptr<const Tokenizer> qwen2() {
  return load(
      {{data() + "qwen2/vocab.json", "vocab.json"},
       {data() + "qwen2/merges.txt", "merges.txt"},
       {data() + "qwen2/tokenizer_config.json", "tokenizer_config.json"}});
}

std::shared_ptr<const Tokenizer> gpt2() {
  return load({{data() + "gpt2/encoder.json", "vocab.json"},
               {data() + "gpt2/vocab.bpe", "merges.txt"}},
              R"({"tokenizer_class": "GPT2Tokenizer"})");
}

std::shared_ptr<const Tokenizer> bert() {
  return load({{data() + "bert_uncased/vocab.txt", "vocab.txt"}});
}

// Compares the keys of `keys` only, and returns how many rows differ.
int count_different(const Tokenizer& tokenizer, const std::string& file,
                    const std::vector<std::string>& keys) {
  int different = 0;
  for (const auto& line : read_lines(file)) {
    const Json row = parse_json(line, file);
    if (!row.contains("text") || row.contains("pair")) continue;
    const std::string text = row["text"];
    const Ids ids = tokenizer.encode(text, {.special_tokens = false});
    const Json got = {{"ids", tokenizer.encode(text)},
                      {"ids_no_special", ids},
                      {"decode_no_special", tokenizer.decode(ids)}};
    bool equal = true;
    for (const auto& key : keys) equal = equal && row[key] == got[key];
    different += equal ? 0 : 1;
  }
  return different;
}

TEST(VocabFilesParity, EqualsThePeersOnPublishedVocabularies) {
  SKIP_WITHOUT(data());
  SKIP_WITHOUT(fixtures());
  const std::string real = fixtures() + "/tokenizers-real/";
  const auto mistral =
      load({{data() + "mistral/tokenizer.model.v1", "tokenizer.model"}});
  EXPECT_EQ(expect_golden(*mistral, real + "mistral-v1-spm/golden.jsonl"), 396);
  EXPECT_EQ(expect_golden(*qwen2(), real + "qwen2-vocab-merges/golden.jsonl"),
            396);
  EXPECT_EQ(expect_golden(*bert(), real + "bert-uncased-vocab/golden.jsonl"),
            396);
  EXPECT_EQ(expect_golden(*gpt2(), real + "gpt2/golden.jsonl"), 396);
}

// A sentencepiece model and the tokenizer.json that was made from it. The file
// knows no template, so BOS and EOS are left out.
TEST(VocabFilesParity, EqualsTheTokenizerJsonOfTheSameModel) {
  SKIP_WITHOUT(fixtures());
  const std::string llama = fixtures() + "/tokenizers/llama2-sp/";
  const Names files = {
      {llama + "tokenizer.model", "tokenizer.model"},
      {llama + "tokenizer_config.json", "tokenizer_config.json"},
      {llama + "special_tokens_map.json", "special_tokens_map.json"}};
  const auto tokenizer = load(files);
  const std::string golden = llama + "golden.jsonl";
  EXPECT_EQ(count_different(*tokenizer, golden,
                            {"ids_no_special", "decode_no_special"}),
            0);
  int rows = 0;
  for (const auto& line : read_lines(golden)) {
    const Json row = parse_json(line, golden);
    if (!row.contains("decode_ids")) continue;
    expect_row(*tokenizer, row);
    ++rows;
  }
  EXPECT_EQ(rows, 60);
  Json config = read_json(llama + "tokenizer_config.json");
  config["add_bos_token"] = true;
  const auto with_bos = load({files[0]}, config.dump());
  EXPECT_EQ(expect_golden(*with_bos, golden), 445);
}

TEST(VocabFilesParity, EqualsTheTokenizerJsonOfAUnigramModel) {
  SKIP_WITHOUT(fixtures());
  const std::string t5 = fixtures() + "/tokenizers/t5-unigram/";
  const Names model = {{t5 + "tokenizer.model", "tokenizer.model"}};
  Json config = read_json(t5 + "tokenizer_config.json");
  // The sentencepiece library takes U+0085, U+000B and U+2029 for characters
  // where the package tokenizers splits words: four rows have them.
  EXPECT_EQ(count_different(*load(model, config.dump()), t5 + "golden.jsonl",
                            {"ids_no_special"}),
            4);
  config["tokenizer_class"] = "T5Tokenizer";
  config["extra_ids"] = 6;
  EXPECT_EQ(expect_golden(*load(model, config.dump()), t5 + "golden.jsonl"),
            445);
}

// llama.cpp's texts, with ids without special tokens.
int expect_llama_cpp(const Tokenizer& tokenizer, const std::string& name) {
  const std::string stem = data() + "llama_cpp_cases/ggml-vocab-" + name;
  const std::string texts = read_file(stem + ".gguf.inp");
  const std::string end = "\n__ggml_vocab_test__\n";
  int cases = 0;
  size_t start = 0;
  for (const auto& line : read_lines(stem + ".gguf.out")) {
    const size_t stop = texts.find(end, start);
    std::istringstream numbers(line);
    Ids ids;
    for (int64_t id = 0; numbers >> id;) ids.push_back(id);
    const std::string text = texts.substr(start, stop - start);
    EXPECT_EQ(tokenizer.encode(text, {.special_tokens = false}), ids)
        << name << ": " << text;
    ++cases;
    if (stop == std::string::npos) break;
    start = stop + end.size();
  }
  return cases;
}

TEST(VocabFilesParity, EqualsTheCasesOfLlamaCpp) {
  SKIP_WITHOUT(data());
  const auto json = [&](const std::string& file) {
    return load({{data() + file, "tokenizer.json"}});
  };
  EXPECT_EQ(expect_llama_cpp(*bert(), "bert-bge"), 46);
  EXPECT_EQ(expect_llama_cpp(*gpt2(), "gpt-2"), 46);
  EXPECT_EQ(expect_llama_cpp(*qwen2(), "qwen2"), 46);
  EXPECT_EQ(expect_llama_cpp(*json("falcon/tokenizer.json"), "falcon"), 46);
  const auto phi3 = json("phi3/tokenizer.json");  // Llama 2's vocabulary
  EXPECT_EQ(expect_llama_cpp(*phi3, "phi-3"), 46);
  EXPECT_EQ(expect_llama_cpp(*phi3, "llama-spm"), 46);
}

}  // namespace
}  // namespace lethe
