// Against transformers (harness/oracle/masked_lm.py): logits within 1e-4 of the
// largest, with a word embedding changed too.
#include "harness/model/masked_lm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/base/json.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

std::string testdata(const std::string& name) {
  return std::string(LETHE_SOURCE_DIR) + "/harness/model/testdata/masked_lm/" +
         name;
}

class MaskedLmOf : public testing::TestWithParam<const char*> {};

TEST_P(MaskedLmOf, GivesThePeersLogits) {
  const at::NoGradGuard guard;
  const std::string folder = testdata(GetParam());
  const auto model = MaskedLm::load(ModelFolder(folder), test_compute());
  const Encoder& encoder = model->encoder();
  const Json golden = read_json(folder + "/golden.json");
  const auto want = Safetensors::open(folder + "/golden.safetensors");
  const std::vector<int64_t> ids = golden["ids"];
  const std::vector<float> factors = golden["factors"];
  // A row before it: places are those of all rows.
  const Ragged rows = ragged({{5, 6, 7}, ids}, encoder.device());
  EmbeddingFactors scaled;
  scaled.places =
      int_tensor({3 + golden["at"].get<int64_t>()}, encoder.device());
  scaled.factors = at::tensor(factors).unsqueeze(0).to(encoder.device());
  for (const bool changed : {false, true}) {
    const Tensor theirs = want->tensor(changed ? "scaled" : "logits");
    const Tensor ours = model
                            ->logits(encoder.hidden_states(
                                rows, {}, {encoder.config().layers},
                                changed ? scaled : EmbeddingFactors())[0])
                            .narrow(0, 3, static_cast<int64_t>(ids.size()))
                            .cpu();
    ASSERT_EQ(ours.sizes(), theirs.sizes());
    EXPECT_LE((ours - theirs).abs().max().item<double>(),
              1e-4 * theirs.abs().max().item<double>());
  }
  EXPECT_GT((want->tensor("scaled") - want->tensor("logits"))
                .abs()
                .max()
                .item<double>(),
            0.01);
}

INSTANTIATE_TEST_SUITE_P(, MaskedLmOf,
                         testing::Values("bert", "bert-untied", "roberta",
                                         "roberta-silu", "distilbert",
                                         "distilbert-relu", "deberta-v2",
                                         "deberta-v2-authors"));

// The head's tensors left out of a folder, or its configuration changed.
class Refused {
 public:
  explicit Refused(const std::string& name)
      : folder_(fs::path(testing::TempDir()) / ("masked-" + name)) {
    fs::create_directories(folder_);
    config = read_json(testdata(name) + "/config.json");
    const auto stored =
        Safetensors::open(testdata(name) + "/model.safetensors");
    for (const TensorEntry& entry : stored->entries()) {
      tensors.emplace_back(entry.name, stored->tensor(entry.name).clone());
    }
  }
  ~Refused() { fs::remove_all(folder_); }

  std::string message() const {
    std::ofstream(folder_ / "config.json") << config;
    write_safetensors(folder_.string() + "/model.safetensors", tensors);
    try {
      MaskedLm::load(ModelFolder(folder_.string()), test_compute());
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      return error.what();
    }
  }

  Json config;
  NamedTensors tensors;

 private:
  const fs::path folder_;
};

TEST(MaskedLm, RefusesAFolderWithoutItsHead) {
  for (const char* name : {"bert", "roberta", "distilbert", "deberta-v2"}) {
    Refused folder(name);
    EXPECT_EQ(folder.message(), "");
    std::erase_if(folder.tensors, [](const auto& tensor) {
      const std::string& key = tensor.first;
      return key.starts_with("cls.") || key.starts_with("lm_head.") ||
             key.starts_with("vocab_");
    });
    EXPECT_THAT(folder.message(),
                HasSubstr("has no head of a masked language model"));
  }
}

TEST(MaskedLm, RefusesAHeadThatIsIncomplete) {
  Refused folder("bert");
  std::erase_if(folder.tensors, [](const auto& tensor) {
    return tensor.first == "cls.predictions.bias";
  });
  EXPECT_THAT(folder.message(), HasSubstr("cls.predictions.bias"));
}

TEST(MaskedLm, RefusesADecoder) {
  Refused folder("bert");
  folder.config["model_type"] = "gpt2";
  EXPECT_THAT(folder.message(), HasSubstr("is a decoder"));
}

}  // namespace
}  // namespace lethe
