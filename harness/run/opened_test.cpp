// The models that probes name, over the cells of a run.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/model/test_fixtures.h"
#include "harness/run/run.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

// How often `part` stands in `text`.
int64_t times(const std::string& text, const std::string& part) {
  int64_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(OpenedModelsOfARun, AreLoadedOnceForAllCells) {
  std::string folder = testing::TempDir() + "lethe_opened_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string source = LETHE_SOURCE_DIR;
  const std::string model = source + "/attacks/testdata/target";
  const std::string proposer =
      source + "/harness/model/testdata/masked_lm/bert";
  write_file_atomically(folder + "/rows.jsonl", R"({"text": "the cat sleeps"}
{"text": "a ferry at dawn"}
)");
  const Json json = {
      {"suite", "opened"},
      {"model", {{"path", model}}},
      {"data", {{"rows", {{"file", "rows.jsonl"}, {"role", "forget"}}}}},
      {"methods",
       {{{"name", "none"}},
        {{"name", "gradient_ascent"}, {"set", {{"steps", 1}}}}}},
      {"transforms", {{{"name", "quantise"}}}},
      {"attacks",
       {{{"name", "reference_mia"},
         {"on", "rows"},
         {"set", {{"model", model}}}},
        {{"name", "neighbour_mia"},
         {"on", "rows"},
         {"set", {{"proposer", proposer}}}}}}};
  RunOptions options;
  options.out = folder + "/out";
  options.compute = test_compute();
  options.target.progress = false;
  set_verbosity(Verbosity::verbose);
  testing::internal::CaptureStderr();
  const RunSummary summary =
      run_suite(suite_from_json(json, folder, "opened.json"), options);
  const std::string log = testing::internal::GetCapturedStderr();
  set_verbosity(Verbosity::quiet);
  EXPECT_EQ(summary.failed, 0) << log;
  EXPECT_GE(summary.finished, 8) << "two models, two targets, two probes";
  EXPECT_EQ(times(log, "opening " + model), 1) << log;
  EXPECT_EQ(times(log, "opening " + proposer), 1) << log;
  fs::remove_all(folder);
}

}  // namespace
}  // namespace lethe
