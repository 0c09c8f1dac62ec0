// Every document of the published files becomes one of its task.
#include <gtest/gtest.h>

#include "harness/task/document.h"

namespace lethe {
namespace {

std::string data_folder() {
  const char* folder = std::getenv("LETHE_DATA");
  return folder == nullptr ? "" : folder;
}

struct Count {
  const char* task;
  const char* file;  // empty: found by name
  const char* schema;
  size_t documents;  // of all tasks of the name
};

const Count kCounts[] = {
    {"arc_easy", "", "rendered", 2376},
    {"arc_challenge", "", "rendered", 1172},
    {"arc_easy", "arc/ai2_arc__ARC-Easy__validation.jsonl", "Hugging Face",
     570},
    {"arc_challenge", "arc/ARC-Challenge-Dev.jsonl", "ARC release", 294},
    {"boolq", "boolq/boolq__none__validation.jsonl", "release", 3270},
    {"boolq", "boolq/superglue_boolq_val.jsonl", "SuperGLUE", 3270},
    {"hellaswag", "", "rendered", 1000},
    {"lambada_openai", "", "text", 5153},
    {"mmlu", "", "table with numbered choices", 14042},
    {"openbookqa", "", "release, table", 500},
    {"openbookqa", "openbookqa/original_main/dev.tsv", "release, table", 500},
    {"openbookqa", "openbookqa/openbookqa__main__validation.jsonl",
     "Hugging Face", 500},
    {"piqa", "piqa/piqa__plain_text__validation.jsonl",
     "Hugging Face, or the release with labels beside", 1838},
    {"piqa", "", "Hugging Face, or the release with labels beside", 1838},
    {"sciq", "", "release and Hugging Face", 1000},
    {"truthfulqa_mc1", "", "release (mc_task.json)", 817},
    {"truthfulqa_mc2", "", "release (mc_task.json)", 817},
    {"wikitext", "", "pages", 62},
    {"winogrande", "", "release and Hugging Face", 1267},
};

TEST(TaskData, PublishedFilesBecomeDocuments) {
  if (data_folder().empty()) GTEST_SKIP() << "LETHE_DATA is not set";
  for (const Count& count : kCounts) {
    SCOPED_TRACE(fmt::format("{} {}", count.task, count.file));
    TaskSources sources;
    sources.folder = data_folder();
    sources.relative_to = data_folder();
    if (*count.file != '\0') sources.files[count.task] = count.file;
    size_t documents = 0;
    for (const Task& task : find_tasks(count.task, "/")) {
      const SplitData data = find_split(task, task.eval_splits, sources);
      EXPECT_EQ(data.schema, count.schema);
      documents += make_documents(task, data).size();
    }
    EXPECT_EQ(documents, count.documents);
  }
}

// Two copies of one split say the same.
TEST(TaskData, CopiesAgree) {
  if (data_folder().empty()) GTEST_SKIP() << "LETHE_DATA is not set";
  const auto documents = [](const std::string& name, const std::string& file) {
    const std::string own = name.substr(0, name.find(':'));
    TaskSources sources;
    sources.relative_to = data_folder();
    sources.files[name] = file;
    const Task task = find_tasks(own, "/").front();
    return make_documents(task, find_split(task, task.eval_splits, sources));
  };
  const auto a = documents("piqa", "piqa/piqa__plain_text__validation.jsonl");
  const auto b = documents("piqa:validation", "piqa/dev.jsonl");
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].prompt, b[i].prompt) << i;
    EXPECT_EQ(a[i].answer, b[i].answer) << i;
  }
  const auto c = documents("openbookqa", "openbookqa/original_main/dev.tsv");
  const auto d =
      documents("openbookqa", "openbookqa/openbookqa__main__validation.jsonl");
  ASSERT_EQ(c.size(), d.size());
  for (size_t i = 0; i < c.size(); ++i) {
    EXPECT_EQ(c[i].prompt, d[i].prompt) << i;
    EXPECT_EQ(c[i].choices, d[i].choices) << i;
    EXPECT_EQ(c[i].answer, d[i].answer) << i;
  }
}

}  // namespace
}  // namespace lethe
