#include "harness/text/tokenizer.h"

#include <thread>

#include "harness/base/hash.h"
#include "harness/text/text_testing.h"

namespace lethe {
namespace {

const char* const kTestdata = LETHE_SOURCE_DIR "/harness/text/testdata/";

std::shared_ptr<const Tokenizer> testdata(const std::string& name) {
  return Tokenizer::load(kTestdata + name);
}

TEST(Tokenizer, EqualsThePeerByteLevel) {
  const auto tokenizer = testdata("byte_level");
  const std::string file = std::string(kTestdata) + "byte_level/golden.jsonl";
  EXPECT_GE(expect_golden(*tokenizer, file), 60);
}

TEST(Tokenizer, EqualsThePeerOverCharacters) {
  const auto tokenizer = testdata("characters");
  const std::string file = std::string(kTestdata) + "characters/golden.jsonl";
  EXPECT_GE(expect_golden(*tokenizer, file), 60);
}

// BERT's steps; Unigram's after NFKC; byte pairs with a suffix after words that
// a regular expression finds.
TEST(Tokenizer, EqualsThePeerOfOtherFamilies) {
  for (const std::string name : {"word_piece", "unigram", "word_ends"}) {
    SCOPED_TRACE(name);
    const std::string file = kTestdata + name + "/golden.jsonl";
    EXPECT_GE(expect_golden(*testdata(name), file), 60);
  }
}

TEST(Tokenizer, MergesTheLowestRankFirstAndTheLeftmostOfEquals) {
  Json json = letters();
  json["model"]["vocab"] = {{"a", 0}, {"b", 1}, {"aa", 2}, {"ab", 3}};
  json["model"]["merges"] = {"a a", "a b"};
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("aaab"), (Ids{2, 3}));
  EXPECT_EQ(tokenizer->encode("aaaab"), (Ids{2, 2, 1}));
}

TEST(Tokenizer, ReadsMergesAsPairsToo) {
  Json json = letters();
  json["model"]["vocab"]["c "] = 5;
  json["model"]["merges"] = Json::array({Json::array({"c", " "})});
  EXPECT_EQ(load_json(json)->encode("abc "), (Ids{0, 1, 5}));
}

TEST(Tokenizer, DropsCharactersWithoutATokenIfNoneIsUnknown) {
  EXPECT_EQ(load_json(letters())->encode("a\xC3\xA9zb"), (Ids{3}));
  EXPECT_EQ(load_json(letters())->encode("z"), Ids{});
}

TEST(Tokenizer, FusesUnknownCharactersOnRequest) {
  Json json = letters();
  json["model"]["vocab"]["<unk>"] = 5;
  json["model"]["unk_token"] = "<unk>";
  EXPECT_EQ(load_json(json)->encode("axyb"), (Ids{0, 5, 5, 1}));
  json["model"]["fuse_unk"] = true;
  EXPECT_EQ(load_json(json)->encode("axyb"), (Ids{0, 5, 1}));
}

// The order is the peer's: bytes overtake an unknown token before them.
TEST(Tokenizer, FallsBackToByteTokensWhereAllExist) {
  Json json = letters();
  json["model"]["vocab"].update(
      {{"<unk>", 5}, {"<0xC3>", 6}, {"<0xA9>", 7}, {"<0x7A>", 8}});
  json["model"]["unk_token"] = "<unk>";
  json["model"]["byte_fallback"] = true;
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("\xC3\xA9z"), (Ids{6, 7, 8}));
  EXPECT_EQ(tokenizer->encode("\xC3\xA8"), (Ids{5}));
  EXPECT_EQ(tokenizer->encode("x\xC3\xA9"
                              "a"),
            (Ids{6, 7, 5, 0}));
}

TEST(Tokenizer, NamesAnUnknownTokenThatTheVocabularyLacks) {
  Json json = letters();
  json["model"]["unk_token"] = "<unk>";
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("ab"), (Ids{3}));
  EXPECT_THROW(tokenizer->encode("x"), Error);
}

TEST(Tokenizer, TakesWholePiecesFirstWhenMergesAreIgnored) {
  Json json = letters();
  json["model"]["vocab"]["bca"] = 5;
  json["model"]["ignore_merges"] = true;
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("bca"), (Ids{5}));
  EXPECT_EQ(tokenizer->encode("bcab"), (Ids{1, 2, 3}));
}

TEST(Tokenizer, MergesAMillionLettersInOneWord) {
  Json json = letters();
  for (std::string token = "aa"; token.size() <= 64; token += token) {
    json["model"]["vocab"][token] = json["model"]["vocab"].size();
    json["model"]["merges"].push_back(
        {token.substr(token.size() / 2), token.substr(token.size() / 2)});
  }
  const auto tokenizer = load_json(json);
  const Ids ids = tokenizer->encode(std::string((1 << 20) + 1, 'a'));
  EXPECT_EQ(ids.size(), (1u << 14) + 1);
  EXPECT_EQ(tokenizer->decode(ids).size(), (1u << 20) + 1);
}

TEST(Tokenizer, CountsInvalidUtf8AsReplacementCharacters) {
  const auto tokenizer = testdata("byte_level");
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(tokenizer->encode("a\xFF"
                              "b"),
            tokenizer->encode("a" + mark + "b"));
  EXPECT_EQ(tokenizer->encode("\xE2\x82"), tokenizer->encode(mark));
  EXPECT_EQ(tokenizer->encode("\xED\xA0\x80"),
            tokenizer->encode(mark + mark + mark));
}

TEST(Tokenizer, KeepsSpecialStringsAsTextWhenPlain) {
  Json json = letters();
  json["added_tokens"] =
      Json::array({added_token(5, "<a>", {"special"}), added_token(6, "cc")});
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("b<a>cc"), (Ids{1, 5, 6}));
  EXPECT_EQ(tokenizer->encode("b<a>cc", {.plain_text = true}), (Ids{1, 0, 6}));
}

TEST(Tokenizer, FindsTheLongestOfAddedTokens) {
  Json json = letters();
  json["added_tokens"] = Json::array(
      {added_token(5, "bb"), added_token(6, "bbcc"), added_token(7, "cb")});
  EXPECT_EQ(load_json(json)->encode("abbccb"), (Ids{0, 6, 1}));
  EXPECT_EQ(load_json(json)->encode("bbcb"), (Ids{5, 7}));
}

TEST(Tokenizer, TakesWhiteSpaceAlongWithStrippingTokens) {
  Json json = letters();
  json["added_tokens"] =
      Json::array({added_token(5, "<l>", {"lstrip"}),
                   added_token(6, "<r>", {"rstrip"}), added_token(7, "<n>")});
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("a \t\xE2\x80\x83<l> a"), (Ids{0, 5, 4, 0}));
  EXPECT_EQ(tokenizer->encode("a <r>\n\xC2\xA0 a"), (Ids{0, 4, 6, 0}));
  EXPECT_EQ(tokenizer->encode("a <n> a"), (Ids{0, 4, 7, 4, 0}));
  EXPECT_EQ(tokenizer->encode("<r>  <l>"), (Ids{6, 5}));
}

TEST(Tokenizer, FindsSingleWordTokensOnlyBetweenWords) {
  Json json = letters();
  json["added_tokens"] = Json::array({added_token(5, "cc", {"single_word"})});
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("cc"), (Ids{5}));
  EXPECT_EQ(tokenizer->encode("a cc!"), (Ids{0, 4, 5}));
  EXPECT_EQ(tokenizer->encode("acc"), (Ids{0, 2, 2}));
  EXPECT_EQ(tokenizer->encode("cc_"), (Ids{2, 2}));
}

TEST(Tokenizer, LooksForNormalizedTokensInTheNormalizedText) {
  Json json = letters();
  json["normalizer"] = {
      {"type", "Replace"}, {"pattern", {{"String", "x"}}}, {"content", "c"}};
  json["added_tokens"] =
      Json::array({added_token(5, "xb", {"normalized"}), added_token(6, "xa")});
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("acb"), (Ids{0, 5}));
  EXPECT_EQ(tokenizer->encode("axa"), (Ids{0, 6}));
  EXPECT_EQ(tokenizer->encode("aca"), (Ids{0, 2, 0}));
  EXPECT_EQ(tokenizer->token(5), "xb");
  EXPECT_EQ(tokenizer->decode({5, 6}), "cbxa");
}

TEST(Tokenizer, NamesItsTokensAndSpecials) {
  Json json = letters();
  json["added_tokens"] = Json::array({added_token(5, "<s>", {"special"})});
  const auto tokenizer =
      load_json(json, R"({"bos_token": {"content": "<s>"}, "eos_token": "b",
                "pad_token": null, "unk_token": "missing"})");
  EXPECT_EQ(tokenizer->vocab_size(), 6);
  EXPECT_EQ(tokenizer->token(3), "ab");
  EXPECT_EQ(tokenizer->token_id("<s>"), 5);
  EXPECT_EQ(tokenizer->token_id("nothing"), std::nullopt);
  EXPECT_THROW(tokenizer->token(6), Error);
  EXPECT_THROW(tokenizer->token(-1), Error);
  EXPECT_EQ(tokenizer->bos_id(), 5);
  EXPECT_EQ(tokenizer->eos_id(), 1);
  EXPECT_EQ(tokenizer->pad_id(), std::nullopt);
  EXPECT_EQ(tokenizer->unk_id(), std::nullopt);
  EXPECT_TRUE(tokenizer->is_special(5));
  EXPECT_FALSE(tokenizer->is_special(1));
  EXPECT_EQ(tokenizer->hash(), sha256(json.dump()));
}

TEST(Tokenizer, PutsBosAndEosWhereTheConfigSaysSo) {
  const Json json = letters();
  const std::string names = R"({"bos_token": "a", "eos_token": "b")";
  EXPECT_EQ(load_json(json, names + "}")->encode("c"), (Ids{2}));
  const auto both = load_json(
      json, names + R"(, "add_bos_token": true, "add_eos_token": true})");
  EXPECT_EQ(both->encode("c"), (Ids{0, 2, 1}));
  EXPECT_EQ(both->leading_specials(), (Ids{0}));
  EXPECT_EQ(both->trailing_specials(), (Ids{1}));
  Ids types;
  EXPECT_EQ(both->encode_pair("c", " ", {}, &types), (Ids{0, 2, 1, 0, 4, 1}));
  EXPECT_EQ(types, (Ids{0, 0, 0, 1, 1, 1}));
  const auto none = load_json(json, names + R"(, "add_bos_token": false})");
  EXPECT_EQ(none->encode("c"), (Ids{2}));
}

TEST(Tokenizer, FollowsATemplateWithAndWithoutItsSpecialTokens) {
  const auto tokenizer = testdata("characters");
  EXPECT_EQ(tokenizer->leading_specials(), (Ids{1}));
  EXPECT_EQ(tokenizer->trailing_specials(), Ids{});
  EXPECT_EQ(tokenizer->encode(""), (Ids{1}));
  EXPECT_EQ(tokenizer->encode("", {.special_tokens = false}), Ids{});
}

TEST(Tokenizer, DecodesIdsWithoutATokenToNothing) {
  const auto tokenizer = load_json(letters());
  EXPECT_EQ(tokenizer->decode({0, 9999, 3, int64_t{1} << 40}), "aab");
  EXPECT_EQ(tokenizer->decode({}), "");
  EXPECT_THROW(tokenizer->decode({0, -100}), Error);
}

TEST(Tokenizer, JoinsTokensWithSpacesWithoutADecoder) {
  Json json = letters();
  json["decoder"] = nullptr;
  EXPECT_EQ(load_json(json)->decode({0, 3, 2}), "a ab c");
}

TEST(Tokenizer, GivesTheSameIdsInThreads) {
  const auto tokenizer = testdata("byte_level");
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    texts.push_back("The bell buoy " + std::to_string(i * i) + " rings.");
  }
  std::vector<std::vector<Ids>> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      for (const auto& text : texts) result.push_back(tokenizer->encode(text));
    });
  }
  for (auto& thread : threads) thread.join();
  for (size_t i = 0; i < texts.size(); ++i) {
    const Ids want = tokenizer->encode(texts[i]);
    for (const auto& result : results) EXPECT_EQ(result[i], want);
  }
}

}  // namespace
}  // namespace lethe
