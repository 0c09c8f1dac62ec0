// Memory on paper beside what short runs take.
#include <gtest/gtest.h>
#include <malloc.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"
#include "harness/train/lora.h"
#include "harness/train/memory.h"
#include "harness/train/selection.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

DecoderConfig config_of(const Json& json) {
  return config_from_json(json, "config.json");
}

// A model whose weights, gradients, moments and activations each count: what a
// short run takes above the process before it.
class MeasuredMemory : public testing::TestWithParam<Json> {
 protected:
  static Json config() {
    return {{"model_type", "llama"},     {"vocab_size", 6000},
            {"hidden_size", 512},        {"num_hidden_layers", 6},
            {"num_attention_heads", 8},  {"num_key_value_heads", 4},
            {"intermediate_size", 1376}, {"max_position_embeddings", 512}};
  }
  static TrainingSet rows(Side side) {
    Rng rng(1, "rows");
    Examples all;
    for (int64_t i = 0; i < 4; ++i) {
      Example e;
      for (int64_t t = 0; t < 257; ++t) {
        e.ids.push_back(static_cast<int64_t>(rng.below(6000)));
      }
      all.push_back(e);
    }
    TrainingSet set(all, parse_train_options(Json::object()), 512, {0});
    set.side = side;
    return set;
  }
};

TEST_P(MeasuredMemory, IsWithinAFifthOfThePlan) {
  const Compute compute = test_compute();
  if (!compute.device.is_cpu()) GTEST_SKIP() << "resident memory is the CPU's";
  Json set = {{"steps", 2}, {"batch", 4}, {"checkpoint_seconds", 0.0}};
  set.update(GetParam());
  const TrainOptions o = parse_train_options(set);
  std::string name = testing::TempDir() + "lethe_memory_XXXXXX";
  const std::string out = ::mkdtemp(name.data());
  const TrainingSet forget = rows(Side::forget), retain = rows(Side::retain);
  const auto method = Registry<Method>::make("npo", Json::object());
  ::malloc_trim(0);  // what other tests left is not counted
  const int64_t before = resident_bytes();
  reset_peak_bytes();
  {
    TrainTask task;
    task.model = Model::create(config(), compute, 3);
    if (o.lora_rank > 0) {
      for (const auto& [weight, tensor] : task.model->parameters()) {
        Tensor(tensor).requires_grad_(false);
      }
      task.model = with_lora(*task.model, o);
    }
    task.data = {&forget, &retain, nullptr};
    task.uses = method->uses();
    task.step = [&](Step& s) { method->step(s); };
    task.out = out;
    task.title = "memory";
    train(task, o);
  }
  const int64_t taken = peak_bytes() - before;
  std::filesystem::remove_all(out);
  LargestPass pass;
  pass.tokens = pass.supervised = 4 * 256;
  pass.terms = 2;
  const auto planned = static_cast<double>(
      training_memory(config_of(config()), compute, o, pass).total() +
      kTrainingProcessBytes);
  std::printf("[ memory   ] %s: %.0f MB, planned %.0f MB\n",
              GetParam().dump().c_str(), static_cast<double>(taken) / 1e6,
              planned / 1e6);
  EXPECT_GT(static_cast<double>(taken), 0.8 * planned);
  EXPECT_LT(static_cast<double>(taken), 1.2 * planned);
}

INSTANTIATE_TEST_SUITE_P(
    , MeasuredMemory,
    testing::Values(Json::object(), Json{{"activation_checkpointing", true}},
                    Json{{"optimiser", "adamw_8bit"}}, Json{{"lora_rank", 8}}));

}  // namespace
}  // namespace lethe
