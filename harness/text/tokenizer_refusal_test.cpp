// Files that are refused, each with one clear line and none with a crash.
#include <set>

#include "harness/text/text_testing.h"

namespace lethe {
namespace {

// The message of the error that loading ends with; empty if it loads.
std::string refusal(const std::string& text) {
  try {
    load_text(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

// `letters()` with the value at `pointer` set to the JSON `value`.
std::string refusal_with(const std::string& pointer, const std::string& value) {
  Json json = letters();
  json[Json::json_pointer(pointer)] = Json::parse(value);
  return refusal(json.dump());
}

// A small tokenizer with every supported component.
Json everything() {
  Json json = letters();
  json["normalizer"] = Json::parse(R"({"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "a"},
      {"type": "Replace", "pattern": {"String": " "}, "content": "b"},
      {"type": "Replace", "pattern": {"Regex": "x+"}, "content": "b"},
      {"type": "Strip", "strip_left": true, "strip_right": true},
      {"type": "BertNormalizer", "clean_text": true, "lowercase": true,
       "handle_chinese_chars": true, "strip_accents": null},
      {"type": "Precompiled", "precompiled_charsmap": "BAAAAAAAAAA="}]})");
  json["pre_tokenizer"] = Json::parse(R"({"type": "Sequence",
      "pretokenizers": [
          {"type": "Split", "pattern": {"Regex": "a"}, "invert": false,
           "behavior": "Removed"},
          {"type": "Digits", "individual_digits": true},
          {"type": "Punctuation", "behavior": "Isolated"},
          {"type": "CharDelimiterSplit", "delimiter": "-"},
          {"type": "Metaspace", "replacement": "_", "split": true,
           "prepend_scheme": "first"},
          {"type": "ByteLevel", "add_prefix_space": true,
                         "use_regex": false}]})");
  json["post_processor"] = Json::parse(R"({"type": "Sequence",
      "processors": [{"type": "ByteLevel"}, {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "a", "type_id": 0}},
                     {"Sequence": {"id": "A", "type_id": 0}}],
          "pair": [{"Sequence": {"id": "B", "type_id": 1}}],
          "special_tokens": {"a": {"ids": [0]}}}]})");
  json["decoder"] = Json::parse(R"({"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "a"}, "content": "b"},
      {"type": "WordPiece", "prefix": "#", "cleanup": true},
      {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"},
      {"type": "BPEDecoder", "suffix": "."},
      {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "ByteLevel"},
      {"type": "Strip", "content": " ", "start": 1, "stop": 1}]})");
  json["added_tokens"] =
      Json::array({added_token(5, "<s>", {"special", "lstrip"})});
  return json;
}

testing::AssertionResult has(const std::string& message,
                             const std::string& part) {
  if (message.find(part) != std::string::npos) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << '"' << message << "\" lacks " << part;
}

TEST(TokenizerRefusal, NamesTheComponentThatIsNotSupported) {
  const char* const kinds[] = {"normalizer", "pre_tokenizer", "post_processor",
                               "decoder", "model"};
  for (const std::string kind : kinds) {
    const std::string message =
        refusal_with("/" + kind, R"({"type": "Novel"})");
    EXPECT_TRUE(has(message, "tokenizer.json: " + kind +
                                 " type \"Novel\" is not supported: "));
  }
}

TEST(TokenizerRefusal, NamesAnOptionThatIsNotSupported) {
  EXPECT_TRUE(has(refusal_with("/model/dropout", "0.1"), "option dropout 0.1"));
  EXPECT_EQ(refusal_with("/model/dropout", "0.0"), "");
  const std::string regex =
      R"({"type": "Replace", "pattern": {"Regex": "(a)\\1"}, "content": ""})";
  EXPECT_TRUE(has(refusal_with("/normalizer", regex),
                  R"(pattern Regex "(a)\\1", for "\\1")"));
  EXPECT_TRUE(has(refusal_with("/decoder", regex), "pattern Regex"));
}

TEST(TokenizerRefusal, BoundsWhatReplacingMakesOfAText) {
  const std::string doubling =
      R"({"type": "Replace", "pattern": {"String": "a"}, "content": "aa"})";
  std::string steps = doubling;
  for (int i = 0; i < 40; ++i) steps += ", " + doubling;
  Json json = letters();
  json["normalizer"] =
      Json::parse(R"({"type": "Sequence", "normalizers": [)" + steps + "]}");
  EXPECT_THROW(load_json(json)->encode("a"), Error);
  json = letters();
  json["decoder"] =
      Json::parse(R"({"type": "Sequence", "decoders": [)" + steps + "]}");
  EXPECT_THROW(load_json(json)->decode({0}), Error);
  // Every step writes each byte as a character of two.
  std::string writing = R"({"type": "ByteLevel", "add_prefix_space": false})";
  std::string writings = writing;
  for (int i = 0; i < 40; ++i) writings += ", " + writing;
  json = letters();
  json["pre_tokenizer"] = Json::parse(
      R"({"type": "Sequence", "pretokenizers": [)" + writings + "]}");
  EXPECT_THROW(load_json(json)->encode("\n\n"), Error);
  const std::string text = "\"" + std::string(33, 'x') + "\"";
  EXPECT_TRUE(
      has(refusal_with("/normalizer",
                       R"({"type": "Prepend", "prepend": )" + text + "}"),
          "\"prepend\" has 33 bytes"));
}

TEST(TokenizerRefusal, FindsUnsupportedComponentsInSequences) {
  EXPECT_TRUE(has(
      refusal_with("/pre_tokenizer", R"({"type": "Sequence", "pretokenizers": [
          {"type": "ByteLevel", "add_prefix_space": true},
          {"type": "UnicodeScripts"}]})"),
      "pre_tokenizer type \"UnicodeScripts\" is not supported"));
}

TEST(TokenizerRefusal, BoundsTheNestingOfSequences) {
  for (const std::string kind :
       {"normalizer", "pre_tokenizer", "decoder", "post_processor"}) {
    const std::string key = kind == "pre_tokenizer"    ? "pretokenizers"
                            : kind == "post_processor" ? "processors"
                                                       : kind + "s";
    std::string nested = "null";
    if (kind == "post_processor") nested = R"({"type": "ByteLevel"})";
    for (int depth = 0; depth < 9; ++depth) {
      nested = R"({"type": "Sequence", ")" + key + "\": [" + nested + "]}";
    }
    EXPECT_TRUE(has(refusal_with("/" + kind, nested), "nested deeper than 8"));
  }
  const std::string brackets(100000, '[');
  EXPECT_NE(refusal(R"({"normalizer": )" + brackets), "");
}

TEST(TokenizerRefusal, WantsIdsThatAreNumbersInRangeAndUnique) {
  const auto with_id = [](const std::string& id) {
    return refusal_with("/model/vocab/z", id);
  };
  EXPECT_TRUE(has(with_id("-1"), "token \"z\" has id -1"));
  EXPECT_TRUE(has(with_id("16777216"), "ids are from 0 to 16777215"));
  EXPECT_TRUE(has(with_id("18446744073709551615"), "has id"));
  EXPECT_TRUE(has(with_id("3"), "id 3 belongs to \"ab\" and to \"z\""));
  EXPECT_TRUE(has(with_id("1.5"), "ids are integers"));
  EXPECT_TRUE(has(with_id("\"5\""), "ids are integers"));
  EXPECT_EQ(with_id("16777215"), "");
}

TEST(TokenizerRefusal, WantsMergesOfTokensThatExist) {
  const auto with_merges = [](const std::string& merges) {
    return refusal_with("/model/merges", merges);
  };
  EXPECT_TRUE(has(with_merges(R"(["a z"])"), "a merge needs token \"z\""));
  EXPECT_TRUE(has(with_merges(R"(["b a"])"), "a merge needs token \"ba\""));
  for (const char* bad : {R"(["ab"])", R"(["a b c"])", R"([["a"]])", "[1]",
                          R"([["a", 1]])", R"([["a", "b", "c"]])", "[null]"}) {
    EXPECT_TRUE(has(with_merges(bad), "is malformed")) << bad;
  }
  EXPECT_TRUE(has(with_merges("{}"), "\"merges\" is not a list"));
}

TEST(TokenizerRefusal, BoundsTheNumberOfMerges) {
  std::string merges = "[\"a b\"";
  for (int i = 0; i < 1 << 22; ++i) merges += ",\"a b\"";
  const std::string text = letters().dump();
  const std::string list = R"(["a b"])";
  const size_t at = text.find(list);
  ASSERT_NE(at, std::string::npos);
  const std::string many =
      text.substr(0, at) + merges + "]" + text.substr(at + list.size());
  EXPECT_TRUE(has(refusal(many), "4194305 merges, at most 4194304"));
}

TEST(TokenizerRefusal, TakesMalformedByteTokensAsText) {
  Json json = letters();
  json["decoder"] = {{"type", "ByteFallback"}};
  Json& model = json["model"];
  model["byte_fallback"] = true;
  int64_t id = 5;
  std::string text;
  for (const char* token : {"<0x-1>", "<0x100>", "<0xGG>", "<0x>", "<0x 1>",
                            "<0x", "<0x4", "<0x41", "<0X41>"}) {
    model["vocab"][token] = id++;
    text += token;
  }
  const auto tokenizer = load_json(json);
  Ids ids;
  for (int64_t i = 5; i < id; ++i) ids.push_back(i);
  EXPECT_EQ(tokenizer->decode(ids), text);
  EXPECT_EQ(tokenizer->encode("a\xC3\xA9"), (Ids{0})) << "no byte is there";
}

TEST(TokenizerRefusal, EndsExpressionsThatTakeTooLong) {
  Json json = letters();
  json["pre_tokenizer"] = Json::parse(R"({"type": "Split", "invert": false,
      "pattern": {"Regex": "(?:a|a)*c|(?:a+a+)+b"}, "behavior": "Isolated"})");
  const auto tokenizer = load_json(json);
  EXPECT_EQ(tokenizer->encode("aac").size(), 3u);
  EXPECT_THROW(tokenizer->encode(std::string(5000, 'a')), Error);
}

TEST(TokenizerRefusal, WantsAddedTokensInOrder) {
  const auto with_added = [](const Json& tokens) {
    return refusal_with("/added_tokens", tokens.dump());
  };
  EXPECT_TRUE(has(with_added(Json::array({added_token(9, "<s>")})), "gets 5"));
  EXPECT_TRUE(has(with_added(Json::array({added_token(1, "a")})), "gets 0"));
  EXPECT_TRUE(has(with_added(Json::array({added_token(-1, "x")})), "gets 5"));
  Json huge = added_token(5, "x");
  huge["id"] = 18446744073709551615u;
  EXPECT_TRUE(has(with_added(Json::array({huge})), "gets 5"));
  huge["id"] = 5.0;
  EXPECT_TRUE(has(with_added(Json::array({huge})), "\"id\" is a number"));
  EXPECT_TRUE(
      has(with_added(Json::array({added_token(5, "x"), added_token(6, "x")})),
          "\"x\" is there twice"));
  EXPECT_TRUE(
      has(with_added(Json::array({added_token(5, std::string(1025, 'x'))})),
          "a token has 1025 bytes"));
  EXPECT_EQ(with_added(Json::array({added_token(0, "a"), added_token(5, "x"),
                                    added_token(6, "y")})),
            "");
  EXPECT_EQ(with_added(Json::array({added_token(7, "")})),
            "");  // skipped, as in the peer
}

TEST(TokenizerRefusal, WantsTemplatesOfKnownTokens) {
  const auto with_template = [](const std::string& piece) {
    return refusal_with(
        "/post_processor",
        R"({"type": "TemplateProcessing", "pair": [], "special_tokens":
            {"a": {"ids": [0]}, "z": {"ids": [77]}}, "single": [)" +
            piece + "]}");
  };
  EXPECT_EQ(with_template(R"({"Sequence": {"id": "A", "type_id": 0}})"), "");
  EXPECT_NE(with_template(R"({"Sequence": {"id": "B", "type_id": 0}})"), "");
  EXPECT_NE(with_template(R"({"Sequence": {"id": "C", "type_id": 0}})"), "");
  EXPECT_EQ(with_template(R"({"SpecialToken": {"id": "a", "type_id": 0}})"),
            "");
  EXPECT_NE(with_template(R"({"SpecialToken": {"id": "b", "type_id": 0}})"),
            "");
  EXPECT_TRUE(
      has(with_template(R"({"SpecialToken": {"id": "z", "type_id": 0}})"),
          "special token \"z\" has id 77"));
  EXPECT_NE(with_template("null"), "");
  EXPECT_NE(with_template("{}"), "");
}

TEST(TokenizerRefusal, WantsUnigramTokensOfALengthThatTextsHave) {
  const auto with_token = [](size_t bytes) {
    return refusal_with("/model",
                        R"({"type": "Unigram", "unk_id": 0, "vocab": [[")" +
                            std::string(bytes, 'a') + R"(", -1]]})");
  };
  EXPECT_TRUE(has(with_token(4097), "a token has 4097 bytes"));
  EXPECT_EQ(with_token(4096), "");
}

// Loads `full` with each part of it replaced by values of other types: it may
// load, but must not crash or throw other errors.
void replace_each_part(const Json& full) {
  const char* const values[] = {"null",
                                "true",
                                "-7",
                                "1e300",
                                "\"\\u0000\"",
                                "[]",
                                "{}",
                                "[[]]",
                                "[{}]",
                                R"({"type": 1})",
                                R"({"type": "Sequence"})"};
  const Json leaves = full.flatten();
  std::set<std::string> seen;
  for (const auto& [leaf, old] : leaves.items()) {
    Json::json_pointer pointer(leaf);
    for (; !pointer.empty(); pointer = pointer.parent_pointer()) {
      if (!seen.insert(pointer.to_string()).second) break;
      for (const char* value : values) {
        Json json = full;
        json[pointer] = Json::parse(value);
        refusal(json.dump());
      }
    }
  }
}

TEST(TokenizerRefusal, SurvivesWrongTypesEverywhere) {
  EXPECT_EQ(refusal(everything().dump()), "");
  replace_each_part(everything());
}

TEST(TokenizerRefusal, SurvivesWrongTypesInModelsAndProcessors) {
  Json json = letters();
  const char* const models[] = {
      R"({"type": "Unigram", "unk_id": 0, "byte_fallback": true,
          "vocab": [["a", -1], ["b", -2]]})",
      R"({"type": "WordPiece", "unk_token": "a", "vocab": {"a": 0, "b": 1},
          "continuing_subword_prefix": "#", "max_input_chars_per_word": 9})",
      R"({"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 1}})",
      R"({"type": "BPE", "vocab": {"a": 0, "b.": 1, "ab.": 2},
          "merges": ["a b."], "end_of_word_suffix": ".",
          "continuing_subword_prefix": "", "unk_token": "a"})"};
  for (const char* model : models) {
    json["model"] = Json::parse(model);
    json["post_processor"] = Json::parse(
        R"({"type": "RobertaProcessing", "cls": ["a", 0], "sep": ["b", 1]})");
    EXPECT_EQ(refusal(json.dump()), "") << model;
    replace_each_part(json);
  }
}

TEST(TokenizerRefusal, SurvivesFilesCutShort) {
  const std::string text = everything().dump();
  for (size_t size = 0; size < text.size(); size += 7) {
    EXPECT_NE(refusal(text.substr(0, size)), "");
  }
}

TEST(TokenizerRefusal, WantsTheFile) {
  const TemporaryFolder folder;
  EXPECT_FALSE(Tokenizer::present(folder.path()));
  try {
    Tokenizer::load(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::usage);
  }
  folder.write("tokenizer.json", letters().dump());
  EXPECT_TRUE(Tokenizer::present(folder.path()));
  folder.write("tokenizer_config.json", "[]");
  EXPECT_THROW(Tokenizer::load(folder.path()), Error);
}

}  // namespace
}  // namespace lethe
