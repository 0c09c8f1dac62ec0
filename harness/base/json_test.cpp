// JSON texts: what is refused, each in one line and in little time.
#include "harness/base/json.h"

#include <gtest/gtest.h>

#include "harness/base/ordered_json.h"

namespace lethe {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_json(text, "here");
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
}

TEST(Json, HostileTextsAreRefusedInOneLine) {
  const std::pair<const char*, std::string> texts[] = {
      {"nothing", ""},
      {"a million lists", std::string(1'000'000, '[')},
      {"a key twice", R"({"a": 1, "a": 1})"},
      {"a key twice, spelled twice", R"({"a": 1, "\u0061": 1})"},
      {"a key twice, deep", R"([{"b": {"a": 1, "a": 1}}])"},
      {"no UTF-8", "\"\xFF\""},
      {"UTF-8 cut off", "\"\xE2\x82\""},
      {"UTF-8 too long", "\"\xC0\x80\""},
      {"a surrogate in UTF-8", "\"\xED\xA0\x80\""},
      {"half a pair", R"("\ud800")"},
      {"the other half", R"("\udc00")"},
      {"a zero byte", std::string("\"\0\"", 3)},
      {"a zero byte behind", std::string("{}\0", 3)},
      {"a line end in a string", "\"a\nb\""},
      {"beyond 64 bits of float", "1e400"},
      {"beyond it below zero", "[-1e400]"},
      {"NaN", "NaN"},
      {"Infinity", "-Infinity"},
      {"a leading zero", "01"},
      {"a comma too many", "[1,]"},
      {"a comment", "{} // x"},
      {"cut off", R"({"a": tru)"}};
  for (const auto& [name, text] : texts) EXPECT_NE(refusal(text), "") << name;
  EXPECT_EQ(refusal(R"(["\ud83d\ude00", "a\u0000b", 1e308, -0.0])"), "");
  EXPECT_EQ(refusal(std::string(500, '[') + std::string(500, ']')), "");
}

std::string object_of(int keys) {
  std::string text = "{";
  for (int i = keys; i > 0; --i) {
    text += fmt::format("{}\"{}\":{}", i == keys ? "" : ",", i, i);
  }
  return text + "}";
}

TEST(Json, OrderedObjectsKeepTheirOrderAndAreBounded) {
  const OrderedJson ordered = parse_ordered_json(object_of(2000), "here");
  EXPECT_EQ(ordered.size(), 2000u);
  EXPECT_EQ(ordered.begin().key(), "2000");
  // Each key is looked for among all before it: minutes for a few megabytes.
  const std::string many = object_of(400'000);
  EXPECT_THROW(parse_ordered_json(many, "here"), Error);
  EXPECT_EQ(parse_json(many, "here").size(), 400'000u);
  EXPECT_THROW(parse_ordered_json("{\"a\":1,\"a\":2}", "here"), Error);
  EXPECT_THROW(parse_ordered_json("{", "here"), Error);
}

}  // namespace
}  // namespace lethe
