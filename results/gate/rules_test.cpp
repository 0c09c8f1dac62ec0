#include "results/gate/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "results/gate/kept_gates.h"
#include "results/gate/test_run.h"

namespace lethe {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string fault_of(const std::string& gate) {
  try {
    gate_from_json(parse_json(gate, "rules"), "rules");
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::usage) << gate;
    return error.what();
  }
  return "no error";
}

std::string rule_fault(const std::string& rule) {
  return fault_of(R"({"gate":"g","rules":[{)" + rule + "}]}");
}

TEST(GateRules, AreReadWithTheirDefaults) {
  const Gate gate = gate_from_json(
      parse_json(R"({"gate":"g","version":3,"level":0.99,"on_missing":"fail",
                     "rules":[{"row":"npo","metric":"a.b","max":0.5},
                              {"metric":["c"],"max_drop":1,"vs":"baseline",
                               "test":"paired","correct":"bh","min_n":9,
                               "coverage":0.9,"on_missing":"undecidable"}]})",
                 "x"),
      "x");
  EXPECT_EQ(gate.name, "g");
  EXPECT_EQ(gate.version, 3);
  EXPECT_EQ(gate.level, 0.99);
  ASSERT_EQ(gate.rules.size(), 2u);
  const GateRule& first = gate.rules[0];
  EXPECT_THAT(first.rows, ElementsAre("npo"));
  EXPECT_TRUE(first.missing_fails);
  EXPECT_FALSE(first.point);
  EXPECT_EQ(first.coverage, 1);
  EXPECT_EQ(bound_text(first.bounds[0]), "<= 0.5");
  const GateRule& second = gate.rules[1];
  EXPECT_FALSE(second.missing_fails);
  EXPECT_TRUE(second.paired);
  EXPECT_EQ(second.min_n, 9);
  EXPECT_EQ(bound_text(second.bounds[0]), "drop <= 1");
}

TEST(GateRules, NameWhatIsNearToAnUnknownKeyOrValue) {
  EXPECT_THAT(rule_fault(R"("metric":"a","maxx":1)"),
              AllOf(HasSubstr("rules.rules[0]"), HasSubstr("has no bound")));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"mim":0)"),
              HasSubstr("did you mean min"));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"ci":"points")"),
              HasSubstr("did you mean point"));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"correct":"home")"),
              HasSubstr("holm"));
  EXPECT_THAT(rule_fault(R"("metric":"run.covrage","min":1)"),
              HasSubstr("did you mean run.coverage"));
  EXPECT_THAT(fault_of(R"({"gate":"g","ruels":[]})"),
              HasSubstr("did you mean rules"));
}

TEST(GateRules, ThatCannotDecideAreRefused) {
  EXPECT_THAT(rule_fault(R"("metric":"a","max":"0.1")"),
              HasSubstr("give a number"));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":true)"),
              HasSubstr("give a number"));
  EXPECT_THAT(rule_fault(R"("max":1)"), HasSubstr("has no \"metric\""));
  EXPECT_THAT(rule_fault(R"("metric":"a","max_drop":1)"),
              HasSubstr("without \"vs\""));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"vs":"retrain")"),
              HasSubstr("beside max or min"));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"max_drop":1,"vs":"x")"),
              HasSubstr("a rule for each"));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"test":"paired")"),
              HasSubstr("compares nothing"));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"ci":"point","correct":"bh")"),
              HasSubstr("takes no notice"));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"coverage":90)"),
              HasSubstr("from 0 to 1"));
  EXPECT_THAT(rule_fault(R"("metric":"a","max":1,"min_n":-1)"),
              HasSubstr("whole number"));
  EXPECT_THAT(rule_fault(R"("metric":"","max":1)"), HasSubstr("empty pattern"));
  EXPECT_THAT(rule_fault(R"("metric":"run.coverage","min":1,"row":"npo")"),
              HasSubstr("one exact number of the run"));
  EXPECT_THAT(rule_fault(R"("metric":["run.coverage","a"],"min":1)"),
              HasSubstr("mixes a with run.*"));
  EXPECT_THAT(fault_of(R"({"gate":"g","level":95,"rules":[]})"),
              HasSubstr("between 0.5 and 1"));
  EXPECT_THAT(fault_of(R"({"gate":"g","rules":[]})"),
              HasSubstr("no list of rules"));
  EXPECT_THAT(fault_of(R"({"rules":[{"metric":"a","max":1}]})"),
              HasSubstr("has no \"gate\""));
}

TEST(GateFiles, ThatAreMalformedAreAUsageError) {
  const TestRun folder("rules");
  const std::string file = folder.folder() + "/r.json";
  write_file_atomically(file, "{\"gate\": \"g\", // a comment\n \"rules\": [}");
  try {
    read_gate(file);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_THAT(error.what(), HasSubstr(file));
  }
}

TEST(GateFiles, AreFoundBesideTheSuiteThatNamesThem) {
  const TestRun folder("suite");
  write_file_atomically(folder.folder() + "/mine.json",
                        R"({"gate":"mine","rules":[{"metric":"a","max":1}]})");
  const Json list = parse_json(
      R"(["mine.json", {"gate":"own","rules":[{"metric":"b","min":0}]}])", "x");
  const std::vector<Gate> gates =
      gates_from_list(list, folder.folder(), "suite.json");
  ASSERT_EQ(gates.size(), 2u);
  EXPECT_EQ(gates[0].name, "mine");
  EXPECT_EQ(gates[0].source, folder.folder() + "/mine.json");
  EXPECT_EQ(gates[1].name, "own");
  EXPECT_EQ(gates[1].source, "suite.json");
  EXPECT_THROW(gates_from_list(Json("mine"), "", "suite.json"), Error);
}

TEST(GateFiles, KeptInARunAreReadBack) {
  const TestRun run("kept");
  EXPECT_TRUE(kept_gates(run.folder()).empty());
  const std::vector<Gate> gates = gates_from_list(
      parse_json(R"([{"gate":"own","rules":[{"metric":"b","min":0}]}])", "x"),
      "", "suite.json");
  keep_gates(run.folder(), gates);
  const std::vector<Gate> back = kept_gates(run.folder());
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].name, "own");
  EXPECT_EQ(back[0].source, "suite.json");
  EXPECT_EQ(back[0].json, gates[0].json);
  keep_gates(run.folder(), {});
  EXPECT_TRUE(kept_gates(run.folder()).empty());
}

TEST(GateFiles, ThatShipAreAllReadable) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::string(LETHE_SOURCE_DIR) + "/suites/gates")) {
    const Gate gate = read_gate(entry.path().string());
    EXPECT_EQ(gate.name, entry.path().stem().string());
    EXPECT_NE(gate.description, "");
    ++count;
  }
  EXPECT_GE(count, 3);
}

}  // namespace
}  // namespace lethe
