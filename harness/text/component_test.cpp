// Components one by one: what each does to a text, and malformed ones.
#include "harness/text/text_testing.h"

namespace lethe {
namespace {

// `letters()` with one component.
Json with(const std::string& key, const std::string& component) {
  Json json = letters();
  json[key] = Json::parse(component);
  return json;
}

std::string refusal(const Json& json, const std::string& text = "") {
  try {
    load_json(json)->encode(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    return error.what();
  }
  return "";
}

Ids ids(const Json& json, const std::string& text) {
  return load_json(json)->encode(text);
}

TEST(Components, NormalizeATextBeforeItsCharactersAreLookedUp) {
  EXPECT_EQ(ids(with("normalizer", R"({"type": "Lowercase"})"), "AB"), Ids{3});
  EXPECT_EQ(ids(with("normalizer", R"({"type": "NFKC"})"), "ａｂ"), Ids{3});
  EXPECT_EQ(ids(with("normalizer", R"({"type": "Sequence", "normalizers": [
      {"type": "NFD"}, {"type": "StripAccents"}]})"),
                "áb"),
            Ids{3});
  EXPECT_EQ(ids(with("normalizer", R"({"type": "Nmt"})"), "a\x01\tb"),
            (Ids{0, 4, 1}));
  EXPECT_EQ(ids(with("normalizer", R"({"type": "Strip", "strip_left": true,
                                       "strip_right": true})"),
                " ab \n"),
            Ids{3});
}

TEST(Components, SplitSoThatNoMergeGoesAcross) {
  const auto split = [](const std::string& behavior) {
    return with(
        "pre_tokenizer",
        R"({"type": "Split", "pattern": {"String": " "}, "behavior": ")" +
            behavior + "\", \"invert\": false}");
  };
  EXPECT_EQ(ids(split("Removed"), "a ab"), (Ids{0, 3}));
  EXPECT_EQ(ids(split("Isolated"), "a ab"), (Ids{0, 4, 3}));
  EXPECT_NE(refusal(split("Sideways")), "");
}

// One rule of a double array, as in make_normal_tables.py, with the unit of
// "a" and the end's value to choose.
std::string charsmap(uint32_t root, uint32_t a, const std::string& texts) {
  std::string bytes(4 + 4 * 1024, '\0');
  const auto put = [&](size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; ++i) {
      bytes[at + i] = static_cast<char>(value >> 8 * i);
    }
  };
  put(0, 4 * 1024);
  put(4, root);
  put(4 + 4 * (512 ^ 'a'), a);
  bytes += texts;
  const char* const digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(byte);
    for (count += 8; count >= 6;) text += digits[bits >> (count -= 6) & 63];
  }
  if (count > 0) text += digits[bits << (6 - count) & 63];
  return R"({"type": "Precompiled", "precompiled_charsmap": ")" + text + "\"}";
}

constexpr uint32_t kRoot = 512 << 10;
constexpr uint32_t kUnitOfA = 256 << 10 | 1 << 8 | 'a';

TEST(Components, ReadACharsmapsRule) {
  const std::string rule = charsmap(kRoot, kUnitOfA, std::string("b\0", 2));
  EXPECT_EQ(ids(with("normalizer", rule), "ac"), (Ids{1, 2}));
  // A mark joins its letter and goes with it, as in the peer.
  EXPECT_EQ(ids(with("normalizer", rule), "a\u0301c"), (Ids{1, 2}));
}

TEST(Components, RefuseACharsmapThatPointsOutOfItself) {
  const std::string far = charsmap(0x1FFFFF << 10, kUnitOfA, "b");
  EXPECT_NE(refusal(with("normalizer", far), "a"), "");
  const std::string later =
      charsmap(kRoot, 0x1FFFFFu << 10 | 1 << 9 | 1 << 8 | 'a', "b");
  EXPECT_NE(refusal(with("normalizer", later), "a"), "");
  EXPECT_NE(refusal(with("normalizer", charsmap(kRoot, kUnitOfA, "\xFF"))), "");
  for (const char* map : {"", "!", "AAA", "/////w==", "AQAAAA=="}) {
    Json json = letters();
    json["normalizer"] = {{"type", "Precompiled"},
                          {"precompiled_charsmap", map}};
    EXPECT_NE(refusal(json, "a"), "") << map;
  }
}

Json unigram(const std::string& vocab, const std::string& unknown = "0") {
  Json json = letters();
  json["model"] = Json::parse(R"({"type": "Unigram", "vocab": )" + vocab +
                              ", \"unk_id\": " + unknown + "}");
  return json;
}

TEST(Components, FindTheUnigramsOfHighestScore) {
  const Json json =
      unigram(R"([["?", 0], ["a", -2], ["b", -2], ["ab", -3], ["ba", -3.5]])");
  EXPECT_EQ(ids(json, "ab"), Ids{3});
  EXPECT_EQ(ids(json, "aba"), (Ids{3, 1}));
  EXPECT_EQ(ids(json, "xya"), (Ids{0, 1}));  // unknown ones are one
}

TEST(Components, RefuseAMalformedUnigram) {
  EXPECT_NE(refusal(unigram("{}")), "");
  EXPECT_NE(refusal(unigram(R"([["a"]])")), "");
  EXPECT_NE(refusal(unigram(R"([["a", "b"]])")), "");
  EXPECT_NE(refusal(unigram(R"([["a", 1], ["a", 2]])")), "");
  EXPECT_NE(refusal(unigram(R"([["a", 1]])", "1")), "");
  EXPECT_NE(refusal(unigram(R"([["a", 1]])", "-1")), "");
  EXPECT_NE(refusal(unigram("[]")), "");
  EXPECT_EQ(refusal(unigram(R"([["a", 1]])", "null"), "a"), "");
  EXPECT_NE(refusal(unigram(R"([["a", 1]])", "null"), "b"), "");
}

TEST(Components, FindTheLongestPiecesOfWords) {
  Json json = letters();
  json["model"] = Json::parse(R"({"type": "WordPiece", "unk_token": "?",
      "continuing_subword_prefix": "##", "max_input_chars_per_word": 4,
      "vocab": {"?": 0, "a": 1, "ab": 2, "##b": 3, "##ba": 4}})");
  EXPECT_EQ(ids(json, "abba"), (Ids{2, 4}));
  EXPECT_EQ(ids(json, "abc"), Ids{0});
  EXPECT_EQ(ids(json, "abbab"), Ids{0});
  json["model"]["unk_token"] = "!";
  EXPECT_NE(refusal(json, "c"), "");
  json["model"] = Json::parse(
      R"({"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "ab": 1}})");
  EXPECT_EQ(ids(json, "ab"), Ids{1});
  EXPECT_EQ(ids(json, "abc"), Ids{0});
}

TEST(Components, DecodeWordsWithSpacesBetween) {
  Json json = letters();
  json["decoder"] =
      Json::parse(R"({"type": "WordPiece", "prefix": "b", "cleanup": true})");
  EXPECT_EQ(load_json(json)->decode({0, 2, 1, 3}), "a c ab");
  json["decoder"] = Json::parse(R"({"type": "BPEDecoder", "suffix": "b"})");
  EXPECT_EQ(load_json(json)->decode({0, 3, 0, 3}), "aa aa");
  json["decoder"] = Json::parse(R"({"type": "Metaspace", "replacement": "a",
                                    "prepend_scheme": "always"})");
  EXPECT_EQ(load_json(json)->decode({3, 0, 2}), "b c");
}

}  // namespace
}  // namespace lethe
