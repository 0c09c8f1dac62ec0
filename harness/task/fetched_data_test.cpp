// What `lethe fetch` puts into a data folder is what the tasks look for.
#include <gmock/gmock.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/data/data_sources.h"
#include "harness/task/data_files.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

const std::string kSuites = std::string(LETHE_SOURCE_DIR) + "/suites";

std::string fresh_folder(const std::string& name) {
  const std::string folder = ::testing::TempDir() + "fetched_data_" + name;
  fs::remove_all(folder);
  make_folder(folder);
  return folder;
}

void put(const std::string& path) {
  make_folder(fs::path(path).parent_path().string());
  // A row that is of no task: files that are found are then refused.
  const bool table = path.size() > 4 && path.substr(path.size() - 4) == ".csv";
  write_file_atomically(path, table ? "q,a\nx,y\n" : "{\"zzz\": 1}\n");
}

void put_files(const DataSource& source, const std::string& folder) {
  for (const SourceFile& file : source.files) {
    if (file.members.empty()) put(folder + "/" + file.path);
    for (const SourceMember& member : file.members) {
      std::string path = folder + "/" + member.path;
      if (path.back() == '/') {  // of mmlu: one subject
        const std::string name = fs::path(member.member).filename().string();
        path += "anatomy" + name.substr(name.find('*') + 1);
      }
      put(path);
    }
  }
}

// Found: read, or refused for its rows; not: a usage error.
void expect_found(const Task& task, const std::vector<std::string>& splits,
                  const std::string& folder) {
  TaskSources sources;
  sources.folder = folder;
  try {
    find_split(task, splits, sources);
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input) << task.name << ": " << error.what();
  }
}

TEST(FetchedData, IsWhatTheTasksLookFor) {
  for (const DataSource& source :
       read_data_sources(kSuites + "/data_sources.json")) {
    if (source.files.empty()) continue;
    const std::string folder = fresh_folder(source.name);
    put_files(source, folder);
    for (const std::string& name : source.tasks) {
      for (const Task& task :
           read_task_file(kSuites + "/tasks/" + name + ".json")) {
        if (source.name == "mmlu" && task.name != "mmlu_anatomy") continue;
        expect_found(task, task.eval_splits, folder);
        if (task.fewshot.splits.empty()) continue;
        expect_found(task, task.fewshot.splits, folder);
      }
    }
  }
}

TEST(FetchedData, IsNamedWhereItIsMissing) {
  const Task task = read_task_file(kSuites + "/tasks/piqa.json").front();
  TaskSources sources;
  sources.folder = fresh_folder("none");
  EXPECT_THAT([&] { find_split(task, task.eval_splits, sources); },
              ::testing::ThrowsMessage<Error>(::testing::HasSubstr(
                  "\"lethe fetch piqa --data-dir " + sources.folder +
                  "\" gets it; or give --data-file piqa=FILE")));
}

}  // namespace
}  // namespace lethe
