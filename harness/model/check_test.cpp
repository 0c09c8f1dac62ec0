// What a check of a folder counts and finds.
#include "harness/model/check.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

const Json kConfig = {{"model_type", "llama"},
                      {"vocab_size", 11},
                      {"hidden_size", 8},
                      {"num_hidden_layers", 2},
                      {"num_attention_heads", 2},
                      {"intermediate_size", 12},
                      {"max_position_embeddings", 16},
                      {"dtype", "float32"}};

class CheckTest : public testing::Test {
 protected:
  CheckTest() {
    std::string name = testing::TempDir() + "lethe_check_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    const auto model = Model::create(kConfig, test_compute(), 5);
    save_new_model(*model, kConfig, "", folder_);
    const ModelFolder written(folder_);
    for (const TensorEntry& entry : written.entries()) {
      tensors_[entry.name] = written.tensor(entry.name).clone();
    }
  }
  ~CheckTest() override { std::filesystem::remove_all(folder_); }

  // The tensors of the folder after tensors_ were written to it, by name.
  std::map<std::string, CheckedTensor> check() const {
    write_safetensors(folder_ + "/model.safetensors",
                      NamedTensors(tensors_.begin(), tensors_.end()));
    std::map<std::string, CheckedTensor> all;
    for (const CheckedTensor& tensor : check_tensors(ModelFolder(folder_))) {
      all[tensor.name] = tensor;
    }
    return all;
  }

  std::string folder_;
  std::map<std::string, Tensor> tensors_;
};

TEST_F(CheckTest, AWholeModelIsWhole) {
  const auto all = check();
  EXPECT_EQ(all.size(), tensors_.size());
  for (const auto& [name, tensor] : all) {
    EXPECT_STREQ(tensor.status(), "ok") << name;
    EXPECT_EQ(tensor.nan + tensor.inf, 0) << name;
    EXPECT_EQ(tensor.shape, tensors_.at(name).sizes().vec());
    EXPECT_EQ(tensor.elements, tensors_.at(name).numel());
    EXPECT_EQ(tensor.bytes, tensors_.at(name).nbytes());
    EXPECT_EQ(tensor.dtype, "float32");
  }
}

TEST_F(CheckTest, MissingMisshapenAndExtraTensorsAreAllListed) {
  tensors_.erase("model.layers.1.mlp.up_proj.weight");
  tensors_["model.norm.weight"] = at::zeros({9});
  tensors_["model.layers.2.mlp.up_proj.weight"] = at::zeros({12, 8});
  tensors_["position_ids"] = at::arange(5, at::kLong);
  std::map<std::string, std::string> odd;
  const auto all = check();
  for (const auto& [name, tensor] : all) {
    if (tensor.status() != std::string("ok")) odd[name] = tensor.status();
  }
  const std::map<std::string, std::string> want = {
      {"model.layers.1.mlp.up_proj.weight", "missing"},
      {"model.layers.2.mlp.up_proj.weight", "extra"},
      {"model.norm.weight", "wrong shape"},
      {"position_ids", "extra"}};
  EXPECT_EQ(odd, want);
  const auto& missing = all.at("model.layers.1.mlp.up_proj.weight");
  EXPECT_EQ(missing.wanted_shape, (Shape{12, 8}));
  EXPECT_EQ(all.at("model.norm.weight").wanted_shape, Shape{8});
  EXPECT_EQ(all.at("position_ids").dtype, "int64");
}

TEST_F(CheckTest, NotANumberAndInfiniteAreCountedInEveryType) {
  // 3 NaN of both signs, 2 infinite; the largest and smallest are neither.
  for (const at::ScalarType type :
       {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf}) {
    Tensor values = at::zeros({1'500'000}, at::kDouble);  // over one piece
    values[0] = NAN;
    values[1] = -NAN;
    values[2] = INFINITY;
    values[3] = -INFINITY;
    values[4] = type == at::kHalf ? 65504.0 : 3e38;
    values[5] = -0.0;
    values[6] = 6e-8;
    values[1'499'999] = NAN;
    tensors_["some"] = values.to(type);
    const CheckedTensor some = check().at("some");
    EXPECT_EQ(some.nan, 3) << some.dtype;
    EXPECT_EQ(some.inf, 2) << some.dtype;
  }
  tensors_["some"] = at::full({100}, -1, at::kLong);
  const CheckedTensor some = check().at("some");
  EXPECT_EQ(some.nan + some.inf, 0) << "integers have neither";
}

}  // namespace
}  // namespace lethe
