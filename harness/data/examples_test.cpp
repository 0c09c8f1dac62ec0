// Rows as texts: what rows may say, and refusals with file and line.
#include "harness/data/examples.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

// The examples of one row with ids, or the message of the refusal.
std::pair<Examples, std::string> read(const std::string& row) {
  try {
    return {make_examples({{parse_json(row, "data"), "data:7"}}, nullptr, {}),
            ""};
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input) << row;
    return {{}, error.what()};
  }
}

TEST(Examples, TakeIdsWithoutATokenizer) {
  const auto [examples, refusal] = read(
      R"({"ids": [3, 0, 5], "score_from": 2, "add_special_tokens": false})");
  ASSERT_EQ(examples.size(), 1u) << refusal;
  EXPECT_EQ(examples[0].ids, (std::vector<int64_t>{3, 0, 5}));
  EXPECT_EQ(examples[0].score_from, 2);
}

TEST(Examples, NameTheFieldThatIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"ids": [1], "add_special_tokens": "no"})", "add_special_tokens"},
      {R"({"ids": [1], "add_special_tokens": null})", "add_special_tokens"},
      {R"({"ids": [1], "add_special_tokens": 0})", "add_special_tokens"},
      {R"({"ids": [1], "score_from": -1})", "score_from"},
      {R"({"ids": [1], "score_from": 1.5})", "score_from"},
      {R"({"ids": [1], "member": 2})", "member"},
      {R"({"ids": [1], "prefix_tokens": "9"})", "prefix_tokens"},
      {R"({"ids": []})", "ids"},
      {R"({"ids": [18446744073709551615]})", "ids"},
      {R"({"ids": [-1]})", "ids"},
      {R"({"ids": [1.0]})", "ids"},
      {R"({"ids": 1})", "ids"},
      {R"({"text": 1})", "text"},
      {R"({"texd": "a"})", "none of text"},
      {R"({"messages": []})", "messages"},
      {"{}", "none of text"}};
  for (const auto& [row, field] : rows) {
    const std::string refusal = read(row).second;
    EXPECT_NE(refusal.find(field), std::string::npos) << row << ": " << refusal;
    EXPECT_EQ(refusal.rfind("data:7", 0), 0u) << refusal;
  }
}

}  // namespace
}  // namespace lethe
