#include "results/show.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/base/files.h"
#include "results/test_records.h"

namespace lethe {
namespace {

class ShowRun : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/show_test";
    std::filesystem::remove_all(folder_);
    make_folder(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
  }
  void write_records(const std::vector<Record>& records) const {
    std::string lines;
    for (const Record& r : records) lines += to_json(r).dump() + "\n";
    write("records.jsonl", lines);
  }

  std::string folder_;
};

TEST_F(ShowRun, SummarisesAFinishedRun) {
  Record first = extraction(test_record("none"), 0.9);
  first.seconds = 2;
  first.tokens = 6400;
  first.peak_bytes = 412000000;
  first.counts.truncated = 3;
  first.versions = {{"lethe", "0.1.0"}};
  Record same_pass = first;
  same_pass.metric = same_pass.field = "token_accuracy";
  const Record failed =
      missing(extraction(test_record("npo"), 0), "failed", "boom");
  write_records({first, same_pass, failed});
  write("run.json", R"({"suite":{"suite":"quickstart"},"suite_hash":"9f3c",
    "status":"partial","cells":[
      {"cell":"a","label":"none","status":"ok","message":""},
      {"cell":"b","label":"npo","status":"failed","message":"boom"},
      {"cell":"c"}]})");
  EXPECT_EQ(show_run(folder_), folder_ + "\n" +
                                   R"(  suite    quickstart (9f3c)
  status   partial
  cells    3: 1 failed, 1 ok, 1 unknown
           npo: failed: boom
  records  3; 2 models, 2 measures, 2 without a value
  flags    !! items: 3 truncated, 0 with a boundary mismatch, 0 non-finite, 0 skipped
  cost     2.0 s in probes, 6400 tokens, 412 MB at most
  versions lethe 0.1.0
)" + "  files    " + folder_ + "/run.json (suite and cells)\n" +
                                   "           " + folder_ +
                                   "/records.jsonl (values)\n");
}

TEST_F(ShowRun, ToleratesWhatIsNotThere) {
  write_records({extraction(test_record("none"), 0.9)});
  std::string text = show_run(folder_);
  EXPECT_NE(text.find("status   complete"), std::string::npos) << text;
  EXPECT_NE(text.find("suite    quickstart"), std::string::npos) << text;
  EXPECT_EQ(text.find("cells"), std::string::npos) << text;
  for (const char* run : {"{}", R"({"cells":3,"suite":null,"versions":[]})",
                          R"({"cells":[7,{}]})"}) {
    write("run.json", run);
    EXPECT_NE(show_run(folder_).find("records  1"), std::string::npos);
  }
}

TEST_F(ShowRun, ReadsARunThatIsStillGoing) {
  Journal journal(folder_ + "/journal.jsonl");
  OrderedJson entry;
  entry["unit"] = "u";
  entry["records"] =
      OrderedJson::array({to_json(extraction(test_record("none"), 0.9))});
  journal.append(entry.dump());
  const std::string text = show_run(folder_);
  EXPECT_NE(text.find("status   not finished"), std::string::npos) << text;
  EXPECT_NE(text.find("records  1; 1 models"), std::string::npos) << text;
}

TEST_F(ShowRun, ShowsAnEmptyRun) {
  write_records({});
  EXPECT_NE(show_run(folder_).find("records  0"), std::string::npos);
}

TEST_F(ShowRun, PrintsNoControlCharacters) {
  write_records({extraction(test_record("none"), 0.9)});
  write("run.json",
        R"({"status":"\u001b[31mred","cells":[
          {"label":"\u001b]0;x\u0007","status":"failed","message":"a\nb"}]})");
  const std::string text = show_run(folder_);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
}

TEST_F(ShowRun, RefusesWhatIsNoRun) {
  EXPECT_THROW(show_run(folder_), Error);
  EXPECT_THROW(show_run(folder_ + "/absent"), Error);
  write_records({});
  write("run.json", "[1]");
  EXPECT_THROW(show_run(folder_), Error);
  write("run.json", "{");
  EXPECT_THROW(show_run(folder_), Error);
}

}  // namespace
}  // namespace lethe
