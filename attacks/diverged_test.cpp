// A model whose weights are no numbers has no scores: none may look like one.
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/registry.h"
#include "harness/model/test_fixtures.h"
#include "harness/target/model_target.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

TEST(DivergedModel, HasNoMembershipScores) {
  const std::string folder =
      std::string(LETHE_SOURCE_DIR) + "/attacks/testdata/target";
  const std::string proposer = std::string(LETHE_SOURCE_DIR) +
                               "/harness/model/testdata/masked_lm/roberta";
  TargetOptions options;
  options.progress = false;
  const LoadedModel loaded = load_target(folder, test_compute(), options);
  const auto diverged = loaded.target->with_model(
      loaded.target->model()->with_linear_weights([](const Linear& linear) {
        return at::full_like(linear.weight, NAN);
      }));
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
      {"reference_mia", {{"model", folder}}},
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

}  // namespace
}  // namespace lethe
