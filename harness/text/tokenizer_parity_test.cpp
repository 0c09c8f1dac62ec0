// The tokenizer against golden rows of the Python package tokenizers 0.23.3,
// in the folder that LETHE_FIXTURES names.
#include <cstdlib>

#include "harness/text/text_testing.h"

namespace lethe {
namespace {

std::string fixtures() {
  const char* folder = std::getenv("LETHE_FIXTURES");
  return folder ? folder : "";
}

#define SKIP_WITHOUT_FIXTURES() \
  if (fixtures().empty()) GTEST_SKIP() << "LETHE_FIXTURES is not set"

TEST(TokenizerParity, EqualsThePeerOnAByteLevelTokenizer) {
  SKIP_WITHOUT_FIXTURES();
  const std::string folder = fixtures() + "/tokenizers/gpt2-bbpe";
  const auto tokenizer = Tokenizer::load(folder);
  EXPECT_EQ(expect_golden(*tokenizer, folder + "/golden.jsonl"), 445);
  EXPECT_EQ(tokenizer->bos_id(), tokenizer->eos_id());
  EXPECT_TRUE(tokenizer->bos_id().has_value());
}

TEST(TokenizerParity, EqualsThePeerOnALlama2Tokenizer) {
  SKIP_WITHOUT_FIXTURES();
  const std::string folder = fixtures() + "/tokenizers/llama2-sp";
  const auto tokenizer = Tokenizer::load(folder);
  EXPECT_EQ(expect_golden(*tokenizer, folder + "/golden.jsonl"), 445);
  EXPECT_EQ(tokenizer->bos_id(), 1);
  EXPECT_EQ(tokenizer->eos_id(), 2);
  EXPECT_EQ(tokenizer->unk_id(), 0);
  EXPECT_EQ(tokenizer->leading_specials(), (Ids{1}));
}

TEST(TokenizerParity, EqualsThePeerOnALlama3Tokenizer) {
  SKIP_WITHOUT_FIXTURES();
  const std::string folder = fixtures() + "/tokenizers/llama3-bbpe";
  const auto tokenizer = Tokenizer::load(folder);
  EXPECT_EQ(expect_golden(*tokenizer, folder + "/golden.jsonl"), 445);
  EXPECT_EQ(tokenizer->leading_specials(), Ids{*tokenizer->bos_id()});
}

// Chat rows hold many special strings: ids are of `text` without a template.
TEST(TokenizerParity, EncodesRenderedChatsAsThePeerDoes) {
  SKIP_WITHOUT_FIXTURES();
  for (const std::string name :
       {"llama2-sp", "llama3-bbpe", "qwen2-bbpe", "zephyr-sp", "gemma-sp"}) {
    const std::string folder = fixtures() + "/tokenizers/" + name;
    const auto tokenizer = Tokenizer::load(folder);
    int rows = 0;
    for (const auto& line : read_lines(folder + "/chat.jsonl")) {
      const Json row = parse_json(line, "chat.jsonl");
      if (!row.contains("ids")) continue;
      const Ids ids = tokenizer->encode(row["text"], {.special_tokens = false});
      EXPECT_EQ(row["ids"], Json(ids));
      ++rows;
    }
    EXPECT_GT(rows, 0);
  }
}

TEST(TokenizerParity, EqualsThePeerOnTokenizersOfEveryFamily) {
  SKIP_WITHOUT_FIXTURES();
  int seen = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(fixtures() + "/tokenizers")) {
    const std::string folder = entry.path().string();
    if (!Tokenizer::present(folder)) continue;
    ++seen;
    SCOPED_TRACE(folder);
    const auto tokenizer = Tokenizer::load(folder);
    EXPECT_EQ(expect_golden(*tokenizer, folder + "/golden.jsonl"), 445);
  }
  EXPECT_EQ(seen, 17);
}

TEST(TokenizerParity, EqualsThePeerOnPublishedTokenizers) {
  SKIP_WITHOUT_FIXTURES();
  const std::string real = fixtures() + "/tokenizers-real/";
  for (const std::string name : {"gpt2", "phi3", "falcon", "gpt_neox"}) {
    const Json source = read_json(real + name + "/source.json");
    for (const auto& [path, hash] : source["files"].items()) {
      const std::string file = fixtures() + "/../" + path;
      if (!exists(file)) GTEST_SKIP() << file << " is not there";
      const TemporaryFolder folder;
      folder.write("tokenizer.json", read_file(file));
      SCOPED_TRACE(name);
      const auto tokenizer = Tokenizer::load(folder.path());
      EXPECT_EQ(tokenizer->hash(), hash);
      EXPECT_GT(expect_golden(*tokenizer, real + name + "/golden.jsonl"), 300);
    }
  }
}

}  // namespace
}  // namespace lethe
