#include "harness/base/record.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/base/files.h"

namespace lethe {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Record example() {
  Record r;
  r.run = "r1";
  r.cell = "a1b2c3";
  r.suite = "quickstart";
  r.suite_hash = "5e";
  r.label = "npo";
  r.method = "npo";
  r.method_options = {{"beta", 0.1}};
  r.model_hash = "3f";
  r.tokenizer_hash = "70";
  r.transform = Json::array({"quantise:form=nf4"});
  r.probe = "greedy_extraction";
  r.probe_options = {{"prefix_tokens", 32}};
  r.metric = "exact_match";
  r.field = "exact_match";
  r.split = "forget";
  r.role = "forget";
  r.data_hash = "da";
  r.prompt_hash = "b0";
  r.items_hash = "17";
  r.want = "low";
  r.target = "reference";
  r.value = 0.02;
  r.unit = "fraction";
  r.n = 100;
  r.n_expected = 101;
  r.ci_low = 0.005;
  r.ci_high = 0.07;
  r.ci_method = "wilson";
  r.seed = 7;
  r.step = 120;
  r.device = "cpu";
  r.dtype = "float32";
  r.seconds = 1.5;
  r.tokens = 6400;
  r.peak_bytes = 412000000;
  r.device_peak_bytes = 3;
  r.counts = {1, 2, 3, 4};
  r.versions = {{"lethe", "0.1.0"}};
  return r;
}

class RecordFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/record_test_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    make_folder(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST(Record, IsWrittenInTheDocumentedOrder) {
  EXPECT_EQ(to_json(example()).dump(),
            R"({"schema":1,"run":"r1","cell":"a1b2c3","suite":"quickstart",)"
            R"("suite_hash":"5e","profile":null,"label":"npo","method":"npo",)"
            R"("method_options":{"beta":0.1},"model_hash":"3f",)"
            R"("tokenizer_hash":"70","reference_hash":null,)"
            R"("transform":["quantise:form=nf4"],"probe":"greedy_extraction",)"
            R"("probe_options":{"prefix_tokens":32},"task":null,)"
            R"("metric":"exact_match","metric_options":{},)"
            R"("field":"exact_match","split":"forget","role":"forget",)"
            R"("data_hash":"da",)"
            R"("prompt_hash":"b0","items_hash":"17","want":"low",)"
            R"("target":"reference","value":0.02,"unit":"fraction","n":100,)"
            R"("n_expected":101,"ci95":[0.005,0.07],"ci_method":"wilson",)"
            R"("seed":7,"step":120,"device":"cpu","dtype":"float32",)"
            R"("status":"ok","message":"","seconds":1.5,"tokens":6400,)"
            R"("peak_bytes":412000000,"device_peak_bytes":3,)"
            R"("counts":{"truncated":1,"boundary_mismatch":2,"nonfinite":3,)"
            R"("skipped":4},"versions":{"lethe":"0.1.0"}})");
}

TEST(Record, SurvivesTheRoundTrip) {
  const std::string text = to_json(example()).dump();
  EXPECT_EQ(to_json(record_from_json(parse_json(text, "t"), "t")).dump(), text);
  const std::string empty = to_json(Record{}).dump();
  EXPECT_EQ(to_json(record_from_json(parse_json(empty, "t"), "t")).dump(),
            empty);
}

TEST(Record, WritesWhatIsNotFiniteOrNotThereAsNull) {
  Record r = example();
  r.value = std::numeric_limits<double>::infinity();
  r.ci_high = kNan;
  r.seconds = kNan;
  r.want.clear();
  r.suite.clear();
  r.probe.clear();
  const OrderedJson json = to_json(r);
  for (const char* key : {"value", "ci95", "seconds", "want", "suite", "probe",
                          "task", "profile", "reference_hash"}) {
    EXPECT_TRUE(json[key].is_null()) << key;
  }
  const Record back = record_from_json(parse_json(json.dump(), "t"), "t");
  EXPECT_FALSE(back.finite());
  EXPECT_TRUE(std::isnan(back.ci_low));
  EXPECT_EQ(back.want, "");
}

TEST(Record, IgnoresFieldsItDoesNotKnow) {
  Json json = parse_json(to_json(example()).dump(), "t");
  json["colour"] = "blue";
  EXPECT_EQ(record_from_json(json, "t").label, "npo");
}

TEST(Record, MayLackTheRole) {
  Json json = parse_json(to_json(example()).dump(), "t");
  json.erase("role");
  EXPECT_EQ(record_from_json(json, "t").role, "");
}

TEST(Record, RefusesEveryMissingField) {
  Json whole = parse_json(to_json(example()).dump(), "t");
  whole.erase("role");
  for (const auto& [key, value] : whole.items()) {
    Json partial = whole;
    partial.erase(key);
    try {
      record_from_json(partial, "run/records.jsonl:3");
      FAIL() << key;
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::input);
      const std::string what = e.what();
      EXPECT_EQ(what.find("run/records.jsonl:3: "), 0u);
      EXPECT_NE(what.find("\"" + key + "\""), std::string::npos) << what;
    }
  }
}

TEST(Record, RefusesMistypedFieldsAndOtherSchemas) {
  const Json whole = parse_json(to_json(example()).dump(), "t");
  const std::vector<std::pair<const char*, Json>> wrong = {
      {"schema", 2},           {"label", nullptr},
      {"value", "0.02"},       {"n", 1.5},
      {"ci95", Json::array()}, {"ci95", Json::array({0.1, nullptr})},
      {"method_options", 3},   {"transform", "quantise"},
      {"target", true},        {"counts", Json::array()},
      {"versions", nullptr}};
  for (const auto& [key, value] : wrong) {
    Json json = whole;
    json[key] = value;
    EXPECT_THROW(record_from_json(json, "t"), Error) << key << value;
  }
  EXPECT_THROW(record_from_json(Json::array(), "t"), Error);
}

TEST(Record, NamesCarryTheirOptionsSorted) {
  EXPECT_EQ(name_with_options("npo", Json::object()), "npo");
  EXPECT_EQ(name_with_options("npo", nullptr), "npo");
  EXPECT_EQ(name_with_options(
                "npo", {{"lr", 1e-5}, {"beta", 0.1}, {"loss", "goldfish"}}),
            "npo:beta=0.1,loss=goldfish,lr=1e-05");
  EXPECT_EQ(example().method_name(), "npo:beta=0.1");
  EXPECT_EQ(example().metric_name(), "exact_match");
  Record r;
  r.metric = "rouge_l";
  r.field = "recall";
  EXPECT_EQ(r.metric_name(), "rouge_l.recall");
}

TEST_F(RecordFiles, ReadsAFinishedRun) {
  std::ofstream(folder_ + "/records.jsonl") << to_json(example()).dump() << "\n"
                                            << to_json(Record{}).dump() << "\n";
  std::ofstream(folder_ + "/journal.jsonl") << "not read";
  const auto records = read_records(folder_);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].label, "npo");
}

TEST_F(RecordFiles, ReadsTheJournalOfAnUnfinishedRun) {
  Record first = example(), second = example(), again = example();
  first.label = "first";
  second.label = "second";
  again.label = "first again";
  {
    Journal journal(folder_ + "/journal.jsonl");
    journal.append(R"({"plan":"..."})");
    for (const auto& [unit, record] :
         {std::pair("u1", first), {"u2", second}, {"u1", again}}) {
      OrderedJson entry;
      entry["unit"] = unit;
      entry["records"] = OrderedJson::array({to_json(record)});
      journal.append(entry.dump());
    }
  }
  const auto records = read_records(folder_);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].label, "first again");
  EXPECT_EQ(records[1].label, "second");
}

TEST_F(RecordFiles, ReadsTheJournalOfARunThatGoesOnAgain) {
  Record before = example(), later = example();
  before.label = "before";
  later.label = "later";
  std::ofstream(folder_ + "/records.jsonl") << to_json(before).dump() << "\n";
  {
    OrderedJson entry;
    entry["unit"] = "u1";
    entry["records"] = OrderedJson::array({to_json(later)});
    Journal(folder_ + "/journal.jsonl").append(entry.dump());
  }
  for (const auto& [status, label] :
       {std::pair("running", "later"), {"failed", "before"}}) {
    std::ofstream(folder_ + "/run.json") << Json{{"status", status}}.dump();
    const auto records = read_records(folder_);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].label, label);
  }
}

TEST_F(RecordFiles, NamesTheLineOfADamagedRecord) {
  std::ofstream(folder_ + "/records.jsonl")
      << to_json(example()).dump() << "\n{\"schema\":1}\n";
  try {
    read_records(folder_);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    EXPECT_NE(std::string(e.what()).find("records.jsonl:2"), std::string::npos);
  }
}

TEST_F(RecordFiles, IsAUsageErrorWhenItIsNoRun) {
  for (const auto& path : {folder_, folder_ + "/absent"}) {
    try {
      read_records(path);
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::usage);
    }
  }
}

}  // namespace
}  // namespace lethe
