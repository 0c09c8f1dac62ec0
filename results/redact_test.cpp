// No text of a run is left in its redacted copy, wherever it stood.
#include "results/redact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/redacted.h"
#include "results/test_records.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Stands in every place of a run that can hold a text.
const char* const kSecret = "mix the xylyl reagent";
const char* const kName = "Ottoline";

class Redact : public testing::Test {
 protected:
  Redact() {
    std::string name = testing::TempDir() + "lethe_redact_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    run_ = folder_ + "/run";
    make_folder(run_ + "/samples/c1");
    make_folder(run_ + "/curves");
    make_folder(run_ + "/models");
    write("models/weights", kSecret);
    write("report.html", kSecret);
    write("curves/c1.jsonl", "{\"step\":1,\"loss\":0.5,\"note\":\"" +
                                 std::string(kSecret) + "\"}\n");
    write("samples/c1/greedy_extraction:term=" + std::string(kName) +
              "@forget.jsonl",
          sample().dump() + "\n");
    write("samples/c1/arc.jsonl", Json{{"doc_id", 0},
                                       {"arguments", {{kSecret, kName}}},
                                       {"loglikelihoods", {{-1.5, true}}},
                                       {"target", kName},
                                       {"acc", 1}}
                                          .dump() +
                                      "\n");
    write("samples/c1/other.jsonl", kSecret);
    write("run.json", description().dump(2));
    write("records.jsonl", records());
  }
  ~Redact() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    write_file_atomically(run_ + "/" + name, text);
  }

  static OrderedJson sample() {
    return {{"id", "row-7"},
            {"split", "forget"},
            {"member", 1},
            {"score", -1.25},
            {"prompt", kSecret},
            {"output", kName},
            {"reference", kSecret},
            {"output_ids", {17, 4, 99}},
            {"reference_ids", {5}},
            {"hits", {0, 1}},
            {"perturbed_nll", {1.5, 2.0}},
            {"rouge_l.recall", 0.5},
            {"extra", {{"target", kName}, {"list", {kName}}}}};
  }

  static OrderedJson description() {
    OrderedJson run;
    run["suite"] = {
        {"suite", "small"},
        {"model", {{"path", std::string("/home/") + kName + "/model"}}},
        {"data",
         {{"forget",
           {{"file", std::string(kName) + ".jsonl"},
            {"role", "forget"},
            {"prompt_template", kSecret},
            {"where",
             {{"author", kName}, {"name", kName}, {"task", {kName}}}}}}}},
        {"methods",
         {{{"name", "npo"}, {"set", {{"beta", 0.1}, {"terms", {kName}}}}}}}};
    run["suite_hash"] = std::string(64, 'a');
    run["data_hashes"] = {{"forget", std::string(64, 'b')}};
    run["named_hashes"] = {
        {std::string("/home/") + kName, std::string(64, 'c')}};
    run["suite_folder"] = std::string("/home/") + kName;
    run["status"] = "failed";
    run["versions"] = {{"lethe", "0.1.0"}, {"judge", {{"folder", {kName}}}}};
    run["judges"] = {{"probe on forget", {{"rubric", kName}}}};
    run["cells"] = {{{"cell", "c1"},
                     {"label", std::string("npo:term=") + kName},
                     {"transform", std::string("jailbreak:prefix=") + kSecret},
                     {"status", "failed"},
                     {"message", std::string("item \"") + kSecret + "\""},
                     {"flags", {"unchanged"}}}};
    return run;
  }

  static std::string records() {
    Record r = extraction(test_record("npo"), 0.25);
    r.cell = "c1";
    r.label = std::string("npo:beta=0.1,term=") + kName;
    r.method_options = {{"beta", 0.1}, {"term", kName}, {"layers", {3, 7}}};
    r.probe_options = {{"term", kName}};
    r.transform = {std::string("jailbreak:prefix=") + kSecret,
                   "quantise:form=nf4"};
    r.versions = {{"lethe", "0.1.0"},
                  {"judge", kName},
                  {"rubric", {{"file", {kName}}}},
                  {"rescored", "lethe 0.1.0 (a1b2)"},
                  {"tasks", {"arc_easy", std::string("the ") + kName}}};
    Record failed = missing(r, "failed", std::string("no ") + kSecret);
    Record noted = r;
    noted.field = "token_accuracy";
    noted.message = "fewer than 100 non-members";
    Record task = accuracy(test_record("npo"), 0.5);
    task.cell = "c1";
    task.task = "arc";
    task.message = std::string("\"") + kSecret + "\" was cut";
    std::string text;
    Record imported = accuracy(test_record("imported"), 0.5);
    imported.message = std::string("imported from ") + kName + ".json (tofu)";
    imported.versions = {{"imported", "tofu"}, {"file", "0123456789ab"}};
    for (const Record& one : {r, failed, noted, task, imported}) {
      text += to_json(one).dump() + "\n";
    }
    return text;
  }

  // All file names and contents of the copy.
  std::string copy(const RedactOptions& options = {}) {
    const std::string out = folder_ + "/out" + std::to_string(++copies_);
    result_ = redact(run_, out, options);
    std::string all;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(out)) {
      all += entry.path().string() + "\n";
      if (entry.is_regular_file()) all += read_file(entry.path().string());
    }
    return all;
  }
  std::string last() const {
    return folder_ + "/out" + std::to_string(copies_);
  }

  std::string folder_, run_;
  Redacted result_;
  int copies_ = 0;
};

TEST_F(Redact, NoTextIsLeftAnywhere) {
  const std::string all = copy();
  EXPECT_THAT(all, Not(HasSubstr("xylyl")));
  EXPECT_THAT(all, Not(HasSubstr(kName)));
  EXPECT_THAT(all, Not(HasSubstr("17,4,99"))) << "token ids are texts";
}

TEST_F(Redact, NumbersAndNamesStay) {
  const std::string all = copy({false, "salt"});
  const std::vector<Record> before = read_records(run_);
  const std::vector<Record> after = read_records(last());
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].finite(), before[i].finite());
    if (before[i].finite()) EXPECT_EQ(after[i].value, before[i].value);
    EXPECT_EQ(after[i].status, before[i].status);
    EXPECT_EQ(after[i].items_hash, before[i].items_hash);
  }
  EXPECT_EQ(after[0].method_options["beta"], 0.1);
  EXPECT_EQ(after[0].method_options["layers"], (Json{3, 7}));
  EXPECT_EQ(after[0].transform[1], "quantise:form=nf4");
  EXPECT_EQ(after[2].message, "fewer than 100 non-members");
  EXPECT_EQ(after[0].versions["lethe"], "0.1.0");
  EXPECT_EQ(after[0].versions["rescored"], "lethe 0.1.0 (a1b2)");
  EXPECT_EQ(after[0].versions["tasks"][0], "arc_easy");
  EXPECT_EQ(after[4].versions["imported"], "tofu");
  EXPECT_THAT(after[0].label, testing::StartsWith("npo:"));
  for (const char* kept :
       {"\"row-7\"", "-1.25", "\"perturbed_nll\":[1.5,2.0]", "\"hits\":[0,1]",
        "\"rouge_l.recall\":0.5", "[[-1.5,true]]", "\"role\": \"forget\"",
        "\"status\": \"failed\"", "\"unchanged\""}) {
    EXPECT_THAT(all, HasSubstr(kept));
  }
}

TEST_F(Redact, SamplesAreFoundByTheRedactedRecords) {
  copy({false, "salt"});
  const Record r = read_records(last()).front();
  const std::string probe = lethe::name_with_options(r.probe, r.probe_options);
  EXPECT_TRUE(exists(last() + "/samples/c1/" + probe + "@forget.jsonl"))
      << probe;
  EXPECT_EQ(result_.samples, 2);
}

TEST_F(Redact, WhatIsNotKnownToBeSafeIsLeftOutAndNamed) {
  copy();
  EXPECT_THAT(result_.left_out,
              ElementsAre("models", "report.html", "samples/c1/other.jsonl"));
}

TEST_F(Redact, EqualTextsHaveEqualMarksOfOneCopyOnly) {
  const auto mark = [&](const RedactOptions& options) {
    copy(options);
    const Record r = read_records(last()).front();
    return r.method_options["term"].get<std::string>();
  };
  const std::string a = mark({}), b = mark({});
  EXPECT_TRUE(is_redacted(a)) << a;
  EXPECT_THAT(a, HasSubstr("8 bytes"));
  EXPECT_NE(a, b) << "a random salt: no list of names finds it";
  EXPECT_EQ(mark({false, "s"}), mark({false, "s"}));
  EXPECT_NE(mark({false, "s"}), mark({false, "t"}));
}

TEST_F(Redact, IdsAreHashedOnDemandAndWhenTheyAreTexts) {
  EXPECT_THAT(copy({true, ""}), Not(HasSubstr("row-7")));
  OrderedJson row = sample();
  row["id"] = std::string("born in ") + kName;
  const Redactor redactor({false, "salt"});
  EXPECT_TRUE(is_redacted(redactor.sample(row)["id"]));
}

TEST_F(Redact, ARedactedCopyStaysAsItIs) {
  copy({false, "salt"});
  const std::string once = read_file(last() + "/records.jsonl");
  const std::string first = last();
  redact(first, folder_ + "/twice", {false, "other"});
  EXPECT_EQ(read_file(folder_ + "/twice/records.jsonl"), once);
}

TEST_F(Redact, NamesWithPathsNeitherReadNorWriteElsewhere) {
  Record r = extraction(test_record("npo"), 0.25);
  r.cell = "../../outside";
  r.split = "../../forget";
  r.task = "../../task";
  write("records.jsonl", to_json(r).dump() + "\n");
  write_file_atomically(folder_ + "/task.jsonl", "{\"a\":1}\n");
  copy();
  EXPECT_EQ(result_.samples, 0);
  EXPECT_FALSE(exists(folder_ + "/outside"));
}

TEST_F(Redact, LinksAreNotFollowed) {
  write_file_atomically(folder_ + "/private.jsonl", "{\"score\":424242}\n");
  const std::string samples =
      run_ + "/samples/c1/greedy_extraction:term=" + kName + "@forget.jsonl";
  for (const std::string& name : {samples, run_ + "/curves/c1.jsonl"}) {
    std::filesystem::remove(name);
    std::filesystem::create_symlink(folder_ + "/private.jsonl", name);
  }
  EXPECT_THAT(copy(), Not(HasSubstr("424242")));
  EXPECT_THAT(result_.left_out,
              ElementsAre("curves/c1.jsonl", "models", "report.html",
                          "samples/c1/" + samples.substr(run_.size() + 12),
                          "samples/c1/other.jsonl"));
}

TEST_F(Redact, FoldersForCommandsGoAway) {
  std::string folder;
  {
    const RedactedRuns copies({run_}, {});
    folder = copies.folders().front();
    EXPECT_TRUE(exists(folder + "/records.jsonl"));
    EXPECT_EQ(std::filesystem::path(folder).filename(), "run");
  }
  EXPECT_FALSE(exists(folder));
}

TEST_F(Redact, RefusesWhatIsNoRunOrAFullFolder) {
  EXPECT_THROW(redact(folder_, folder_ + "/x", {}), Error);
  EXPECT_THROW(redact(run_, run_, {}), Error);
  write("samples/c1/arc.jsonl", "{\"a\":");
  EXPECT_THROW(redact(run_, folder_ + "/x", {}), Error);
}

}  // namespace
}  // namespace lethe
