// action.yml and the example for GitLab: what no run on those services could
// check here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "harness/base/files.h"
#include "harness/data/yaml.h"

namespace lethe {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

YamlNode yaml_of(const std::string& name) {
  const std::string path = std::string(LETHE_SOURCE_DIR "/") + name;
  return parse_yaml(read_file(path), path);
}

std::string script() {
  return read_file(LETHE_SOURCE_DIR "/examples/ci_suite.sh");
}

const YamlNode& at(const YamlNode& node, const std::string& key) {
  const YamlNode* found = node.find(key);
  if (found == nullptr) throw std::runtime_error(node.where + ": no " + key);
  return *found;
}

std::set<std::string> keys_of(const YamlNode& map) {
  std::set<std::string> keys;
  for (const YamlEntry& entry : map.entries) keys.insert(entry.key);
  return keys;
}

// The texts of a node and all that is below it.
void texts_of(const YamlNode& node, std::vector<std::string>& texts) {
  if (!node.text.empty()) texts.push_back(node.text);
  for (const YamlNode& item : node.items) texts_of(item, texts);
  for (const YamlEntry& entry : node.entries) texts_of(entry.value, texts);
}

// What `pattern`'s first group catches in any text below the node.
std::set<std::string> caught(const YamlNode& node, const std::string& pattern) {
  std::vector<std::string> texts;
  texts_of(node, texts);
  std::set<std::string> all;
  const std::regex expression(pattern);
  for (const std::string& text : texts) {
    for (std::sregex_iterator i(text.begin(), text.end(), expression), end;
         i != end; ++i) {
      all.insert((*i)[1]);
    }
  }
  return all;
}

TEST(GithubAction, NamesOnlyInputsAndStepsThatAreThere) {
  const YamlNode action = yaml_of("action.yml");
  EXPECT_EQ(at(at(action, "runs"), "using").text, "composite");
  EXPECT_EQ(caught(action, R"(inputs\.([a-z-]+))"),
            keys_of(at(action, "inputs")));
  std::set<std::string> ids;
  for (const YamlNode& step : at(at(action, "runs"), "steps").items) {
    if (step.find("id") != nullptr) ids.insert(at(step, "id").text);
  }
  EXPECT_EQ(caught(action, R"(steps\.([a-z-]+))"), ids);
  EXPECT_THAT(caught(action, R"(outputs\.([a-z-]+))"), Contains("exit-code"));
  EXPECT_THAT(script(), HasSubstr("echo \"exit-code=$code\""));
}

TEST(GithubAction, PastesNothingIntoAShell) {
  const YamlNode action = yaml_of("action.yml");
  int scripts = 0;
  for (const YamlNode& step : at(at(action, "runs"), "steps").items) {
    if (step.find("run") == nullptr) continue;
    ++scripts;
    EXPECT_EQ(at(step, "shell").text, "bash");
    EXPECT_THAT(at(step, "run").text, Not(HasSubstr("${{")));
    EXPECT_THAT(at(step, "run").text, HasSubstr("examples/ci_suite.sh"));
    if (step.find("env") == nullptr) continue;
    for (const std::string& name : keys_of(at(step, "env"))) {
      EXPECT_THAT(script() + at(step, "run").text + "CCACHE_DIR",
                  HasSubstr(name));
    }
  }
  EXPECT_EQ(scripts, 3);
}

TEST(GithubAction, KeepsTheReportOfARunThatFails) {
  const YamlNode action = yaml_of("action.yml");
  int uploads = 0;
  for (const YamlNode& step : at(at(action, "runs"), "steps").items) {
    const YamlNode* uses = step.find("uses");
    if (uses == nullptr || uses->text.rfind("actions/upload", 0) != 0) continue;
    ++uploads;
    EXPECT_THAT(at(step, "if").text, HasSubstr("always()"));
  }
  EXPECT_EQ(uploads, 2);
}

TEST(GitlabExample, KeepsTheReportOfARunThatFails) {
  const YamlNode job = at(yaml_of("examples/gitlab-ci.yml"), "unlearning");
  const YamlNode& artifacts = at(job, "artifacts");
  EXPECT_EQ(at(artifacts, "when").text, "always");
  EXPECT_EQ(at(at(artifacts, "reports"), "junit").text, "$OUT/junit.xml");
  EXPECT_THAT(script(), HasSubstr("$out/junit.xml"));
  EXPECT_EQ(job.find("allow_failure"), nullptr);
}

TEST(GitlabExample, SetsOnlyWhatTheScriptReads) {
  const YamlNode job = at(yaml_of("examples/gitlab-ci.yml"), "unlearning");
  std::vector<std::string> commands;
  texts_of(at(job, "script"), commands);
  texts_of(at(job, "before_script"), commands);
  std::string read = script();
  for (const std::string& command : commands) read += command;
  for (const std::string& name : keys_of(at(job, "variables"))) {
    if (name == "CCACHE_DIR") continue;
    EXPECT_THAT(read, HasSubstr(name));
  }
}

}  // namespace
}  // namespace lethe
