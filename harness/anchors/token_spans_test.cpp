#include "harness/anchors/token_spans.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/base/error.h"
#include "harness/text/text_testing.h"

namespace lethe {
namespace {

// The tokens' texts with | between; ^ for an empty one.
std::string shown(const Tokenizer& tokenizer, const std::string& text,
                  EncodeOptions options = {}) {
  std::string all;
  size_t end = 0;
  for (const TokenSpan& span :
       token_spans(tokenizer, text, tokenizer.encode(text, options))) {
    EXPECT_EQ(span.begin, end);
    end = span.end;
    if (!all.empty()) all += '|';
    all += span.begin == span.end
               ? "^"
               : text.substr(span.begin, span.end - span.begin);
  }
  EXPECT_EQ(end, text.size());
  return all;
}

TEST(TokenSpans, OfAPlainVocabularyAreItsSpellings) {
  const auto tokenizer = load_json(letters());
  EXPECT_EQ(shown(*tokenizer, "abc a"), "ab|c| |a");
  EXPECT_EQ(shown(*tokenizer, ""), "");
}

TEST(TokenSpans, ByteLevelTokensTakeTheirSpaceAndCutCharacters) {
  Json json = letters();
  // U+0120 is the space, U+00C3 and U+00A9 the bytes of é.
  json["pre_tokenizer"] = {{"type", "ByteLevel"},
                           {"add_prefix_space", false},
                           {"trim_offsets", true},
                           {"use_regex", true}};
  json["decoder"] = {{"type", "ByteLevel"}};
  json["model"]["vocab"] = {{"a", 0}, {"Ġ", 1}, {"Ġa", 2}, {"Ã", 3}, {"©", 4}};
  json["model"]["merges"] = {"Ġ a"};
  const auto tokenizer = load_json(json);
  const auto spans = token_spans(*tokenizer, "a aé", tokenizer->encode("a aé"));
  ASSERT_EQ(spans.size(), 4U);
  EXPECT_EQ(spans[1].begin, 1U);
  EXPECT_EQ(spans[1].end, 3U);
  EXPECT_EQ(spans[2].end, 4U);  // half of é
  EXPECT_EQ(spans[3].end, 5U);
}

TEST(TokenSpans, RefusesATokenizerThatChangesTheText) {
  Json json = letters();
  json["normalizer"] = {{"type", "Lowercase"}};
  const auto tokenizer = load_json(json);
  EXPECT_EQ(shown(*tokenizer, "ab"), "ab");
  EXPECT_THROW(token_spans(*tokenizer, "aB", tokenizer->encode("aB")), Error);
}

// Every family of tokenizers of the fixtures on a text with what is hard.
TEST(TokenSpans, SpellTheTextWithTheTokenizersOfModels) {
  const char* fixtures = std::getenv("LETHE_FIXTURES");
  if (fixtures == nullptr || *fixtures == 0)
    GTEST_SKIP() << "LETHE_FIXTURES is not set";
  const std::string text = "Okafor’s  été\n\tin Lumenstadt, 中文 😀 x.";
  for (const char* name :
       {"gpt2-bbpe", "llama3-bbpe", "qwen2-bbpe", "falcon-bbpe", "llama2-sp",
        "gemma-sp", "zephyr-sp", "neox-spaces"}) {
    const std::string folder = std::string(fixtures) + "/tokenizers/" + name;
    if (!Tokenizer::present(folder)) continue;
    SCOPED_TRACE(name);
    const auto tokenizer = Tokenizer::load(folder);
    EXPECT_NE(shown(*tokenizer, text), "");
    const std::string first = shown(*tokenizer, "Ines saw Ines");
    EXPECT_EQ(
        first.find("| saw") == first.npos && first.find("| s") == first.npos,
        false)
        << first;
  }
}

}  // namespace
}  // namespace lethe
