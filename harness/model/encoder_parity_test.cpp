// Against transformers: hidden states of every layer within 1e-4 of each
// value and of the largest, with padding left out.
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/model/encoder.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

class EncoderParity : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    LETHE_NEEDS_FIXTURES();
    path_ = fixtures() + "/models/" + GetParam();
    golden_ = read_json(path_ + "/golden.json");
    tensors_ = Safetensors::open(path_ + "/golden.safetensors");
    encoder_ = Encoder::load(ModelFolder(path_), test_compute());
    for (int64_t l = 0; l <= encoder_->config().layers; ++l) all_.push_back(l);
  }

  // The rows of one of the golden inputs without their padding.
  static std::vector<EncoderRow> rows_of(const Json& input) {
    std::vector<EncoderRow> rows(input["input_ids"].size());
    for (size_t b = 0; b < rows.size(); ++b) {
      for (size_t t = 0; t < input["input_ids"][b].size(); ++t) {
        if (input["attention_mask"][b][t] == 0) continue;
        rows[b].ids.push_back(input["input_ids"][b][t]);
        rows[b].types.push_back(input["token_type_ids"].is_null()
                                    ? 0
                                    : input["token_type_ids"][b][t].get<int>());
      }
    }
    return rows;
  }

  std::vector<Tensor> states_of(const Encoder& encoder,
                                const std::vector<EncoderRow>& rows) const {
    const at::NoGradGuard guard;
    std::vector<Ids> ids;
    Ids types;
    for (const EncoderRow& row : rows) {
      encoder.check(row, "row");
      ids.push_back(row.ids);
      types.insert(types.end(), row.types.begin(), row.types.end());
    }
    return encoder.hidden_states(ragged(ids, encoder.device()),
                                 int_tensor(types, encoder.device()), all_);
  }

  std::string path_;
  Json golden_;
  std::shared_ptr<const Safetensors> tensors_;
  std::shared_ptr<const Encoder> encoder_;
  Ids all_;
};

TEST_P(EncoderParity, HiddenStatesOfEveryLayer) {
  int64_t compared = 0;
  for (const Json& input : golden_["inputs"]) {
    SCOPED_TRACE(input["tag"].get<std::string>());
    const Tensor want = tensors_->tensor(input["tag"].get<std::string>());
    const std::vector<EncoderRow> rows = rows_of(input);
    const std::vector<Tensor> got = states_of(*encoder_, rows);
    ASSERT_EQ(want.size(0), static_cast<int64_t>(got.size()));
    for (int64_t l = 0; l < want.size(0); ++l) {
      int64_t begin = 0;
      for (size_t b = 0; b < rows.size(); ++b) {
        const auto length = static_cast<int64_t>(rows[b].ids.size());
        const Tensor ours = got[l].narrow(0, begin, length).cpu();
        // Padding stands behind a row's tokens.
        const Tensor theirs = want[l][b].narrow(0, 0, length);
        EXPECT_LE((ours - theirs).abs().max().item<double>(),
                  1e-4 * theirs.abs().max().item<double>());
        EXPECT_TRUE(at::allclose(ours, theirs, 1e-4, 1e-4));
        begin += length;
        ++compared;
      }
    }
  }
  EXPECT_GE(compared, 4 * static_cast<int64_t>(all_.size()));
}

// Folders from before transformers 5 spell dtype otherwise.
TEST_P(EncoderParity, OlderSpellingOfTheConfigurationIsTheSameModel) {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::path(testing::TempDir()) / ("older-" + std::string(GetParam()));
  fs::create_directories(folder);
  const auto over = fs::copy_options::overwrite_existing;
  fs::copy_file(path_ + "/model.safetensors", folder / "model.safetensors",
                over);
  fs::copy_file(path_ + "/config.v4.json", folder / "config.json", over);
  const auto older =
      Encoder::load(ModelFolder(folder.string()), test_compute());
  const std::vector<EncoderRow> rows = rows_of(golden_["inputs"].back());
  const std::vector<Tensor> got = states_of(*older, rows);
  const std::vector<Tensor> want = states_of(*encoder_, rows);
  for (size_t l = 0; l < all_.size(); ++l) {
    EXPECT_TRUE(at::equal(got[l], want[l]));
  }
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(, EncoderParity,
                         testing::Values("bert", "bert-hubkeys", "distilbert",
                                         "roberta", "deberta-v2"));

}  // namespace
}  // namespace lethe
