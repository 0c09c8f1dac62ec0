// Every method that is registered, through the training loop or its own way: a
// new one is tried without a line here.
#include <gtest/gtest.h>
#include <stdlib.h>

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
#include "harness/train/test_context.h"

namespace lethe {
namespace {

// They make no model here: models made elsewhere, anew, or left alone.
const std::set<std::string> kElsewhere = {"checkpoint", "command", "goldfish",
                                          "none", "retrain"};
// They work when the model is asked.
const std::set<std::string> kDefences = {"filter_guard", "prompt_guard",
                                         "whos_harry_potter_ensemble"};
// They read texts, which there are none of here: they have tests of their own.
const std::set<std::string> kOnTexts = {"whos_harry_potter"};
// They compute without the training loop, and draw nothing.
const std::set<std::string> kWithoutLoop = {"memit", "rome", "ssd"};
// Options that have no default that fits every data set.
const std::map<std::string, Json> kOptions = {
    {"memit", {{"target", "erase"}, {"layers", {0}}}},
    {"pdu", {{"retain_eps", 0.3}}},
    {"rome", {{"target", "erase"}, {"layer", 0}}},
    {"ssd", {{"selection", 1.0}}}};

class EveryMethod : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "lethe_methods_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    forget_texts_ = texts(6, "forget");
    retain_texts_ = texts(9, "retain");
    forget_ = rows(forget_texts_);
    retain_ = rows(retain_texts_);
    retain_.side = Side::retain;
    alternates_.rows = rows(texts(12, "alternate"));
    alternates_.rows.side = Side::alternate;
    for (int64_t i = 0; i < 6; ++i) alternates_.of.push_back({i, i + 6});
    start_ = folder_ + "/start";
    save_new_model(*Model::create(config(), test_compute(), 11), config(), "",
                   start_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

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

  static Examples texts(int64_t count, const std::string& name) {
    Rng rng(2, name);
    Examples all;
    for (int64_t i = 0; i < count; ++i) {
      Example e;
      for (int64_t t = 0; t < 4 + i; ++t) {
        e.ids.push_back(static_cast<int64_t>(rng.below(29)));
      }
      all.push_back(e);
    }
    return all;
  }

  static TrainingSet rows(const Examples& all) {
    return {all, parse_train_options(Json::object()), 32, {28}};
  }

  // The hash of what the method leaves in its folder.
  std::string unlearned(const std::string& name, int64_t seed) {
    const auto options = kOptions.find(name);
    const auto method = Registry<Method>::make(
        name, options == kOptions.end() ? Json::object() : options->second);
    const std::string out = fmt::format("{}/{}_{}", folder_, name, runs_++);
    TestContext context(start_, out,
                        {&forget_, &retain_, &alternates_,
                         parse_train_options({{"lr", 0.003},
                                              {"steps", 4},
                                              {"batch", 3},
                                              {"seed", seed},
                                              {"checkpoint_seconds", 0.0}}),
                         forget_texts_, retain_texts_},
                        test_compute());
    const Unlearned made = method->unlearn(context);
    EXPECT_EQ(made.message, "") << name;
    EXPECT_EQ(made.steps, kWithoutLoop.count(name) > 0 ? 0 : 4) << name;
    EXPECT_EQ(made.folder, out) << name;
    return hash(out);
  }

  // Of the weights of a folder, which are finite.
  static std::string hash(const std::string& folder) {
    std::string bytes;
    const auto model = Model::load(ModelFolder(folder), test_compute());
    for (const auto& [name, tensor] : model->parameters()) {
      const Tensor own = tensor.detach().to(at::kCPU).contiguous();
      EXPECT_TRUE(at::isfinite(own).all().item<bool>()) << folder << name;
      bytes += name;
      bytes.append(static_cast<const char*>(own.const_data_ptr()),
                   own.nbytes());
    }
    return sha256(bytes);
  }

  std::string folder_, start_;
  int runs_ = 0;
  Examples forget_texts_, retain_texts_;
  TrainingSet forget_, retain_;
  Alternates alternates_;
};

TEST_F(EveryMethod, LeavesAModelOfItsOwnRepeatably) {
  std::map<std::string, std::string> made = {{hash(start_), "no training"}};
  size_t tried = 0;
  for (const std::string& name : Registry<Method>::names()) {
    if (kElsewhere.count(name) + kOnTexts.count(name) > 0) continue;
    SCOPED_TRACE(name);
    const bool defence = kDefences.count(name) > 0;
    const Json given = kOptions.count(name) > 0 ? kOptions.at(name) : Json();
    EXPECT_EQ(Registry<Method>::make(name, given)->uses().defence, defence);
    if (defence) continue;
    const std::string own = unlearned(name, 1);
    EXPECT_EQ(unlearned(name, 1), own) << "the same seed, other weights";
    const bool draws = kWithoutLoop.count(name) == 0;
    EXPECT_EQ(unlearned(name, 2) != own, draws) << "the seed changes nothing";
    const auto [place, unique] = made.emplace(own, name);
    EXPECT_TRUE(unique) << "the weights are those of " << place->second;
    ++tried;
  }
  EXPECT_EQ(tried + kElsewhere.size() + kOnTexts.size() + kDefences.size(),
            Registry<Method>::names().size());
  EXPECT_GE(tried, 15u);
}

}  // namespace
}  // namespace lethe
