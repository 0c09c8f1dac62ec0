// Model folders: what is written loads again with the same logits; folders
// that contradict themselves are refused by name.
#include "harness/model/folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;
using testing::TestWithParam;

Json config_of(const std::string& kind) {
  if (kind == "gpt2") {
    return {{"model_type", "gpt2"}, {"vocab_size", 37},    {"n_embd", 16},
            {"n_layer", 2},         {"n_head", 2},         {"n_positions", 32},
            {"dtype", "float32"},   {"a_key_of_theirs", 1}};
  }
  Json config = {{"model_type", "llama"},
                 {"vocab_size", 37},
                 {"hidden_size", 16},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 4},
                 {"num_key_value_heads", 2},
                 {"intermediate_size", 24},
                 {"max_position_embeddings", 32},
                 {"rope_theta", 500.0},
                 {"dtype", "float32"},
                 {"a_key_of_theirs", {{"kept", true}}}};
  if (kind == "llama-tied") config["tie_word_embeddings"] = true;
  if (kind == "llama-bf16") config["dtype"] = "bfloat16";
  if (kind == "llama-fp16") config["dtype"] = "float16";
  return config;
}

class FolderBase {
 protected:
  FolderBase() {
    std::string name = testing::TempDir() + "lethe_folder_XXXXXX";
    root_ = ::mkdtemp(name.data());
    folder_ = root_ + "/model";
  }
  ~FolderBase() { fs::remove_all(root_); }

  // A new model in folder_.
  std::shared_ptr<Model> create(const std::string& kind) const {
    const auto model = Model::create(config_of(kind), test_compute(), 5);
    save_new_model(*model, config_of(kind), "", folder_);
    return model;
  }

  static Tensor logits_of(const Model& model) {
    const at::NoGradGuard guard;
    return logits(model, ragged({{1, 7, 30, 2, 9}, {36, 0}}, model.device()));
  }
  static std::shared_ptr<Model> load(const std::string& folder,
                                     bool trainable = false) {
    return Model::load(ModelFolder(folder), test_compute(), trainable);
  }

  // The message and exit code of loading folder_; "" and 0: it loads.
  std::pair<std::string, int> refusal() const {
    try {
      load(folder_);
      return {"", 0};
    } catch (const Error& error) {
      return {error.what(), error.exit_code()};
    } catch (const std::exception& error) {
      return {error.what(), -1};  // the contract: every refusal is an Error
    }
  }
  void expect_refusal(int code, const std::vector<std::string>& words) const {
    const auto [message, got] = refusal();
    EXPECT_EQ(got, code) << message;
    for (const std::string& word : words) {
      EXPECT_NE(message.find(word), std::string::npos)
          << "\"" << message << "\" does not name " << word;
    }
  }

  void write(const std::string& name, const std::string& bytes) const {
    write_file_atomically(folder_ + "/" + name, bytes);
  }
  void set_config(const std::string& key, const Json& value) const {
    Json config = read_json(folder_ + "/config.json");
    config[key] = value;
    write("config.json", config.dump());
  }

  std::string root_, folder_;
};

class WrittenFolder : public FolderBase, public TestWithParam<const char*> {};

TEST_P(WrittenFolder, NewModelsLoadAgainWithTheSameLogits) {
  const auto model = create(GetParam());
  const auto again = load(folder_);
  EXPECT_EQ(again->parameters().size(), model->parameters().size());
  const Tensor got = logits_of(*again), want = logits_of(*model);
  if (config_of(GetParam())["dtype"] == "float32") {
    // gpt2's transposed weights are laid out anew: other sums.
    EXPECT_LE((got - want).abs().max().item<double>(), 1e-5);
  } else {
    EXPECT_LE((got - want).abs().max().item<double>(), 0.05);
    EXPECT_FALSE(at::equal(got, want)) << "the weights were rounded";
  }
  EXPECT_EQ(read_json(folder_ + "/config.json"), config_of(GetParam()));
}

TEST_P(WrittenFolder, SavedModelsKeepNamesShapesTypesAndConfiguration) {
  create(GetParam());
  const ModelFolder source(folder_);
  const auto model = load(folder_, true);
  {
    const at::NoGradGuard guard;
    for (const auto& [name, weight] : model->parameters()) {
      weight.detach().mul_(1.25).add_(0.01);
    }
  }
  const std::string out = root_ + "/out";
  save_model(*model, source, out);
  const ModelFolder written(out);
  const auto want = source.entries(), got = written.entries();
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    SCOPED_TRACE(want[i].name);
    EXPECT_EQ(got[i].name, want[i].name);
    EXPECT_EQ(got[i].dtype, want[i].dtype);
    EXPECT_EQ(got[i].shape, want[i].shape);
    const Tensor expected =
        (source.tensor(want[i].name).to(at::kFloat) * 1.25 + 0.01f)
            .to(want[i].dtype);
    EXPECT_TRUE(at::allclose(written.tensor(got[i].name).to(at::kFloat),
                             expected.to(at::kFloat), 1e-2, 1e-6));
  }
  EXPECT_EQ(read_file(out + "/config.json"),
            read_file(folder_ + "/config.json"));
  EXPECT_EQ(written.stored_dtype(), source.stored_dtype());
  EXPECT_NE(written.hash(), source.hash());
  EXPECT_FALSE(at::equal(logits_of(*load(out)), logits_of(*load(folder_))));
}

TEST_P(WrittenFolder, AnUnchangedModelIsWrittenWithTheSameHash) {
  create(GetParam());
  const ModelFolder source(folder_);
  save_model(*load(folder_), source, root_ + "/out");
  EXPECT_EQ(ModelFolder(root_ + "/out").hash(), source.hash());
}

INSTANTIATE_TEST_SUITE_P(, WrittenFolder,
                         testing::Values("llama", "llama-tied", "gpt2",
                                         "llama-bf16", "llama-fp16"));

class FolderTest : public FolderBase, public testing::Test {
 protected:
  // The model of folder_ in two files with an index.
  void shard() const {
    const ModelFolder source(folder_);
    NamedTensors parts[2];
    Json map;
    size_t i = 0;
    for (const TensorEntry& entry : source.entries()) {
      const size_t part = i++ % 2;
      parts[part].emplace_back(entry.name, source.tensor(entry.name).clone());
      map[entry.name] = part == 0 ? "one.safetensors" : "two.safetensors";
    }
    write_safetensors(folder_ + "/one.safetensors", parts[0]);
    write_safetensors(folder_ + "/two.safetensors", parts[1]);
    fs::remove(folder_ + "/model.safetensors");
    write_index(map);
  }
  void write_index(const Json& map) const {
    write("model.safetensors.index.json", Json{{"weight_map", map}}.dump());
  }
  Json weight_map() const {
    return read_json(folder_ + "/model.safetensors.index.json")["weight_map"];
  }
};

TEST_F(FolderTest, ShardsAreTheSameModel) {
  create("llama");
  const std::string hash = ModelFolder(folder_).hash();
  const Tensor want = logits_of(*load(folder_));
  shard();
  EXPECT_EQ(ModelFolder(folder_).hash(), hash);
  EXPECT_TRUE(at::equal(logits_of(*load(folder_)), want));
}

TEST_F(FolderTest, IndexesThatLeaveTheFolderAreRefused) {
  create("llama");
  shard();
  const Json good = weight_map();
  fs::copy(folder_ + "/one.safetensors", root_ + "/one.safetensors");
  for (const std::string name :
       {"../one.safetensors", "/etc/passwd", "..", "", "x/one.safetensors"}) {
    Json map = good;
    map["lm_head.weight"] = name;
    write_index(map);
    EXPECT_EQ(refusal().second, 3) << name;
  }
  write_index({{"lm_head.weight", 5}});
  expect_refusal(3, {"lm_head.weight"});
  write_index("one.safetensors");
  expect_refusal(3, {"weight_map"});
  write_index(good);
  expect_refusal(0, {});
}

TEST_F(FolderTest, ShardsThatAreMissingOrContradictTheIndexAreRefused) {
  create("llama");
  shard();
  const Json good = weight_map();
  Json map = good;
  map["not there"] = "one.safetensors";
  write_index(map);
  expect_refusal(3, {"not there", "one.safetensors"});
  write_index(good);
  const auto one = Safetensors::open(folder_ + "/one.safetensors");
  const std::string first = one->entries().front().name;
  write_safetensors(
      folder_ + "/three.safetensors",
      {{first, one->tensor(first).clone()}, {"another", at::zeros({1})}});
  map = good;
  map["another"] = "three.safetensors";
  write_index(map);
  expect_refusal(3, {first, "two files"});
  write_index(good);
  fs::remove(folder_ + "/two.safetensors");
  expect_refusal(3, {"two.safetensors", "missing"});
}

TEST_F(FolderTest, AbsentFoldersAndFilesAreUsageErrors) {
  expect_refusal(2, {folder_});
  fs::create_directory(folder_);
  expect_refusal(2, {"config.json"});
  write("config.json", config_of("llama").dump());
  expect_refusal(3, {"model.safetensors"});
}

TEST_F(FolderTest, PickledWeightsAreRefusedByName) {
  create("llama");
  fs::rename(folder_ + "/model.safetensors", folder_ + "/pytorch_model.bin");
  expect_refusal(3, {"pytorch_model.bin"});
}

TEST_F(FolderTest, UnknownModelTypesAreRefusedWithANearName) {
  create("llama");
  set_config("model_type", "lama");
  expect_refusal(3, {"\"lama\"", "llama"});
  set_config("model_type", 5);
  expect_refusal(3, {"model_type"});
}

TEST_F(FolderTest, SizesThatDoNotFitTheWeightsGiveBothShapes) {
  create("llama");
  set_config("intermediate_size", 28);
  expect_refusal(3, {"mlp.", "[24, 16]", "[28, 16]"});
  set_config("intermediate_size", 24);
  set_config("vocab_size", 38);
  expect_refusal(3, {"embed_tokens", "[37, 16]", "[38, 16]"});
  set_config("vocab_size", 37);
  set_config("num_hidden_layers", 3);
  expect_refusal(3, {"model.layers.2."});
  set_config("num_hidden_layers", 2);
  expect_refusal(0, {});
}

TEST_F(FolderTest, ConfigurationsThatCannotBeAreRefused) {
  create("llama");
  const Json good = config_of("llama");
  const std::vector<std::pair<std::string, Json>> bad = {
      {"vocab_size", 0},
      {"vocab_size", -1},
      {"hidden_size", 1e30},
      {"hidden_size", "16"},
      {"num_attention_heads", 3},
      {"num_key_value_heads", 3},
      {"num_hidden_layers", int64_t{1} << 40},
      {"head_dim", 3},
      {"rms_norm_eps", 0},
      {"rms_norm_eps", -1e-5},
      {"rope_theta", 0},
      {"rope_scaling", {{"rope_type", "yarn"}}},
      {"hidden_act", "swosh"},
      {"tie_word_embeddings", "yes"},
      {"attention_bias", true},
      {"num_local_experts", 8},
      {"rope_scaling", {{"full_attention", Json::object()}}},
      {"eos_token_id", "two"},
      {"quantization_config", {{"bits", 4}}}};
  for (const auto& [key, value] : bad) {
    Json config = good;
    config[key] = value;
    write("config.json", config.dump());
    SCOPED_TRACE(key + " = " + value.dump());
    expect_refusal(3, {});
  }
  write("config.json", good.dump());
  expect_refusal(0, {});
}

TEST_F(FolderTest, EndOfTextIdsComeFromBothConfigurations) {
  create("llama");
  set_config("eos_token_id", Json{2, 3});
  write("generation_config.json", R"({"eos_token_id": [3, 4]})");
  EXPECT_EQ(read_config(folder_).eos_ids, (std::vector<int64_t>{2, 3, 4}));
}

TEST_F(FolderTest, TensorsThatTheModelDoesNotUseAreKept) {
  create("llama");
  const ModelFolder before(folder_);
  NamedTensors all = {{"rotary.inv_freq", at::arange(4, at::kLong)}};
  for (const TensorEntry& entry : before.entries()) {
    all.emplace_back(entry.name, before.tensor(entry.name).clone());
  }
  write_safetensors(folder_ + "/model.safetensors", all);
  save_model(*load(folder_), ModelFolder(folder_), root_ + "/out");
  EXPECT_TRUE(at::equal(ModelFolder(root_ + "/out").tensor("rotary.inv_freq"),
                        at::arange(4, at::kLong)));
}

TEST_F(FolderTest, AStoredCopyOfATiedHeadFollowsTheEmbedding) {
  create("llama-tied");
  const ModelFolder before(folder_);
  EXPECT_FALSE(before.contains("lm_head.weight"));
  NamedTensors all;
  for (const TensorEntry& entry : before.entries()) {
    all.emplace_back(entry.name, before.tensor(entry.name).clone());
  }
  all.emplace_back("lm_head.weight",
                   before.tensor("model.embed_tokens.weight").clone());
  write_safetensors(folder_ + "/model.safetensors", all);
  const auto model = load(folder_, true);
  {
    const at::NoGradGuard guard;
    model->head_weights().weight.detach().add_(1);
  }
  save_model(*model, ModelFolder(folder_), root_ + "/out");
  const ModelFolder out(root_ + "/out");
  EXPECT_TRUE(at::equal(out.tensor("lm_head.weight"),
                        out.tensor("model.embed_tokens.weight")));
  EXPECT_FALSE(at::equal(out.tensor("lm_head.weight"),
                         before.tensor("model.embed_tokens.weight")));
}

TEST_F(FolderTest, TheSameSeedGivesTheSameNewWeights) {
  const auto weights = [](uint64_t seed) {
    return Model::create(config_of("llama"), test_compute(), seed)
        ->parameters();
  };
  const auto first = weights(5), again = weights(5), other = weights(6);
  ASSERT_EQ(first.size(), again.size());
  for (size_t i = 0; i < first.size(); ++i) {
    const auto& [name, weight] = first[i];
    EXPECT_TRUE(at::equal(weight, again[i].second)) << name;
    if (weight.dim() == 1) {
      EXPECT_TRUE(weight.eq(1).all().item<bool>()) << name;
      continue;
    }
    EXPECT_FALSE(at::equal(weight, other[i].second)) << name;
    EXPECT_NEAR(weight.std().item<double>(), 0.02, 0.004) << name;
    EXPECT_NEAR(weight.mean().item<double>(), 0, 0.005) << name;
  }
}

TEST_F(FolderTest, OnlyTrainableModelsOwnTheirWeights) {
  create("llama");
  const std::string bytes = read_file(folder_ + "/model.safetensors");
  const auto model = load(folder_, true);
  for (const auto& [name, weight] : model->parameters()) {
    EXPECT_TRUE(weight.requires_grad()) << name;
    const at::NoGradGuard guard;
    weight.detach().zero_();
  }
  EXPECT_EQ(read_file(folder_ + "/model.safetensors"), bytes);
  for (const auto& [name, weight] : load(folder_)->parameters()) {
    EXPECT_FALSE(weight.requires_grad()) << name;
  }
}

}  // namespace
}  // namespace lethe
