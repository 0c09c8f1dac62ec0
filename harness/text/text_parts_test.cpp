// The parts of the tokenizer that have a meaning of their own.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "harness/text/bpe_merge.h"
#include "harness/text/byte_level.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"
#include "harness/text/word_cache.h"
#include "harness/text/word_split.h"

namespace lethe {
namespace {

using Strings = std::vector<std::string>;

Strings split(const std::string& text) {
  std::vector<std::string_view> pieces;
  gpt2_split(text, &pieces);
  return {pieces.begin(), pieces.end()};
}

TEST(Utf8, RoundTripsEveryCodePoint) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::string text = utf8(c);
    ASSERT_TRUE(valid_utf8(text)) << static_cast<uint32_t>(c);
    ASSERT_EQ(code_point_at(text.data()).value, c);
    ASSERT_EQ(code_point_before(text.data() + text.size()).value, c);
    ASSERT_EQ(code_point_at(text.data()).size, text.size());
  }
}

// The expected texts are what Python 3.11 gives for errors="replace".
TEST(Utf8, RepairsAsPythonDoes) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(repaired_utf8("\xFF"), mark);
  EXPECT_EQ(repaired_utf8("a\xC3"), "a" + mark);
  EXPECT_EQ(repaired_utf8("\xE2\x82z"), mark + "z");
  EXPECT_EQ(repaired_utf8("\xF0\x9F\x98"), mark);
  EXPECT_EQ(repaired_utf8("\xF0\x80\x80"), mark + mark + mark);
  EXPECT_EQ(repaired_utf8("\xC0\xAF"), mark + mark);
  EXPECT_EQ(repaired_utf8("\xF4\x90\x80\x80"), mark + mark + mark + mark);
  EXPECT_EQ(repaired_utf8("\xED\xA0\x80"), mark + mark + mark);
  EXPECT_EQ(repaired_utf8("abcdefgh\x80ijklmnop"),
            "abcdefgh" + mark + "ijklmnop");
}

TEST(Unicode, CountsTheClassesOfUnicode16) {
  int letters = 0, numbers = 0, spaces = 0, words = 0;
  for (char32_t c = 0; c < 0x110000; ++c) {
    const uint8_t bits = unicode_classes()[c];
    letters += (bits & kLetter) != 0;
    numbers += (bits & kNumber) != 0;
    spaces += (bits & kSpace) != 0;
    words += (bits & kWord) != 0;
    const uint8_t kinds = bits & (kLetter | kNumber | kSpace);
    ASSERT_EQ(kinds & (kinds - 1), 0) << static_cast<uint32_t>(c);
  }
  EXPECT_EQ(letters, 141028);
  EXPECT_EQ(numbers, 1911);
  EXPECT_EQ(spaces, 25);
  EXPECT_EQ(words, 144667);
}

TEST(Unicode, KnowsHardCases) {
  const uint8_t* classes = unicode_classes();
  EXPECT_EQ(classes[0x180E], 0);                // Mongolian vowel separator
  EXPECT_EQ(classes[0x85], kSpace);             // next line
  EXPECT_EQ(classes[0x1F], 0);                  // Python's isspace() differs
  EXPECT_EQ(classes[0x1C89], kLetter | kWord);  // of Unicode 16
  EXPECT_EQ(classes[0xB2], kNumber);            // superscript two
  EXPECT_EQ(classes[0x301], kWord);             // combining acute
}

TEST(Gpt2Split, CutsWordsNumbersAndSigns) {
  EXPECT_EQ(split("Hi you,  42!? x2y"),
            (Strings{"Hi", " you", ",", " ", " 42", "!?", " x", "2", "y"}));
  EXPECT_EQ(split("it's I'LL 're''s"),
            (Strings{"it", "'s", " I", "'", "LL", " '", "re", "''", "s"}));
  EXPECT_EQ(split(""), Strings{});
}

TEST(Gpt2Split, LeavesTheLastSpaceToTheWord) {
  EXPECT_EQ(split("a   b"), (Strings{"a", "  ", " b"}));
  EXPECT_EQ(split("a\n\nb"), (Strings{"a", "\n", "\n", "b"}));
  EXPECT_EQ(split("a\n b"), (Strings{"a", "\n", " b"}));
  EXPECT_EQ(split("a \xC2\xA0"
                  "b"),
            (Strings{"a", " ", "\xC2\xA0", "b"}));
  EXPECT_EQ(split("a  "), (Strings{"a", "  "}));
  EXPECT_EQ(split(" "), (Strings{" "}));
}

TEST(Gpt2Split, GivesContractionsTheirOwnPiece) {
  for (const std::string tail : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    EXPECT_EQ(split("x" + tail + "y"), (Strings{"x", tail, "y"}));
    EXPECT_EQ(split(tail), (Strings{tail}));
  }
  EXPECT_EQ(split("x'"), (Strings{"x", "'"}));
  EXPECT_EQ(split("x'l"), (Strings{"x", "'", "l"}));
}

Strings split3(const std::string& text, int most_digits = 3) {
  std::vector<std::string_view> pieces;
  llama3_split(text, most_digits, &pieces);
  return {pieces.begin(), pieces.end()};
}

TEST(Llama3Split, TakesOneSignBeforeAWord) {
  EXPECT_EQ(split3("a (b) ((c #d\te"),
            (Strings{"a", " (", "b", ")", " ((", "c", " #", "d", "\te"}));
  EXPECT_EQ(split3("  x"), (Strings{" ", " x"}));
}

TEST(Llama3Split, CutsNumbersInGroups) {
  EXPECT_EQ(split3("1234567 89"), (Strings{"123", "456", "7", " ", "89"}));
  EXPECT_EQ(split3("123", 1), (Strings{"1", "2", "3"}));
}

TEST(Llama3Split, FindsContractionsInAnyCase) {
  EXPECT_EQ(split3("I'LL he'D x'\xC5\xBFy"),
            (Strings{"I", "'LL", " he", "'D", " x", "'\xC5\xBF", "y"}));
  EXPECT_EQ(split3("'xy"), (Strings{"'xy"}));
}

TEST(Llama3Split, EndsPiecesAtLineEnds) {
  EXPECT_EQ(split3("a!\r\n\nb"), (Strings{"a", "!\r\n\n", "b"}));
  EXPECT_EQ(split3("a \n \n  b"), (Strings{"a", " \n \n", " ", " b"}));
  EXPECT_EQ(split3("a  "), (Strings{"a", "  "}));
}

TEST(ByteAlphabet, WritesEveryByteAndReadsItBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const std::string text = byte_alphabet().encode(bytes);
  EXPECT_TRUE(valid_utf8(text));
  EXPECT_EQ(byte_alphabet().decode(text), bytes);
  EXPECT_EQ(byte_alphabet().encode(" \n"), "\xC4\xA0\xC4\x8A");
  EXPECT_EQ(byte_alphabet().decode("a b"), std::nullopt);
}

TEST(FlatMap, KeepsTheLastValueOfAKey) {
  FlatMap map;
  for (uint32_t i = 0; i < 5000; ++i) map.set(FlatMap::key(i, i * 7), {i, 1});
  for (uint32_t i = 0; i < 5000; i += 2) {
    map.set(FlatMap::key(i, i * 7), {i, 2});
  }
  EXPECT_EQ(map.size(), 5000u);
  for (uint32_t i = 0; i < 5000; ++i) {
    const auto* found = map.find(FlatMap::key(i, i * 7));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->first, i);
    EXPECT_EQ(found->second, i % 2 == 0 ? 2u : 1u);
    EXPECT_EQ(map.find(FlatMap::key(i, i * 7 + 1)), nullptr);
  }
}

TEST(WordCache, GivesBackWhatItKeeps) {
  WordCache cache;
  std::vector<int64_t> ids;
  const std::vector<uint32_t> kept = {7, 8};
  for (size_t size = 0; size < 40; ++size) {
    const std::string word(size, 'w');
    EXPECT_FALSE(cache.find(word, &ids));
    cache.keep(word, kept.data(), kept.size());
    EXPECT_EQ(cache.find(word, &ids), size > 0 && size <= 30) << size;
  }
  EXPECT_EQ(ids.size(), 60u);
}

// The definition itself, in quadratic time.
std::vector<uint32_t> merged_slowly(const MergeTable& merges,
                                    std::vector<uint32_t> ids) {
  while (true) {
    const MergeTable::Value* best = nullptr;
    size_t at = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto* found = merges.find(FlatMap::key(ids[i], ids[i + 1]));
      if (found && (!best || found->first < best->first)) {
        best = found;
        at = i;
      }
    }
    if (!best) return ids;
    ids[at] = best->second;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

TEST(MergePairs, EqualsItsDefinitionInShortAndLongWords) {
  std::mt19937 random(1);
  const auto below = [&](uint32_t n) {
    return static_cast<uint32_t>(random() % n);
  };
  MergeMemory memory;
  for (int round = 0; round < 300; ++round) {
    MergeTable merges;
    std::vector<uint32_t> ranks(60);
    std::iota(ranks.begin(), ranks.end(), 0u);
    std::shuffle(ranks.begin(), ranks.end(), random);
    for (uint32_t i = 0; i < ranks.size(); ++i) {
      const uint32_t left = below(4 + i);
      merges.set(FlatMap::key(left, below(4 + i)), {ranks[i], 4 + i});
    }
    std::vector<uint32_t> ids(below(200));
    for (auto& id : ids) id = below(4);
    const auto want = merged_slowly(merges, ids);
    merge_pairs(merges, &memory, &ids);
    ASSERT_EQ(ids, want);
  }
}

}  // namespace
}  // namespace lethe
