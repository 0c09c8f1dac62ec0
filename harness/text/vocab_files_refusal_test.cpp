// Vocabulary files that are refused, each with one clear line and none with a
// crash.
#include <cstring>
#include <limits>

#include "harness/text/sentencepiece.h"
#include "harness/text/text_testing.h"

namespace lethe {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

// The message of the error that loading ends with; empty if it loads.
std::string refusal(const Files& files, Fault fault = Fault::input) {
  const TemporaryFolder folder;
  for (const auto& [name, bytes] : files) folder.write(name, bytes);
  try {
    Tokenizer::load(folder.path());
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), fault) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

#define EXPECT_HAS(text, part)                               \
  EXPECT_NE(std::string(text).find(part), std::string::npos) \
      << "\"" << (text) << "\" lacks \"" << (part) << "\""

// Protocol Buffers, written by hand.
std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
std::string number_field(uint32_t field, uint64_t value) {
  return varint(field << 3) + varint(value);
}
std::string bytes_field(uint32_t field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}
std::string float_field(uint32_t field, float value) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  return varint(field << 3 | 5) + std::string(bytes, 4);
}
std::string piece(const std::string& text, float score = 0, int type = 1) {
  return bytes_field(1, bytes_field(1, text) + float_field(2, score) +
                            number_field(3, static_cast<uint64_t>(type)));
}

// A BPE model of "a", "b" and "ab".
const std::string kUnknown = piece("<unk>", 0, 2);
const std::string kBpe = bytes_field(2, number_field(3, 2));
const std::string kLetters = kUnknown + piece("a") + piece("b");

std::string model_refusal(const std::string& bytes) {
  return refusal({{"tokenizer.model", bytes}});
}

TEST(VocabFilesRefusal, LoadsTheModelThatTheOthersStartFrom) {
  EXPECT_EQ(model_refusal(kLetters + piece("ab", -1) + kBpe), "");
  EXPECT_EQ(model_refusal(kLetters), "");  // a unigram model
}

TEST(VocabFilesRefusal, NamesWhatIsWrongWithTheBytesOfAModel) {
  const auto expect = [](const std::string& bytes, const char* part) {
    EXPECT_HAS(model_refusal(bytes), part);
  };
  expect("", "has no pieces");
  expect(kLetters + "\x0A", "ends inside a number");
  expect(kLetters + "\x0A\x05xy", "has 5 bytes, but 2 are left");
  expect(kLetters + varint(1 << 3 | 2) + varint(~uint64_t{0}) + "xy",
         "has 18446744073709551615 bytes");
  expect(kLetters + std::string(10, '\xFF') + "\x01", "more than 10 bytes");
  expect(kLetters + varint(9 << 3 | 3), "wire type 3");
  expect(kLetters + varint(2), "field number 0");
  expect(kLetters + number_field(1, 3), "is no text");
  expect(kLetters + bytes_field(1, bytes_field(2, "x")), "is no number");
  expect(kLetters + bytes_field(1, bytes_field(1, "x") + bytes_field(3, "x")),
         "is no integer");
  expect(kLetters + varint(9 << 3 | 5) + "xyz", "has 4 bytes, but 3 are left");
}

TEST(VocabFilesRefusal, NamesThePieceThatIsWrong) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const auto expect = [](const std::string& more, const char* part) {
    EXPECT_HAS(model_refusal(kLetters + more), part);
  };
  expect(piece("a"), "piece \"a\" is there twice");
  expect(piece("c", nan), "piece 3 has the score nan");
  expect(piece("c", -infinity), "piece 3 has the score -inf");
  expect(piece("c", 0, 0), "piece 3 has type 0");
  expect(piece("c", 0, 7), "piece 3 has type 7");
  expect(piece("c", 0, -1), "piece 3 has type -1");
  expect(piece(""), "piece 3 has 0 bytes");
  expect(piece(std::string(1025, 'x')), "piece 3 has 1025 bytes");
  expect(piece("\xFF"), "piece 3 is not UTF-8");
  expect(piece("<0xGG>", 0, 6), "names no byte");
  expect(piece("?", 0, 2), "has 2 unknown pieces");
  EXPECT_HAS(model_refusal(piece("a")), "has 0 unknown pieces");
}

TEST(VocabFilesRefusal, NamesWhatAModelNeedsThatIsNotSupported) {
  const auto expect = [](const std::string& more, const char* part) {
    EXPECT_HAS(model_refusal(kLetters + more), part);
  };
  expect(bytes_field(2, number_field(3, 3)), "model_type word");
  expect(bytes_field(2, number_field(3, 4)), "model_type char");
  expect(bytes_field(2, number_field(3, 9)), "model_type 9");
  expect(bytes_field(2, number_field(24, 1)), "treat_whitespace_as_suffix");
  expect(bytes_field(2, number_field(35, 1)), "byte_fallback lacks <0x00>");
  expect(bytes_field(5, bytes_field(2, "xxxx")), "a denormalizer");
  expect(bytes_field(3, bytes_field(2, "xx")),
         "precompiled_charsmap is no map");
  expect(bytes_field(3, bytes_field(2, "\x08\x01\x01\x01")), "has an array of");
  expect(kBpe + piece("c", 0, 5), "piece 3 is unused");
  expect(kBpe + piece("ac"), "has a character without a piece");
  EXPECT_HAS(model_refusal(kUnknown), "no normal piece");
}

// Whatever is cut off or changed: an error or a model, never a crash.
TEST(VocabFilesRefusal, SurvivesEveryDamage) {
  const std::string good =
      kLetters + piece("ab", -1) +
      bytes_field(
          2, number_field(3, 2) + number_field(41, 9) + bytes_field(44, "?")) +
      bytes_field(3, number_field(3, 0));
  int refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    try {
      read_sentencepiece(bytes, "tokenizer.model");
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      ++refused;
    }
  };
  for (size_t size = 0; size < good.size(); ++size) {
    attempt(good.substr(0, size));
    for (const char byte : {'\0', '\x01', '\x7F', '\x80', '\xFF'}) {
      std::string changed = good;
      changed[size] = byte;
      attempt(changed);
    }
  }
  EXPECT_GT(refused, 200);
}

TEST(VocabFilesRefusal, BoundsTheTimeAndMemoryOfMerges) {
  // Every split of a row of one letter is a merge of two texts.
  std::string rows = kUnknown + kBpe;
  for (const char letter : {'a', 'b'}) {
    for (size_t size = 1; size <= 1024; ++size) {
      rows += piece(std::string(size, letter), -static_cast<float>(size));
    }
  }
  EXPECT_HAS(model_refusal(rows), "pieces are too long together");
}

TEST(VocabFilesRefusal, TellsTiktokenFilesFromModels) {
  EXPECT_HAS(model_refusal("IQ== 0\nIg== 1\n"), "is a tiktoken file");
}

TEST(VocabFilesRefusal, RefusesAModelOfAnotherKindThanTheClassReads) {
  const std::string unigram =
      R"({"tokenizer_class": "T5Tokenizer", "extra_ids": 0})";
  EXPECT_HAS(refusal({{"tokenizer.model", kLetters + kBpe},
                      {"tokenizer_config.json", unigram}}),
             "is a bpe model, but T5Tokenizer needs a unigram one");
  EXPECT_HAS(refusal({{"tokenizer.model", kLetters},
                      {"tokenizer_config.json",
                       R"({"tokenizer_class": "LlamaTokenizer"})"}}),
             "is a unigram model, but LlamaTokenizer needs a bpe one");
  EXPECT_HAS(refusal({{"tokenizer.model", kLetters},
                      {"tokenizer_config.json",
                       R"({"tokenizer_class": "T5Tokenizer",
                           "extra_ids": -1})"}}),
             "\"extra_ids\" is -1");
}

const char* const kGpt2 = R"({"model_type": "gpt2"})";

std::string bpe_refusal(const std::string& vocab, const std::string& merges) {
  return refusal(
      {{"vocab.json", vocab}, {"merges.txt", merges}, {"config.json", kGpt2}});
}

TEST(VocabFilesRefusal, NamesTheLineOrTokenThatIsWrong) {
  const std::string vocab = R"({"a": 0, "b": 1, "ab": 2})";
  EXPECT_EQ(bpe_refusal(vocab, "#version: 0.2\na b\n"), "");
  EXPECT_HAS(bpe_refusal(vocab, "#version: 0.2\na b\nab\n"),
             "merges.txt: line 3 is \"ab\"");
  EXPECT_HAS(bpe_refusal(vocab, "a b c\n"), "line 1 is \"a b c\"");
  EXPECT_HAS(bpe_refusal(vocab, "a b\n\n"), "line 2 is \"\"");
  EXPECT_HAS(bpe_refusal(vocab, "a x\n"), "a merge needs token \"x\"");
  EXPECT_HAS(bpe_refusal(vocab, "b a\n"), "a merge needs token \"ba\"");
  EXPECT_HAS(bpe_refusal(vocab, "\xFF b\n"), "is not UTF-8");
  EXPECT_HAS(bpe_refusal("[]", ""), "is not an object");
  EXPECT_HAS(bpe_refusal(R"({"a": 0, "b": 0})", ""), "belongs to");
  EXPECT_HAS(bpe_refusal(R"({"a": 0, "a": 1})", ""), "appears twice");
  EXPECT_HAS(bpe_refusal(R"({"a": -1})", ""), "has id -1");
  EXPECT_HAS(bpe_refusal(R"({"a": 99999999})", ""), "has id 99999999");
  EXPECT_HAS(bpe_refusal(R"({"<|endoftext|>": 9223372036854775807})", ""),
             "has id 9223372036854775807");
  EXPECT_HAS(bpe_refusal(R"({"a": 0.5})", ""), "has id 0.5");
}

TEST(VocabFilesRefusal, NamesTheWordThatIsWrong) {
  const std::string special = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  EXPECT_EQ(refusal({{"vocab.txt", special}}), "");
  EXPECT_HAS(refusal({{"vocab.txt", ""}}), "has no tokens");
  EXPECT_HAS(refusal({{"vocab.txt", special + "a\na \n"}}),
             "\"a\" is on lines 6 and 7");
  EXPECT_HAS(refusal({{"vocab.txt", special + "\xC3\n"}}), "is not UTF-8");
  EXPECT_HAS(refusal({{"vocab.txt", special},
                      {"tokenizer_config.json", R"({"cls_token": null})"}}),
             "BertTokenizer has no cls_token");
  EXPECT_HAS(refusal({{"vocab.txt", special},
                      {"tokenizer_config.json", R"({"do_lower_case": 1})"}}),
             "\"do_lower_case\" is 1");
}

TEST(VocabFilesRefusal, NamesTheAddedTokenThatIsWrong) {
  const auto with = [](const std::string& config, const std::string& added) {
    Files files = {{"vocab.json", R"({"a": 0})"},
                   {"merges.txt", ""},
                   {"config.json", kGpt2},
                   {"tokenizer_config.json", config}};
    if (!added.empty()) files.emplace_back("added_tokens.json", added);
    return refusal(files);
  };
  EXPECT_EQ(with("{}", R"({"x": 1})"), "");
  EXPECT_HAS(with("{}", R"({"x": 2})"), "\"x\" has id 2, but the vocabulary");
  EXPECT_HAS(with("{}", R"({"x": "1"})"), "\"x\" has id \"1\"");
  const auto decoder = [&](const std::string& tokens) {
    return with(R"({"added_tokens_decoder": )" + tokens + "}", "");
  };
  EXPECT_EQ(decoder(R"({"1": {"content": "x"}})"), "");
  EXPECT_HAS(decoder(R"({"9": {"content": "x"}})"), "\"x\" has id 9");
  EXPECT_HAS(decoder(R"({"-1": {"content": "x"}})"), "has id \"-1\"");
  EXPECT_HAS(decoder(R"({"99999999999999999999": {"content": "x"}})"),
             "ids are integers");
  EXPECT_HAS(decoder(R"({"1": "x"})"), "is no object");
  EXPECT_HAS(decoder(R"({"1": {"content": "x", "lstrip": 1}})"),
             "\"lstrip\" of a token is 1");
  EXPECT_HAS(decoder("[]"), "is not an object");
  EXPECT_HAS(with(R"({"eos_token": 5})", ""), "token 5 is malformed");
  EXPECT_HAS(with(R"({"extra_special_tokens": 5})", ""), "are not a list");
}

TEST(VocabFilesRefusal, NamesTheFileOrClassThatIsMissing) {
  const std::string none = refusal({}, Fault::usage);
  for (const char* name : {"tokenizer.json", "tokenizer.model", "vocab.json",
                           "merges.txt", "vocab.txt"}) {
    EXPECT_HAS(none, name);
  }
  EXPECT_HAS(refusal({{"tekken.json", "{}"}}, Fault::usage),
             "tekken.json: is of a format that is not read");
  EXPECT_HAS(
      refusal({{"vocab.json", "{}"}, {"config.json", kGpt2}}, Fault::usage),
      "GPT2Tokenizer needs merges.txt");
  EXPECT_HAS(refusal({{"vocab.json", "{}"}, {"merges.txt", ""}}),
             "is of no known class");
  const auto of_class = [](const std::string& name) {
    return std::pair("tokenizer_config.json",
                     R"({"tokenizer_class": ")" + name + "\"}");
  };
  EXPECT_HAS(refusal({of_class("LlamaTokenizer")}, Fault::usage),
             "LlamaTokenizer needs tokenizer.model");
  EXPECT_HAS(refusal({of_class("BertTokenizer")}, Fault::usage),
             "BertTokenizer needs vocab.txt");
  EXPECT_HAS(refusal({{"vocab.json", "{}"}, of_class("CTRLTokenizer")}),
             "tokenizer_class \"CTRLTokenizer\" is not supported");
}

}  // namespace
}  // namespace lethe
