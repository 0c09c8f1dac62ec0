// lm-eval's files of a run's tasks, and those files as a run again.
#include <gmock/gmock.h>

#include "harness/stored/export_run.h"
#include "harness/stored/import_run.h"
#include "harness/stored/stored_testing.h"
#include "harness/stored/verify.h"
#include "results/item_values.h"
#include "results/redact.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::Not;

// A task's records with its samples.
class TaskExchange : public StoredRunTest {
 protected:
  TaskExchange() {
    records_.clear();
    std::vector<Json> rows;
    const std::string question = "Q: x\nA:";
    for (int i = 0; i < 6; ++i) {
      rows.push_back(
          {{"doc_id", i},
           {"arguments", Json::array({Json::array({question, " a"}),
                                      Json::array({question, " b"})})},
           {"loglikelihoods", {{-1.5, false}, {-2.25, true}}},
           {"target", i % 2},
           {"fewshot", {3, 5}},
           {"acc", i % 3 == 0 ? 0 : 1}});
    }
    make_folder(run_ + "/samples/cell_none");
    write_file_atomically(run_ + "/samples/cell_none/quiz.jsonl", lines(rows));
    Record r;
    r.run = "run";
    r.cell = "cell_none";
    r.label = r.method = "none";
    r.task = r.split = "quiz";
    r.metric = r.field = "acc";
    r.unit = "fraction";
    r.want = "high";
    r.value = 4.0 / 6;
    r.n = r.n_expected = 6;
    r.versions = {{"lethe", "0.1.0"}, {"task", 2}};
    records_.push_back(r);
    write_records();
  }

  ExportOptions options() const { return {.out = folder_ + "/out"}; }
  std::string imported() const { return folder_ + "/imported"; }
};

TEST_F(TaskExchange, LmEvalsFileHasItsKeysAndErrors) {
  const auto rows = export_lm_eval(read_run(run_), options());
  EXPECT_THAT(rows[0].files, testing::ElementsAre("samples_quiz_lethe.jsonl",
                                                  "results_lethe.json"));
  const Json file = read_json(folder_ + "/out/none-seed0/results_lethe.json");
  EXPECT_EQ(file["results"]["quiz"]["acc,none"], 4.0 / 6);
  // sqrt(p (1 - p) / (n - 1)) of shares
  EXPECT_NEAR(file["results"]["quiz"]["acc_stderr,none"],
              std::sqrt(4.0 / 6 * 2 / 6 / 5), 1e-15);
  EXPECT_EQ(file["versions"]["quiz"], 2);
  EXPECT_EQ(file["n-shot"]["quiz"], 2);
  EXPECT_EQ(file["n-samples"]["quiz"]["effective"], 6);
  const auto samples =
      read_rows(folder_ + "/out/none-seed0/samples_quiz_lethe.jsonl");
  EXPECT_EQ(samples[0].fields["resps"],
            Json::parse(R"([[["-1.5", "False"]], [["-2.25", "True"]]])"));
  EXPECT_EQ(samples[0].fields["arguments"]["gen_args_1"]["arg_1"], " b");
}

TEST_F(TaskExchange, ARedactedRunsShotsAreNotKnown) {
  redact(run_, folder_ + "/shown", {});
  export_lm_eval(read_run(folder_ + "/shown"), options());
  const Json file = read_json(folder_ + "/out/none-seed0/results_lethe.json");
  EXPECT_FALSE(file.contains("n-shot"));
}

TEST_F(TaskExchange, RedactedTaskFilesHoldNoText) {
  const std::string path = run_ + "/samples/cell_none/quiz.jsonl";
  std::vector<Json> rows;
  for (const DataRow& row : read_rows(path)) rows.push_back(row.fields);
  for (Json& row : rows) {
    row["doc_id"] = "by the ferry";
    row["target"] = "the old ferry";
    row["acc_of"] = "ferry";
  }
  write_file_atomically(path, lines(rows));
  records_.push_back(records_.front());
  records_.back().metric = records_.back().field = "acc_of";
  records_.push_back(records_.front());
  records_.back().task = records_.back().split = "ferry tales";
  records_.back().versions["tasks"] = {"quiz", "ferry quiz"};
  write_records();
  ExportOptions o = options();
  const Redactor redactor({false, "salt"});
  o.redactor = &redactor;
  const auto exported = export_lm_eval(read_run(run_), o);
  for (const std::string& name : exported[0].files) {
    const std::string text = read_file(folder_ + "/out/none-seed0/" + name);
    EXPECT_THAT(text, Not(HasSubstr("ferry"))) << name;
    EXPECT_THAT(text, HasSubstr("acc"));
  }
}

TEST_F(TaskExchange, LmEvalsFileReadsBackWithItsSamples) {
  export_lm_eval(read_run(run_), options());
  import_run({{folder_ + "/out/none-seed0/results_lethe.json", "back", false}},
             imported());
  const Record r = read_records(imported()).front();
  EXPECT_EQ(r.task, "quiz");
  EXPECT_EQ(r.value, 4.0 / 6);
  EXPECT_EQ(r.n, 6);
  EXPECT_EQ(r.want, "high");
  EXPECT_EQ(r.versions["task"], 2);
  EXPECT_NEAR(r.ci_high - r.value,
              1.959963984540054 * std::sqrt(4.0 / 6 * 2 / 6 / 5), 1e-15);
  const ItemValues items = item_values(imported(), r);
  EXPECT_EQ(items.missing, "");
  EXPECT_EQ(items.values[1], 1);
  const auto rows =
      read_rows(imported() + "/samples/" + r.cell + "/quiz.jsonl");
  EXPECT_EQ(rows[0].fields["loglikelihoods"],
            Json::parse("[[-1.5, false], [-2.25, true]]"));
  EXPECT_TRUE(verify(imported(), {.sample = -1}).intact());
}

}  // namespace
}  // namespace lethe
