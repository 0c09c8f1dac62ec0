// Every method that is registered, through the training loop: a new one is
// tried without a line here.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

// They run no loop of ours: models made elsewhere, anew, or left alone.
const std::set<std::string> kWithoutLoop = {"checkpoint", "command", "none",
                                            "retrain"};

class EveryMethod : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "lethe_methods_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    forget_ = rows(6, "forget");
    retain_ = rows(9, "retain");
    retain_.side = Side::retain;
    alternates_.rows = rows(12, "alternate");
    alternates_.rows.side = Side::alternate;
    for (int64_t i = 0; i < 6; ++i) alternates_.of.push_back({i, i + 6});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::shared_ptr<Model> fresh() {
    return Model::create(config(), test_compute(), 11);
  }

  static Json config() {
    return {{"architectures", {"LlamaForCausalLM"}},
            {"model_type", "llama"},
            {"vocab_size", 29},
            {"hidden_size", 8},
            {"num_hidden_layers", 2},
            {"num_attention_heads", 2},
            {"num_key_value_heads", 1},
            {"intermediate_size", 12},
            {"max_position_embeddings", 32},
            {"initializer_range", 0.3},
            {"head_dim", 4}};
  }

  static TrainingSet rows(int64_t count, const std::string& name) {
    Rng rng(2, name);
    Examples all;
    for (int64_t i = 0; i < count; ++i) {
      Example e;
      for (int64_t t = 0; t < 4 + i; ++t) {
        e.ids.push_back(static_cast<int64_t>(rng.below(29)));
      }
      all.push_back(e);
    }
    return {all, parse_train_options(Json::object()), 32, {28}};
  }

  std::shared_ptr<Model> trained(const std::string& name, int64_t seed) {
    const auto method = Registry<Method>::make(name, Json::object());
    const Uses uses = method->uses();
    TrainTask task;
    task.model = fresh();
    task.uses = uses;
    task.data.data = &forget_;
    if (uses.retain) task.data.retain = &retain_;
    if (uses.alternates > 0) task.data.alternates = &alternates_;
    task.original = fresh;
    task.step = [&](Step& s) { method->step(s); };
    task.before_step = [&](TrainState& s) { method->before_step(s); };
    alternates_.a_row = uses.alternates;
    task.out = folder_ + "/" + name;
    task.title = name;
    const TrainResult result =
        train(task, parse_train_options({{"lr", 0.003},
                                         {"steps", 4},
                                         {"batch", 3},
                                         {"seed", seed},
                                         {"checkpoint_seconds", 0.0}}));
    EXPECT_FALSE(result.diverged) << name;
    EXPECT_TRUE(std::isfinite(result.last_loss)) << name;
    EXPECT_EQ(result.steps, 4) << name;
    return task.model;
  }

  static std::string hash(const Model& model) {
    std::string bytes;
    for (const auto& [name, tensor] : model.parameters()) {
      const Tensor own = tensor.detach().to(at::kCPU).contiguous();
      bytes += name;
      bytes.append(static_cast<const char*>(own.const_data_ptr()),
                   own.nbytes());
    }
    return sha256(bytes);
  }

  std::string folder_;
  TrainingSet forget_, retain_;
  Alternates alternates_;
};

TEST_F(EveryMethod, TrainsRepeatablyToWeightsOfItsOwn) {
  std::map<std::string, std::string> made = {{hash(*fresh()), "no training"}};
  size_t tried = 0;
  for (const std::string& name : Registry<Method>::names()) {
    if (kWithoutLoop.count(name) > 0) continue;
    SCOPED_TRACE(name);
    const std::string own = hash(*trained(name, 1));
    EXPECT_EQ(hash(*trained(name, 1)), own) << "the same seed, other weights";
    EXPECT_NE(hash(*trained(name, 2)), own) << "the seed changes nothing";
    const auto [place, unique] = made.emplace(own, name);
    EXPECT_TRUE(unique) << "the weights are those of " << place->second;
    ++tried;
  }
  EXPECT_EQ(tried + kWithoutLoop.size(), Registry<Method>::names().size());
  EXPECT_GE(tried, 8u);
}

TEST_F(EveryMethod, LeavesAFolderThatLoads) {
  for (const std::string& name : Registry<Method>::names()) {
    if (kWithoutLoop.count(name) > 0) continue;
    SCOPED_TRACE(name);
    const auto model = trained(name, 1);
    const std::string out = folder_ + "/" + name + "_model";
    save_new_model(*model, config(), "", out);
    EXPECT_EQ(hash(*Model::load(ModelFolder(out), test_compute())),
              hash(*model));
  }
}

}  // namespace
}  // namespace lethe
