#include "results/gate/writers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "results/gate/test_run.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::Not;

// Markup, a pipe, a link, a placeholder, an escape sequence, a bell, a line
// break, text that runs backwards, invalid UTF-8 and a code point that XML
// forbids.
const std::string kHostile =
    "<b>&\"'|[x](javascript:1){0}`*_\x1b[31m\x07\n]]>\xe2\x80\xae\xff"
    "\xef\xbf\xbf";

GateCheck check_of(Verdict verdict, const std::string& reason, size_t rule) {
  GateCheck check;
  check.rule = rule;
  check.row = "npo";
  check.metric = check.title = "a.b.forget";
  check.unit = "fraction";
  check.bound = {BoundKind::max, 0.1};
  check.value = {0.25, 0.2, 0.3, 100, "wilson", true};
  check.low = 0.2;
  check.high = 0.3;
  check.verdict = verdict;
  check.reason = reason;
  return check;
}

GateReport report_of(const std::vector<GateCheck>& checks) {
  GateReport report;
  report.run = "runs/r";
  report.provenance = "quickstart; cpu float32";
  report.gates = {gate_from_json(
      parse_json(R"({"gate":"g","rules":[{"metric":"a.b","max":0.1},
                     {"name":"named","metric":"a.b","max":0.1}]})",
                 "r"),
      "rules.json")};
  report.checks = checks;
  return report;
}

GateReport mixed() {
  return report_of({check_of(Verdict::pass, "", 0),
                    check_of(Verdict::fail, "too high", 1),
                    check_of(Verdict::undecidable, "straddles", 1)});
}

GateReport hostile() {
  GateReport report = mixed();
  report.run = report.gates[0].name = report.provenance = kHostile;
  report.remarks = {kHostile};
  for (GateCheck& check : report.checks) {
    check.row = check.metric = check.title = kHostile;
    if (!check.reason.empty()) check.reason = kHostile;
  }
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

// No byte but line breaks that a terminal acts on, nothing that reorders text.
void expect_tame(const std::string& text) {
  for (const char c : text) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20)
        << static_cast<int>(c);
  }
  EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
}

TEST(GateVerdict, OfFailBeatsUndecidableBeatsPass) {
  const GateCheck pass = check_of(Verdict::pass, "", 0);
  const GateCheck open = check_of(Verdict::undecidable, "?", 0);
  const GateCheck fail = check_of(Verdict::fail, "!", 0);
  EXPECT_EQ(report_of({pass}).exit_code(), 0);
  EXPECT_EQ(report_of({pass, open}).exit_code(), 11);
  EXPECT_EQ(report_of({open, fail, pass}).exit_code(), 10);
  EXPECT_EQ(report_of({}).exit_code(), 11);
}

TEST(GateWriters, GiveTheSameVerdictInEveryFormat) {
  for (const auto& [checks, word] :
       std::vector<std::pair<std::vector<GateCheck>, std::string>>{
           {{check_of(Verdict::pass, "", 0)}, "pass"},
           {{check_of(Verdict::undecidable, "?", 0)}, "undecidable"},
           {{check_of(Verdict::fail, "!", 0)}, "fail"}}) {
    const GateReport report = report_of(checks);
    std::string capitals;
    for (const char c : word) capitals += static_cast<char>(std::toupper(c));
    EXPECT_THAT(gate_terminal(report), HasSubstr(capitals + ": "));
    EXPECT_THAT(gate_markdown(report), HasSubstr("### Gate g 1: " + word));
    EXPECT_EQ(gate_json(report)["verdict"], word);
    EXPECT_EQ(gate_json(report)["exit_code"], report.exit_code());
    const std::string junit = gate_junit(report, "2026-01-31T12:00:00");
    EXPECT_THAT(junit, HasSubstr("name=\"verdict\" value=\"" + word + "\""));
    const bool passes = word == "pass";
    EXPECT_EQ(junit.find("<failure") != std::string::npos, word == "fail");
    EXPECT_EQ(junit.find("<error") != std::string::npos, word == "undecidable");
    const Json sarif = parse_json(gate_sarif(report), "sarif");
    EXPECT_EQ(sarif["runs"][0]["results"].size(), passes ? 0u : 1u);
    EXPECT_EQ(sarif["runs"][0]["properties"]["gate"]["verdict"], word);
    EXPECT_EQ(sarif["runs"][0]["invocations"][0]["exitCode"],
              report.exit_code());
  }
}

TEST(GateTerminal, ShowsValueIntervalBoundCountVerdictAndReason) {
  const std::string text = gate_terminal(mixed());
  EXPECT_THAT(text, HasSubstr("a.b <= 0.1\n  npo: a.b.forget"));
  EXPECT_THAT(text, HasSubstr("0.250  [0.200, 0.300]  <= 0.1  100  fail\n"
                              "    too high\n"));
  EXPECT_THAT(text, HasSubstr("FAIL: 1 of 3 checks broken, 1 undecidable "
                              "(exit code 10)"));
  for (const std::string& line : lines_of(text)) EXPECT_LE(line.size(), 100u);
}

TEST(GateTerminal, ActsOnNothingHostile) {
  const std::string text = gate_terminal(hostile());
  expect_tame(text);
}

TEST(GateMarkdown, KeepsEveryHostileCellInItsTable) {
  const std::string text = gate_markdown(hostile());
  expect_tame(text);
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
  EXPECT_THAT(text, Not(HasSubstr("[x](")));
  int rows = 0;
  for (const std::string& line : lines_of(text)) {
    if (line.empty() || line[0] != '|') continue;
    int cells = 0;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '|' && (i == 0 || line[i - 1] != '\\')) ++cells;
    }
    EXPECT_EQ(cells, 8) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 3 + 2 * 2);  // two tables with two lines of head
}

TEST(GateJson, HasTheFrozenFieldsAndNullForWhatIsNotFinite) {
  GateReport report = mixed();
  report.checks[2].value = {};
  const OrderedJson json = gate_json(report);
  std::vector<std::string> keys;
  for (const auto& [key, value] : json["rules"][0].items()) keys.push_back(key);
  keys.resize(8);
  EXPECT_THAT(
      keys, testing::ElementsAre("rule", "metric", "value", "ci95", "threshold",
                                 "n", "verdict", "reason"));
  EXPECT_EQ(json["rules"][1]["rule"], "named");
  EXPECT_EQ(json["rules"][1]["ci95"], OrderedJson({0.2, 0.3}));
  EXPECT_EQ(json["rules"][1]["threshold"], 0.1);
  EXPECT_TRUE(json["rules"][2]["value"].is_null());
  EXPECT_TRUE(json["rules"][2]["ci95"].is_null());
}

TEST(GateJUnit, CountsItsCases) {
  const std::string xml = gate_junit(mixed(), "2026-01-31T12:00:00");
  EXPECT_THAT(xml, HasSubstr("timestamp=\"2026-01-31T12:00:00\" tests=\"3\" "
                             "failures=\"1\" errors=\"1\" skipped=\"0\""));
  // Equal rules on equal values keep names of their own.
  EXPECT_THAT(xml, HasSubstr("name=\"named: npo: a.b.forget &lt;= 0.1\""));
  EXPECT_THAT(xml, HasSubstr("name=\"named: npo: a.b.forget &lt;= 0.1 #2\""));
}

TEST(GateJUnit, HoldsOnlyWhatXmlAllows) {
  const std::string xml = gate_junit(hostile(), "2026-01-31T12:00:00");
  expect_tame(xml);
  EXPECT_THAT(xml, Not(HasSubstr("\xef\xbf\xbf")));
  EXPECT_THAT(xml, Not(HasSubstr("]]>")));
  EXPECT_THAT(xml, Not(HasSubstr("<b>")));
}

TEST(GateSarif, NamesRuleFileAndVerdictOfWhatDoesNotPass) {
  GateReport report = mixed();
  report.gates[0].source = "a folder/r%.json";
  const Json run = parse_json(gate_sarif(report), "sarif")["runs"][0];
  ASSERT_EQ(run["results"].size(), 2u);
  const Json& failed = run["results"][0];
  EXPECT_EQ(failed["level"], "error");
  EXPECT_EQ(failed["properties"]["verdict"], "fail");
  const size_t index = failed["ruleIndex"];
  EXPECT_EQ(run["tool"]["driver"]["rules"][index]["id"], failed["ruleId"]);
  EXPECT_EQ(
      failed["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
      "a%20folder/r%25.json");
  EXPECT_EQ(run["results"][1]["level"], "error");
  EXPECT_EQ(run["results"][1]["properties"]["verdict"], "undecidable");
}

TEST(GateSarif, LinksAndFillsNothingHostile) {
  const std::string text = gate_sarif(hostile());
  expect_tame(text);
  const Json run = parse_json(text, "sarif")["runs"][0];
  const std::string message = run["results"][0]["message"]["text"];
  EXPECT_THAT(message, HasSubstr("\\[x\\](javascript:1){{0}}"));
}

}  // namespace
}  // namespace lethe
