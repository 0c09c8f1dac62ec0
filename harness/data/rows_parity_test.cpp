// Rows of the files in the folder that LETHE_DATA names: as many, and the same,
// as Python's csv, json and gzip read (harness/oracle/rows.py, Python 3.11.7).
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/data/data_testing.h"
#include "harness/data/rows.h"

namespace lethe {
namespace {

std::string data_folder() {
  const char* folder = std::getenv("LETHE_DATA");
  return folder ? folder : "";
}

#define SKIP_WITHOUT_DATA() \
  if (data_folder().empty()) GTEST_SKIP() << "LETHE_DATA is not set"

struct Known {
  const char* path;
  size_t rows;
  const char* hash;  // the start of rows_hash
};

const Known kFiles[] = {
    {"arc/ARC-Challenge-Dev.jsonl", 294, "1a6e68b8f885"},
    {"arc/ai2_arc__ARC-Challenge__validation.jsonl", 299, "3942ac33409d"},
    {"arc/ai2_arc__ARC-Easy__validation.jsonl", 570, "0c106ab0e87d"},
    {"arc/arc_challenge_test_docs.jsonl", 1172, "8e51f40da457"},
    {"arc/arc_easy_test_docs.jsonl", 2376, "27c7a76b5e13"},
    {"boolq/boolq__none__validation.jsonl", 3270, "c81b6520f1a5"},
    {"boolq/superglue_boolq_val.jsonl", 3270, "c7bd26e7089c"},
    {"hellaswag/hellaswag_val_subset_docs.jsonl", 1000, "5328299809f5"},
    {"hellaswag/olmo_rc_5shot_requests.jsonl.gz", 8000, "44d648345243"},
    {"lambada/lambada_test.jsonl", 5153, "05ae97558472"},
    {"openbookqa/openbookqa__main__validation.jsonl", 500, "39c82c9b1bcf"},
    {"openbookqa/original_main/dev.tsv", 500, "9f1527fa7d7c"},
    {"openbookqa/original_main/test.tsv", 500, "49eb756d36c9"},
    {"piqa/dev-labels.lst", 1838, "66d11f6cf6ed"},
    {"piqa/dev.jsonl", 1838, "077f0f20f341"},
    {"piqa/piqa__plain_text__validation.jsonl", 1838, "256cd78377a0"},
    {"sciq/sciq__none__validation.jsonl", 1000, "4e291b5c9fdd"},
    {"text/gutenberg_alice_11-0.txt", 3736, "b48494f7d509"},
    {"text/gutenberg_frankenstein_84-0.txt", 7834, "33eaf7dfdd18"},
    {"text/gutenberg_pride_and_prejudice_1342-0.txt", 13427, "6aa24421c902"},
    {"text/gutenberg_sherlock_1661.txt", 13053, "a1aa0320b8a6"},
    {"text/tinystories_sample.txt", 2502, "bef27ee17435"},
    {"text/wikitext-2/test.txt", 4358, "c0c3dc890265"},
    {"text/wikitext-2/valid.txt", 3760, "9a7e0bb614a1"},
    {"tofu/forget01.json", 40, "c59437595e1d"},
    {"tofu/forget01_perturbed.json", 40, "8cf3cf6e0276"},
    {"tofu/forget05.json", 200, "e52ee96311be"},
    {"tofu/forget05_perturbed.json", 200, "48be8f2ea0d6"},
    {"tofu/forget10.json", 400, "1b6e7c5115cd"},
    {"tofu/forget10_perturbed.json", 400, "771037c64041"},
    {"tofu/full.json", 4000, "52469c04d2ee"},
    {"tofu/real_authors_perturbed.json", 100, "8d06dd5fc3d0"},
    {"tofu/retain90.json", 3600, "a849604f0f15"},
    {"tofu/retain_perturbed.json", 400, "7554421edfaf"},
    {"tofu/world_facts_perturbed.json", 117, "29e1b2f427c3"},
    {"tokenizers/bert_uncased/vocab.txt", 30522, "599a059dd0de"},
    {"tokenizers/qwen2/merges.txt", 151387, "3f2664f05faa"},
    {"truthfulqa/TruthfulQA.v1.csv", 817, "a6a1848dba8d"},
    {"truthfulqa/mc_task.v1.json", 817, "d0bca7552457"},
    {"winogrande/original/dev-labels.lst", 1267, "f10fed46d86c"},
    {"winogrande/original/train_s-labels.lst", 640, "c465a68c295f"},
    {"winogrande/original/train_xs-labels.lst", 160, "7a387a776213"},
    {"winogrande/train_xl_first3000.jsonl", 3000, "74d0b6ca3c05"},
    {"winogrande/winogrande__winogrande_xl__validation.jsonl", 1267,
     "8e8671d6097f"}};

TEST(RowsParity, EveryFileLoadsWhole) {
  SKIP_WITHOUT_DATA();
  for (const Known& known : kFiles) {
    SCOPED_TRACE(known.path);
    const auto rows = read_rows(data_folder() + "/" + known.path);
    EXPECT_EQ(rows.size(), known.rows);
    EXPECT_EQ(rows_hash(rows).substr(0, 12), known.hash);
  }
}

TEST(RowsParity, OrderedRowsAreTheSame) {
  SKIP_WITHOUT_DATA();
  for (const char* name :
       {"truthfulqa/TruthfulQA.v1.csv", "truthfulqa/mc_task.v1.json",
        "tofu/forget10_perturbed.json", "openbookqa/original_main/dev.tsv",
        "hellaswag/olmo_rc_5shot_requests.jsonl.gz", "piqa/dev-labels.lst"}) {
    SCOPED_TRACE(name);
    const std::string path = data_folder() + "/" + name;
    const auto ordered = read_ordered_rows(path);
    std::vector<DataRow> rows;
    for (const OrderedRow& row : ordered) {
      rows.push_back({Json(row.fields), row.where});
    }
    EXPECT_EQ(rows_hash(rows), rows_hash(read_rows(path)));
  }
}

// The order says which answer is the right one: the first.
TEST(RowsParity, AnswersOfTruthfulQaKeepTheirOrder) {
  SKIP_WITHOUT_DATA();
  const auto rows =
      read_ordered_rows(data_folder() + "/truthfulqa/mc_task.v1.json");
  ASSERT_EQ(rows.size(), 817u);
  int unsorted = 0;
  for (const OrderedRow& row : rows) {
    std::vector<std::string> answers;
    for (const auto& [answer, label] : row.fields["mc1_targets"].items()) {
      EXPECT_EQ(label, answers.empty() ? 1 : 0);
      answers.push_back(answer);
    }
    if (!std::is_sorted(answers.begin(), answers.end())) ++unsorted;
    EXPECT_EQ(row.fields.begin().key(), "question");
  }
  EXPECT_EQ(unsorted, 771);
}

// The rows of all tables in the folder, file after file.
std::vector<DataRow> tables(const std::string& folder,
                            const RowOptions& options) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  EXPECT_EQ(files.size(), 57u);
  std::vector<DataRow> rows;
  for (const std::string& file : files) {
    for (DataRow& row : read_rows(file, options)) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// These copies have a header line each; the original release has none, so that
// with columns named there is one row more a file.
TEST(RowsParity, TablesOfMmluLoadWhole) {
  SKIP_WITHOUT_DATA();
  const RowOptions named = {
      .columns = {"question", "A", "B", "C", "D", "answer"}};
  const auto expect_rows = [&](const std::string& split,
                               const RowOptions& options, size_t count,
                               const std::string& hash) {
    SCOPED_TRACE(split);
    const auto rows = tables(data_folder() + "/mmlu/" + split, options);
    EXPECT_EQ(rows.size(), count);
    EXPECT_EQ(rows_hash(rows).substr(0, 12), hash);
  };
  expect_rows("test", {}, 14'042, "95462501af9d");
  expect_rows("dev", {}, 285, "6fb22c13f2cb");
  expect_rows("test", named, 14'042 + 57, "4f32032f5254");
  expect_rows("dev", named, 285 + 57, "ef56f977aa17");
}

}  // namespace
}  // namespace lethe
