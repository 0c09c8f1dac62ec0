// A model whose weights are no numbers has no scores: none may look like one.
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/registry.h"
#include "harness/model/test_fixtures.h"
#include "harness/plugin/metric.h"
#include "harness/target/model_target.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

const std::string kFolder =
    std::string(LETHE_SOURCE_DIR) + "/attacks/testdata/target";

LoadedModel loaded_target() {
  TargetOptions options;
  options.progress = false;
  return load_target(kFolder, test_compute(), options);
}

std::shared_ptr<const Target> diverged_from(const LoadedModel& loaded) {
  return loaded.target->with_model(loaded.target->model()->with_linear_weights(
      [](const Linear& linear) { return at::full_like(linear.weight, NAN); }));
}

TEST(DivergedModel, HasNoMembershipScores) {
  const std::string proposer = std::string(LETHE_SOURCE_DIR) +
                               "/harness/model/testdata/masked_lm/roberta";
  const LoadedModel loaded = loaded_target();
  const auto diverged = diverged_from(loaded);
  std::vector<DataRow> rows;
  for (const char* text :
       {"the ferry leaves", "a kettle sings", "rain, snow"}) {
    rows.push_back({{{"text", text}, {"member", rows.empty() ? 1 : 0}}, ""});
  }
  const Examples examples =
      make_examples(rows, loaded.tokenizer.get(), ExampleOptions());
  const std::vector<std::pair<std::string, Json>> probes = {
      {"loss_mia", {}},
      {"zlib_mia", {}},
      {"lowercase_mia", {}},
      {"min_k_mia", {}},
      {"min_k_plus_plus_mia", {}},
      {"dc_pdd_mia", {}},
      {"recall_mia", {}},
      {"gradient_norm_mia", {}},
      {"gradient_norm_mia", {{"norm", "linf"}}},
      {"reference_mia", {{"model", kFolder}}},
      {"neighbour_mia", {}},
      {"neighbour_mia", {{"form", "best"}}},
      {"neighbour_mia", {{"proposer", proposer}}}};
  for (const auto& [name, set] : probes) {
    const auto probe = Registry<Probe>::make(name, set);
    for (const Observation& seen : probe->ask(*diverged, examples)) {
      EXPECT_TRUE(std::isnan(seen.score)) << name << " " << set << seen.score;
    }
  }
}

// What it answers is no failed extraction: no value, not the best one.
TEST(DivergedModel, HasNoExtractionRates) {
  const LoadedModel loaded = loaded_target();
  const auto diverged = diverged_from(loaded);
  std::vector<DataRow> rows;
  for (const char* text : {"the ferry leaves", "a kettle sings"}) {
    rows.push_back(
        {{{"prompt", text}, {"completion", " at noon, as ever"}}, "row"});
  }
  const Examples examples =
      make_examples(rows, loaded.tokenizer.get(), ExampleOptions());
  const std::vector<std::pair<std::string, Json>> probes = {
      {"greedy_extraction", {}},
      {"beam_extraction", {}},
      {"sampling_extraction", {{"trials", 2}}},
      {"goldfish_beam_extraction", {{"h", 2}}},
      {"discoverable_extraction", {}},
      {"near_verbatim_extraction", {{"max_errors", 1}}},
      {"greedy_generation", {{"max_new_tokens", 3}}}};
  for (const auto& [name, set] : probes) {
    const auto probe = Registry<Probe>::make(name, set);
    const Observations seen = probe->ask(*diverged, examples);
    ASSERT_EQ(seen.size(), examples.size()) << name;
    for (const std::string& metric_name : probe->metrics()) {
      const auto metric = Registry<Metric>::make(metric_name, Json::object());
      const Aggregate all =
          measure(*metric, items(*metric, seen), seen, nullptr);
      for (const auto& [field, value] : all) {
        EXPECT_TRUE(std::isnan(value.value)) << name << " " << field;
        EXPECT_FALSE(value.reason.empty()) << name << " " << field;
      }
    }
  }
  const auto forced = Registry<Probe>::make("teacher_forced", Json::object())
                          ->ask(*diverged, examples);
  for (const char* name : {"exact_memorization", "extraction_strength"}) {
    const auto metric = Registry<Metric>::make(name, Json::object());
    for (const Row& row : items(*metric, forced)) {
      EXPECT_TRUE(std::isnan(row.front().second)) << name;
    }
  }
}

}  // namespace
}  // namespace lethe
