// LoRA and other choices of what is trained, on tiny models.
#include "harness/train/lora.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "harness/base/rng.h"
#include "harness/model/adapter.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "harness/train/selection.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

using ::testing::HasSubstr;

const Json kLlama = {
    {"model_type", "llama"},    {"vocab_size", 31},
    {"hidden_size", 16},        {"num_hidden_layers", 2},
    {"num_attention_heads", 4}, {"num_key_value_heads", 2},
    {"intermediate_size", 24},  {"max_position_embeddings", 32},
    {"dtype", "float32"},       {"initializer_range", 0.2}};
const Json kGpt2 = {{"model_type", "gpt2"}, {"vocab_size", 31},
                    {"n_embd", 16},         {"n_layer", 2},
                    {"n_head", 2},          {"n_positions", 32},
                    {"dtype", "float32"},   {"initializer_range", 0.2}};

class LoraTraining : public testing::TestWithParam<bool> {
 protected:
  LoraTraining() {
    std::string name = testing::TempDir() + "lethe_lora_XXXXXX";
    root_ = ::mkdtemp(name.data());
    config_ = GetParam() ? kGpt2 : kLlama;
    save_new_model(*Model::create(config_, test_compute(), 3), config_, "",
                   root_ + "/model");
    folder_.emplace(root_ + "/model");
    data_ = rows();
  }
  ~LoraTraining() override { std::filesystem::remove_all(root_); }

  static TrainingSet rows() {
    Rng rng(4, "rows");
    Examples all;
    for (int64_t i = 0; i < 6; ++i) {
      Example e;
      for (int64_t t = 0; t < 5 + i; ++t) {
        e.ids.push_back(static_cast<int64_t>(rng.below(31)));
      }
      all.push_back(e);
    }
    return {all, parse_train_options(Json::object()), 32, {30}};
  }

  TrainOptions options(const Json& more = Json::object()) const {
    Json all = {{"lora_rank", 3}, {"lr", 0.01},  {"steps", 4},
                {"batch", 3},     {"clip", 0.0}, {"checkpoint_seconds", 0.0}};
    all.update(more);
    return parse_train_options(all);
  }

  void train(const std::shared_ptr<Model>& model, const TrainOptions& o) {
    TrainTask task;
    task.model = model;
    task.data.data = &data_;
    task.step = [](Step& s) {
      s.add("nll", 1, [&] { return mean_nll(s.model, s.forget); });
    };
    task.out = root_ + "/out";
    task.title = "test";
    EXPECT_FALSE(lethe::train(task, o).diverged);
  }

  std::shared_ptr<Model> base() const {
    return Model::load(*folder_, test_compute());
  }
  std::shared_ptr<Model> whole() const {
    return Model::load(*folder_, test_compute(), true);
  }
  Tensor says(const Model& model) const {
    const at::NoGradGuard no_gradients;
    return logits(model, ragged({{5, 7, 9, 2}, {1, 3}}, model.device()));
  }
  static double apart(const Tensor& a, const Tensor& b) {
    return (a.cpu() - b.cpu()).abs().max().item<double>();
  }
  // Names of the weights that differ from the folder's.
  std::set<std::string> changed(const Model& model) const {
    std::set<std::string> found;
    for (const auto& [name, tensor] : model.parameters()) {
      if (apart(tensor.detach(), folder_->tensor(name)) > 0) found.insert(name);
    }
    return found;
  }

  std::string root_;
  Json config_;
  std::optional<ModelFolder> folder_;
  TrainingSet data_;
};

TEST_P(LoraTraining, FreshMatricesChangeNothing) {
  const auto model = with_lora(*base(), options());
  EXPECT_EQ(apart(says(*model), says(*base())), 0);
  EXPECT_EQ(lora_parameters(*base()).size(), 0u);
  EXPECT_EQ(trained_parameters(*model).size(), lora_parameters(*model).size());
}

TEST_P(LoraTraining, LeavesTheWeightsAlone) {
  const auto model = with_lora(*base(), options());
  train(model, options());
  EXPECT_TRUE(changed(*model).empty());
  EXPECT_GT(apart(says(*model), says(*base())), 1e-3);
}

TEST_P(LoraTraining, AdapterAndMergedFolderSayTheSame) {
  for (const char* target : {"all-linear", "c_attn", "q_proj"}) {
    const TrainOptions o =
        options({{"lora_targets", {target}}, {"lora_alpha", 5.0}});
    const bool gpt2_name = std::string(target) == "c_attn";
    if (gpt2_name != GetParam() && std::string(target) != "all-linear") {
      EXPECT_THROW(with_lora(*base(), o), Error);
      continue;
    }
    const auto model = with_lora(*base(), o);
    train(model, o);
    const Tensor want = says(*model);
    save_adapter(*model, o, "base", root_ + "/adapter");
    EXPECT_LE(apart(says(*Adapter(root_ + "/adapter").on(*base())), want),
              1e-5);
    save_model(*merged(*model), *folder_, root_ + "/merged");
    const auto again =
        Model::load(ModelFolder(root_ + "/merged"), test_compute());
    EXPECT_LE(apart(says(*again), want), 1e-5);
    EXPECT_FALSE(changed(*again).empty());
    for (const std::string& name : changed(*again)) {
      EXPECT_TRUE(std::string(target) == "all-linear" ||
                  name.find(target) != std::string::npos)
          << name;
    }
  }
}

// d loss / d B = scale dW A^T, d loss / d A = scale B^T dW.
TEST_P(LoraTraining, GradientsAreThoseOfTheWeightsItAddsTo) {
  const TrainOptions o = options({{"lora_alpha", 7.5}});
  const auto model = with_lora(*base(), o);
  train(model, o);  // B is no longer zero
  save_model(*merged(*model), *folder_, root_ + "/merged");
  const auto dense =
      Model::load(ModelFolder(root_ + "/merged"), test_compute(), true);
  const Batch batch = make_batch(data_, {0, 1, 2}, dense->device());
  mean_nll(*dense, batch).backward();
  mean_nll(*model, batch).backward();
  std::map<std::string, Tensor> of_weight;
  for (const auto& [name, weight] : dense->parameters()) {
    of_weight[name] = weight.grad();
  }
  const NamedTensors all = lora_parameters(*model);
  ASSERT_EQ(all.size(), GetParam() ? 16u : 28u);
  for (size_t i = 0; i < all.size(); i += 2) {
    const Tensor &a = all[i].second, &b = all[i + 1].second;
    const std::string path = all[i].first.substr(0, all[i].first.find(".lora"));
    Tensor dw = of_weight.at(path + ".weight");
    if (GetParam()) dw = dw.t();
    EXPECT_LE(apart(b.grad(), 2.5 * at::mm(dw, a.detach().t())), 1e-5) << path;
    EXPECT_LE(apart(a.grad(), 2.5 * at::mm(b.detach().t(), dw)), 1e-5) << path;
  }
}

TEST_P(LoraTraining, LayersAreChosenByNumber) {
  const auto model = with_lora(*base(), options({{"train_layers", {1}}}));
  for (const auto& [name, tensor] : lora_parameters(*model)) {
    EXPECT_THAT(name, HasSubstr(".1."));
  }
  EXPECT_FALSE(lora_parameters(*model).empty());
}

TEST_P(LoraTraining, SelectedWeightsAreTheOnlyOnesTrained) {
  const std::string module = GetParam() ? "c_fc" : "up_proj";
  const TrainOptions o = options(
      {{"lora_rank", 0}, {"train_layers", {1}}, {"train_modules", {module}}});
  const auto model = whole();
  select_trainable(*model, o);
  train(model, o);
  EXPECT_FALSE(changed(*model).empty());
  for (const std::string& name : changed(*model)) {
    EXPECT_THAT(name, HasSubstr(".1."));
    EXPECT_THAT(name, HasSubstr(module));
  }
  const auto refused = [&](const Json& more) {
    EXPECT_THROW(select_trainable(*whole(), options(more)), Error);
  };
  refused({{"lora_rank", 0}, {"train_layers", {2}}});
  refused({{"lora_rank", 0}, {"train_modules", {"upproj"}}});
  refused({{"lora_rank", 0},
           {"train_layers", {0}},
           {"train_modules", {GetParam() ? "ln_f" : "lm_head"}}});
}

TEST_P(LoraTraining, SaliencyKeepsTheModulesWithTheLargestGradients) {
  const auto reference = whole();
  std::vector<int64_t> keys(static_cast<size_t>(data_.size()));
  std::iota(keys.begin(), keys.end(), 0);
  mean_nll(*reference, make_batch(data_, keys, reference->device())).backward();
  std::map<std::string, double> squares;
  for (const auto& [name, weight] : reference->parameters()) {
    const double norm = weight.grad().norm().item<double>();
    squares[name.substr(0, name.rfind('.'))] += norm * norm;
  }
  const TrainOptions o =
      options({{"lora_rank", 0}, {"saliency_percentile", 75.0}});
  const auto model = whole();
  train(model, o);
  std::set<std::string> kept;
  for (const std::string& name : changed(*model)) {
    kept.insert(name.substr(0, name.rfind('.')));
  }
  EXPECT_GE(kept.size(), squares.size() / 4);
  EXPECT_LE(kept.size(), squares.size() / 4 + 1);
  for (const auto& [module, square] : squares) {
    for (const std::string& other : kept) {
      if (kept.count(module) == 0) {
        EXPECT_LE(square, squares[other] * (1 + 1e-5));
      }
    }
  }
}

TEST_P(LoraTraining, SaliencyOfWeightsMasksTheirUpdates) {
  const TrainOptions o = options({{"lora_rank", 0},
                                  {"saliency_percentile", 90.0},
                                  {"saliency_unit", "weight"}});
  const auto model = whole();
  train(model, o);
  int64_t all = 0, moved = 0;
  for (const auto& [name, tensor] : model->parameters()) {
    all += tensor.numel();
    moved +=
        tensor.detach().cpu().ne(folder_->tensor(name)).sum().item<int64_t>();
  }
  EXPECT_GT(moved, all / 20);
  EXPECT_LE(moved, all / 10 + 1);
}

INSTANTIATE_TEST_SUITE_P(, LoraTraining, testing::Bool(), [](const auto& one) {
  return one.param ? "Gpt2" : "Llama";
});

TEST(LoraOptions, AreChecked) {
  EXPECT_THROW(parse_train_options({{"lora_rank", -1}}), Error);
  EXPECT_THROW(parse_train_options({{"lora_merge", false}}), Error);
  EXPECT_THROW(parse_train_options({{"saliency_percentile", 100.0}}), Error);
  EXPECT_THROW(parse_train_options({{"saliency_unit", "layer"}}), Error);
  EXPECT_THROW(parse_train_options({{"train_layers", {-1}}}), Error);
}

}  // namespace
}  // namespace lethe
