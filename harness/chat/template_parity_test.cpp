// Chat templates against transformers 5.23.0: golden rows in the folder that
// LETHE_FIXTURES names, and rows of our own in testdata. With LETHE_CHAT_ROWS
// a file of {template, variables} is rendered to the file LETHE_CHAT_OUT, for
// make_testdata.py to compare.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "harness/base/files.h"
#include "harness/chat/template.h"

namespace lethe {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

#define SKIP_WITHOUT(name) \
  if (environment(name).empty()) GTEST_SKIP() << name " is not set"

// The row's text, or {"error"}.
template <class Render>
OrderedJson outcome(Render render) {
  try {
    return {{"text", render()}};
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input) << error.what();
    return {{"error", error.what()}};
  }
}

void expect_row(const OrderedJson& row, const OrderedJson& got) {
  if (row.contains("text")) {
    EXPECT_EQ(got.value("text", got.dump()), row["text"]) << row.dump();
    return;
  }
  EXPECT_NE(got.value("error", "").find(row["error"].get<std::string>()),
            std::string::npos)
      << got.dump() << " for " << row.dump();
}

ChatOptions options_of(const OrderedJson& row) {
  ChatOptions options;
  options.add_generation_prompt = row["add_generation_prompt"];
  options.bos_token = row.value("bos_token", "");
  options.eos_token = row.value("eos_token", "");
  return options;
}

TEST(ChatTemplateParity, EqualsTheSandboxOnEveryGoldenRow) {
  SKIP_WITHOUT("LETHE_FIXTURES");
  const std::string folder =
      environment("LETHE_FIXTURES") + "/tokenizers/chat_templates/";
  const Json templates = read_json(folder + "templates.json");
  int rows = 0;
  for (const auto& line : read_lines(folder + "golden.jsonl")) {
    const auto row = OrderedJson::parse(line);
    const std::string name = row["template_name"];
    expect_row(row, outcome([&] {
                 return ChatTemplate::parse(templates[name], name)
                     .render(row["messages"], options_of(row));
               }));
    ++rows;
  }
  EXPECT_GT(rows, 100);
}

TEST(ChatTemplateParity, EqualsTheTokenizersOfModelFolders) {
  SKIP_WITHOUT("LETHE_FIXTURES");
  const std::string root = environment("LETHE_FIXTURES") + "/tokenizers/";
  for (const char* name :
       {"qwen2-bbpe", "llama2-sp", "llama3-bbpe", "zephyr-sp", "gemma-sp"}) {
    const auto chat = load_chat_template(root + name);
    ASSERT_TRUE(chat.has_value()) << name;
    int rows = 0;
    for (const auto& line : read_lines(root + name + "/chat.jsonl")) {
      const auto row = OrderedJson::parse(line);
      expect_row(row, outcome([&] {
                   return chat->render(row["messages"], options_of(row));
                 }));
      ++rows;
    }
    EXPECT_EQ(rows, 24) << name;
  }
}

TEST(ChatTemplateParity, EqualsThePeerOnTemplatesOfOurOwn) {
  const std::string path =
      std::string(LETHE_SOURCE_DIR) + "/harness/chat/testdata/golden.jsonl";
  int rows = 0;
  for (const auto& line : read_lines(path)) {
    const auto row = OrderedJson::parse(line);
    expect_row(row, outcome([&] {
                 return ChatTemplate::parse(row["template"], "chat template")
                     .render_variables(row["variables"], "2026-01-31");
               }));
    ++rows;
  }
  EXPECT_GT(rows, 20);
}

TEST(ChatTemplateParity, RendersRowsForComparison) {
  SKIP_WITHOUT("LETHE_CHAT_ROWS");
  std::ofstream out(environment("LETHE_CHAT_OUT"));
  for (const auto& line : read_lines(environment("LETHE_CHAT_ROWS"))) {
    const auto row = OrderedJson::parse(line);
    out << outcome([&] {
      return ChatTemplate::parse(row["template"], "chat template")
          .render_variables(row["variables"], "2026-01-31");
    }) << '\n';
  }
}

}  // namespace
}  // namespace lethe
