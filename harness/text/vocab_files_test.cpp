// Folders without a tokenizer.json, against the peers on small vocabularies.
#include <cstring>

#include "harness/text/text_testing.h"

namespace lethe {
namespace {

const std::string kVocabularies =
    LETHE_SOURCE_DIR "/harness/text/testdata/vocab_files/";

std::string vocabulary(const std::string& name) {
  return read_file(kVocabularies + name);
}

// A folder with some of its files.
struct Folder : TemporaryFolder {
  // `names` are of vocabularies; a sentencepiece model is tokenizer.model.
  explicit Folder(const std::vector<std::string>& names) {
    for (const auto& name : names) {
      const bool model = name.find(".model") != std::string::npos;
      write(model ? "tokenizer.model" : name, vocabulary(name));
    }
  }
  void write_config(const Json& config) const {
    write("tokenizer_config.json", config.dump());
  }
};

std::shared_ptr<const Tokenizer> load(const TemporaryFolder& folder) {
  EXPECT_TRUE(Tokenizer::present(folder.path()));
  return Tokenizer::load(folder.path());
}

TEST(VocabFiles, EqualThePeerOfEveryClass) {
  const std::string file = kVocabularies + "cases.jsonl";
  int cases = 0;
  for (const auto& line : read_lines(file)) {
    const Json test = parse_json(line, file);
    const TemporaryFolder folder;
    for (const auto& [name, source] : test["files"].items()) {
      folder.write(name, vocabulary(source));
    }
    if (!test["config"].is_null()) {
      folder.write("tokenizer_config.json", test["config"].dump());
    }
    SCOPED_TRACE(test["peer"].dump() + test["config"].dump());
    const auto tokenizer = load(folder);
    EXPECT_GE(test["rows"].size(), 26);
    for (const Json& row : test["rows"]) expect_row(*tokenizer, row);
    ++cases;
  }
  EXPECT_EQ(cases, 17);
}

TEST(VocabFiles, GoAfterATokenizerJson) {
  const Folder folder({"vocab.txt", "bpe.model"});
  folder.write("tokenizer.json", letters().dump());
  EXPECT_EQ(load(folder)->encode("ab"), (Ids{3}));
}

TEST(VocabFiles, AreReadByTheClassOfTheFamilyIfNoneIsNamed) {
  const Folder folder({"vocab.json", "merges.txt"});
  folder.write("config.json", R"({"model_type": "qwen2"})");
  const auto qwen = load(folder);
  EXPECT_EQ(qwen->pad_id(), qwen->eos_id());
  folder.write("config.json", R"({"model_type": "gpt2"})");
  const auto gpt = load(folder);
  EXPECT_FALSE(gpt->pad_id());
  EXPECT_NE(qwen->hash(), gpt->hash());
  // GPT-2 leaves a combining accent alone, Qwen2 composes it.
  EXPECT_EQ(qwen->encode("e\xCC\x81"), qwen->encode("\xC3\xA9"));
  EXPECT_NE(gpt->encode("e\xCC\x81"), gpt->encode("\xC3\xA9"));
  folder.write("tokenizer_config.json",
               R"({"tokenizer_class": "Qwen2TokenizerFast"})");
  EXPECT_EQ(load(folder)->hash(), qwen->hash());
}

TEST(VocabFiles, OfWordsAreBertsIfNoClassIsNamed) {
  const Folder folder({"vocab.txt"});
  const auto tokenizer = load(folder);
  EXPECT_EQ(tokenizer->encode("Harbour"), tokenizer->encode("harbour"));
  EXPECT_EQ(tokenizer->leading_specials(), (Ids{2}));
}

TEST(VocabFiles, MayLeaveIdsOut) {
  const TemporaryFolder folder;
  folder.write("vocab.json", R"({"a": 0, "b": 7, "ab": 9})");
  folder.write("merges.txt", "#version: 0.2\r\na b\r\n");
  folder.write("config.json", R"({"model_type": "gpt2"})");
  folder.write("tokenizer_config.json",
               R"({"bos_token": "a", "eos_token": "b", "unk_token": null})");
  const auto tokenizer = load(folder);
  EXPECT_EQ(tokenizer->encode("ab", {.plain_text = true}), (Ids{9}));
  EXPECT_EQ(tokenizer->encode("ab"), (Ids{0, 7}));  // both are special
  EXPECT_EQ(tokenizer->vocab_size(), 10);
  EXPECT_EQ(tokenizer->token(9), "ab");
}

TEST(VocabFiles, TakeAddedTokensOfTheFilesBesideThem) {
  const Folder folder({"vocab.json", "merges.txt"});
  folder.write("config.json", R"({"model_type": "gpt2"})");
  const auto bare = load(folder);
  EXPECT_EQ(bare->eos_id(), bare->vocab_size() - 1);  // <|endoftext|> is new
  const auto next = *bare->eos_id();
  folder.write("added_tokens.json",
               fmt::format(R"({{"<pad>": {}, "<new>": {}}})", next + 1, next));
  folder.write("special_tokens_map.json",
               R"({"pad_token": {"content": "<pad>", "lstrip": true}})");
  const auto tokenizer = load(folder);
  EXPECT_EQ(tokenizer->token_id("<new>"), next);
  EXPECT_EQ(tokenizer->pad_id(), next + 1);
  EXPECT_TRUE(tokenizer->is_special(next + 1));
  EXPECT_FALSE(tokenizer->is_special(next));
  // The added token's flags hold: no white space is taken along.
  EXPECT_EQ(tokenizer->encode(" <pad>").size(), 2);
  EXPECT_EQ(tokenizer->encode("<new>", {.plain_text = true}), (Ids{next}));
  EXPECT_GT(tokenizer->encode("<pad>", {.plain_text = true}).size(), 1);
}

// Qwen2's class adds its special tokens once more, without their flags.
TEST(VocabFiles, KeepTheFlagsOfSpecialTokensButForQwen2) {
  const Folder folder({"vocab.json", "merges.txt"});
  Json config = {{"tokenizer_class", "GPT2Tokenizer"},
                 {"eos_token", {{"content", "<e>"}, {"lstrip", true}}}};
  config["eos_token"]["__type"] = "AddedToken";
  folder.write_config(config);
  EXPECT_EQ(load(folder)->encode(" <e>").size(), 1);
  config["tokenizer_class"] = "Qwen2Tokenizer";
  folder.write_config(config);
  EXPECT_EQ(load(folder)->encode(" <e>").size(), 2);
}

TEST(VocabFiles, WithAConfigurationFindSpecialTokensInASentencePieceText) {
  const Folder folder({"bpe.model"});
  const auto bare = load(folder);
  EXPECT_EQ(bare->bos_id(), 1);
  EXPECT_TRUE(bare->is_special(1));
  EXPECT_EQ(bare->decode({1, 2}), "");
  const Ids text = bare->encode("</s>");
  EXPECT_GT(text.size(), 1);
  folder.write_config({{"tokenizer_class", "PreTrainedTokenizerFast"},
                       {"add_bos_token", true}});
  const auto tokenizer = load(folder);
  EXPECT_EQ(tokenizer->encode("</s>"), (Ids{1, 2}));
  EXPECT_EQ(tokenizer->encode("</s>", {.plain_text = true}).size(),
            text.size() + 1);
  EXPECT_EQ(tokenizer->decode({1, 2}), "<s></s>");
  EXPECT_EQ(tokenizer->encode("a bell", {.special_tokens = false}),
            bare->encode("a bell"));
}

// A piece of a sentencepiece model; its text has fewer than 100 bytes.
std::string piece(const std::string& text, float score, char type) {
  std::string bytes = "\x0A" + std::string(1, static_cast<char>(text.size())) +
                      text + "\x15" + std::string(4, '\0') + "\x18" + type;
  std::memcpy(bytes.data() + text.size() + 3, &score, 4);
  return "\x0A" + std::string(1, static_cast<char>(bytes.size())) + bytes;
}

// A model without a dummy prefix. `kind`: 1 unigram, 2 byte pairs.
std::shared_ptr<const Tokenizer> load_pieces(const std::string& pieces,
                                             char kind) {
  const TemporaryFolder folder;
  folder.write("tokenizer.model", piece("<unk>", 0, 2) + pieces +
                                      "\x12\x02\x18" + kind +
                                      std::string("\x1A\x02\x18\0", 4));
  return load(folder);
}

// Merges of "ab" and "ba" have one rank then: the one on the left goes first.
TEST(VocabFiles, MergeTheLeftmostOfPiecesOfOneScore) {
  const std::string letters = piece("a", 0, 1) + piece("b", 0, 1);
  const auto equal =
      load_pieces(letters + piece("ab", -1, 1) + piece("ba", -1, 1), 2);
  EXPECT_EQ(equal->encode("bab"), (Ids{4, 2}));
  EXPECT_EQ(equal->encode("abab"), (Ids{3, 3}));
  const auto later =
      load_pieces(letters + piece("ab", -2, 1) + piece("ba", -1, 1), 2);
  EXPECT_EQ(later->encode("abab"), (Ids{1, 4, 2}));
}

// In 64 bits "-", "--" would not score less than "--", "-" after an "a".
TEST(VocabFiles, SumTheScoresOfPiecesIn32Bits) {
  const auto tokenizer = load_pieces(
      piece("a", -3.9F, 1) + piece("-", -5.3F, 1) + piece("--", -1.3F, 1), 1);
  EXPECT_EQ(tokenizer->encode("a---"), (Ids{1, 3, 2}));
}

TEST(VocabFiles, AreTakenUnderTheNameThatTheClassHas) {
  const TemporaryFolder folder;
  folder.write("spiece.model", vocabulary("unigram.model"));
  folder.write("config.json", R"({"model_type": "t5"})");
  EXPECT_EQ(load(folder)->eos_id(), 1);
}

}  // namespace
}  // namespace lethe
