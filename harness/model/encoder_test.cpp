// Encoders: rows do not change each other, hand-worked positions and
// distances, and what is refused by name.
#include "harness/model/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/model/disentangled.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<int64_t>;
using testing::HasSubstr;

constexpr int64_t kWindow = 24;

Json config_of(const std::string& kind) {
  if (kind == "distilbert") {
    return {{"model_type", kind},
            {"vocab_size", 37},
            {"dim", 16},
            {"n_layers", 2},
            {"n_heads", 4},
            {"hidden_dim", 24},
            {"max_position_embeddings", kWindow}};
  }
  Json config = {{"model_type", kind},
                 {"vocab_size", 37},
                 {"hidden_size", 16},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 4},
                 {"intermediate_size", 24},
                 {"max_position_embeddings", kWindow}};
  if (kind == "roberta") config["pad_token_id"] = 3;
  if (kind == "deberta-v2") {
    config.update(Json{{"relative_attention", true},
                       {"pos_att_type", {"c2p", "p2c"}},
                       {"position_buckets", 6},
                       {"norm_rel_ebd", "layer_norm"},
                       {"position_biased_input", false},
                       {"conv_kernel_size", 3}});
  }
  return config;
}

// Weights drawn for every name that a family asks for.
NamedTensors drawn(const Json& config) {
  int64_t seed = 1;
  WeightSource source(
      [&](const std::string&, const Shape& shape) {
        // Plain numbers, the same everywhere: a sine of a running count.
        int64_t size = 1;
        for (const int64_t side : shape) size *= side;
        const Tensor count = at::arange(size, at::kFloat) + 1000.0 * ++seed;
        return (at::sin(count * 1.7) * 0.4 + (shape.size() == 1 ? 0.5 : 0.0))
            .view(shape);
      },
      [](const std::string&) { return false; });
  const EncoderConfig c = encoder_config_from_json(config, "config.json");
  find_encoder(c.model_type, "config.json").weights(c, source);
  return source.taken();
}

class EncoderTest : public testing::TestWithParam<const char*> {
 protected:
  EncoderTest() {
    std::string name = testing::TempDir() + "lethe_encoder_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~EncoderTest() override { fs::remove_all(folder_); }

  std::shared_ptr<const Encoder> load(const Json& config,
                                      const NamedTensors& tensors) const {
    write_safetensors(folder_ + "/model.safetensors", tensors);
    write_file_atomically(folder_ + "/config.json", config.dump());
    return Encoder::load(ModelFolder(folder_), test_compute());
  }
  std::shared_ptr<const Encoder> load(const std::string& kind) const {
    return load(config_of(kind), drawn(config_of(kind)));
  }
  // What loading says against it; "" when it does not.
  std::string refusal(const Json& config, const NamedTensors& tensors) const {
    try {
      load(config, tensors);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 3);
      return error.what();
    }
    return "";
  }
  std::string refusal(const Json& config) const {
    try {
      encoder_config_from_json(config, "config.json");
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 3);
      return error.what();
    }
    return "";
  }

  static std::vector<Tensor> states(const Encoder& encoder,
                                    const std::vector<Ids>& rows,
                                    const Ids& layers = {0, 1, 2}) {
    const at::NoGradGuard guard;
    return encoder.hidden_states(ragged(rows, encoder.device()), Tensor(),
                                 layers);
  }

  std::string folder_;
};

using EncoderFamilies = EncoderTest;

TEST_P(EncoderFamilies, RowsAreTheSameAloneAndTogether) {
  const auto encoder = load(GetParam());
  const std::vector<Ids> rows = {{5, 9, 3, 4, 30, 31},
                                 {6, 3, 3, 8, 1, 2},
                                 {7},
                                 {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                                 {36, 35, 34, 33, 32, 3}};
  const std::vector<Tensor> together = states(*encoder, rows);
  int64_t begin = 0;
  for (const Ids& row : rows) {
    const auto length = static_cast<int64_t>(row.size());
    const std::vector<Tensor> alone = states(*encoder, {row});
    for (size_t l = 0; l < alone.size(); ++l) {
      EXPECT_TRUE(at::allclose(together[l].narrow(0, begin, length), alone[l],
                               1e-6, 2e-6));
    }
    begin += length;
  }
}

TEST_P(EncoderFamilies, TokensSeeTheirWholeRowAndNoOther) {
  const auto encoder = load(GetParam());
  const Tensor before = states(*encoder, {{5, 9, 4, 30}, {6, 8}}, {2})[0];
  const Tensor after = states(*encoder, {{5, 9, 4, 31}, {6, 8}}, {2})[0];
  const Tensor moved = (after - before).abs().amax(1).cpu();
  for (int64_t t = 0; t < 4; ++t) EXPECT_GT(moved[t].item<float>(), 1e-4);
  EXPECT_LT(moved.narrow(0, 4, 2).max().item<float>(), 1e-6);
}

TEST_P(EncoderFamilies, LayersComeInTheOrderAsked) {
  const auto encoder = load(GetParam());
  const std::vector<Ids> rows = {{5, 9, 4}, {1}};
  const std::vector<Tensor> all = states(*encoder, rows);
  const std::vector<Tensor> some = states(*encoder, rows, {2, 0, 2});
  EXPECT_TRUE(at::equal(some[0], all[2]));
  EXPECT_TRUE(at::equal(some[1], all[0]));
  EXPECT_TRUE(at::equal(some[2], all[2]));
  EXPECT_TRUE(at::equal(states(*encoder, rows, {1})[0], all[1]));
}

TEST_P(EncoderFamilies, NamesBelowAPrefixAndOldNormsAreTheSame) {
  const std::string kind = GetParam();
  const NamedTensors tensors = drawn(config_of(kind));
  NamedTensors other;
  for (const auto& [name, tensor] : tensors) {
    const size_t dot = name.find('.');
    std::string bare = name.substr(dot + 1);  // drawn with the prefix
    const bool norm = bare.find("LayerNorm.") != std::string::npos;
    const size_t last = bare.rfind('.');
    if (norm) {
      bare = bare.substr(0, last) +
             (bare.substr(last) == ".weight" ? ".gamma" : ".beta");
    }
    other.emplace_back(bare, tensor);
  }
  other.emplace_back("embeddings.position_ids", at::arange(4, at::kLong));
  other.emplace_back("pooler.dense.bias", at::ones({16}));
  const std::vector<Ids> rows = {{5, 9, 4}};
  const auto one = load(config_of(kind), tensors);
  const std::vector<Tensor> want = states(*one, rows);
  const auto two = load(config_of(kind), other);
  const std::vector<Tensor> got = states(*two, rows);
  for (size_t l = 0; l < got.size(); ++l) {
    EXPECT_TRUE(at::equal(got[l], want[l]));
  }
  EXPECT_EQ(two->parameters().size(), tensors.size());
}

TEST_P(EncoderFamilies, EveryTensorIsNeededByNameAndShape) {
  const Json config = config_of(GetParam());
  const NamedTensors tensors = drawn(config);
  for (size_t i = 0; i < tensors.size(); i += 3) {
    NamedTensors without = tensors;
    without.erase(without.begin() + static_cast<int64_t>(i));
    EXPECT_THAT(refusal(config, without), HasSubstr(tensors[i].first));
    NamedTensors wider = tensors;
    wider[i].second = at::zeros({5, 5});
    EXPECT_THAT(refusal(config, wider), HasSubstr("shape [5, 5]"));
  }
}

INSTANTIATE_TEST_SUITE_P(, EncoderFamilies,
                         testing::Values("bert", "roberta", "xlm-roberta",
                                         "camembert", "distilbert",
                                         "deberta-v2"));

TEST_F(EncoderTest, RobertaCountsPositionsBehindThePaddingId) {
  const NamedTensors tensors = drawn(config_of("roberta"));
  const auto encoder = load(config_of("roberta"), tensors);
  const auto named = [&](const std::string& name) {
    for (const auto& [key, tensor] : tensors) {
      if (key == "roberta.embeddings." + name) return tensor;
    }
    return Tensor();
  };
  // 3 is padding: it keeps row 3, the others take 4, 5, ...; anew in each text.
  const std::vector<Ids> rows = {{9, 3, 3, 7}, {3, 8}};
  const Tensor places = int_tensor({4, 3, 3, 5, 3, 4}, at::kCPU);
  const Tensor ids = int_tensor({9, 3, 3, 7, 3, 8}, at::kCPU);
  const Tensor sum =
      named("word_embeddings.weight").index_select(0, ids) +
      named("token_type_embeddings.weight").select(0, 0) +
      named("position_embeddings.weight").index_select(0, places);
  const Tensor want =
      at::layer_norm(sum, {16}, named("LayerNorm.weight"),
                     named("LayerNorm.bias"), encoder->config().norm_eps);
  EXPECT_TRUE(
      at::allclose(states(*encoder, rows, {0})[0].cpu(), want, 1e-6, 1e-6));
  EXPECT_EQ(encoder->config().window(), kWindow - 4);
}

TEST_F(EncoderTest, SegmentsChangeTheEmbeddings) {
  const auto encoder = load("bert");
  const at::NoGradGuard guard;
  const Ragged rows = ragged({{5, 6}, {7}}, encoder->device());
  const auto with = [&](const Ids& types) {
    return encoder->hidden_states(rows, int_tensor(types, encoder->device()),
                                  {0})[0];
  };
  const Tensor plain = encoder->hidden_states(rows, Tensor(), {0})[0];
  EXPECT_TRUE(at::equal(with({0, 0, 0}), plain));
  const Tensor moved = (with({0, 1, 0}) - plain).abs().amax(1).cpu();
  EXPECT_EQ(moved[0].item<float>(), 0);
  EXPECT_GT(moved[1].item<float>(), 1e-3);
  EXPECT_EQ(moved[2].item<float>(), 0);
}

TEST(Disentangled, DistancesWithoutBucketsEndAtTheTable) {
  RelativeAttention relative;
  relative.span = 3;
  EXPECT_EQ(to_ints(distance_rows(relative, 5, at::kCPU)),
            (Ids{0, 0, 1, 2, 3, 4, 5, 5, 5}));
}

// Middle 4, last distance 31: d beyond 4 falls to
// 4 + ceil(3 ln(d / 4) / ln(31 / 4)): 5 from 5, 6 from 8, 7 from 16.
TEST(Disentangled, FarDistancesShareBuckets) {
  RelativeAttention relative;
  relative.span = 8;
  relative.buckets = true;
  relative.farthest = 32;
  const Ids rows = to_ints(distance_rows(relative, 33, at::kCPU));
  const auto bucket = [&](int64_t distance) {
    return rows[static_cast<size_t>(distance + 32)] - 8;
  };
  const std::vector<std::pair<int64_t, int64_t>> want = {
      {0, 0},  {3, 3},  {4, 4},   {5, 5},   {7, 5},    {8, 6},   {15, 6},
      {16, 7}, {31, 7}, {-4, -4}, {-5, -5}, {-15, -6}, {-31, -7}};
  for (const auto& [distance, expected] : want) {
    EXPECT_EQ(bucket(distance), expected) << distance;
  }
  EXPECT_EQ(bucket(32), 7);  // clamped to the table's last row
}

TEST(Disentangled, ScoresAreTheSumsOfTheFormula) {
  RelativeAttention relative;
  relative.span = 3;
  const int64_t rows = 2, heads = 2, length = 4, size = 3;
  const auto numbers = [](at::IntArrayRef shape, double start) {
    int64_t count = 1;
    for (const int64_t side : shape) count *= side;
    return at::sin(at::arange(count, at::kFloat) + start).view(shape);
  };
  // A text of 6 is in the same batch: rows of the table are shared.
  const Distances distances(relative, 6, numbers({6, heads * size}, 1));
  ASSERT_EQ(distances.table().size(0), 6);
  const Tensor query = numbers({rows, heads, length, size}, 2);
  const Tensor key = numbers({rows, heads, length, size}, 30);
  const Tensor keys = numbers({heads, 6, size}, 70);
  const Tensor queries = numbers({heads, 6, size}, 90);
  const Tensor got = distance_scores(distances, query, key, keys, queries, 0.5);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t q = 0; q < length; ++q) {
        for (int64_t k = 0; k < length; ++k) {
          const int64_t d = std::clamp<int64_t>(q - k + 3, 0, 5);
          const double want =
              0.5 * (query[r][h][q].dot(keys[h][d]).item<double>() +
                     key[r][h][k].dot(queries[h][d]).item<double>());
          EXPECT_NEAR(got[r][h][q][k].item<double>(), want, 1e-6);
        }
      }
    }
  }
}

TEST_F(EncoderTest, RowsThatDoNotFitAreRefused) {
  const auto encoder = load("roberta");
  const auto refused = [&](const EncoderRow& row) -> std::string {
    try {
      encoder->check(row, "f:3");
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 3);
      return error.what();
    }
    return "";
  };
  const Ids longest(kWindow - 4, 5);
  EXPECT_EQ(refused({longest, {}}), "");
  Ids padded = longest;
  padded.push_back(3);  // padding takes no position
  EXPECT_EQ(refused({padded, {}}), "");
  Ids longer = longest;
  longer.push_back(5);
  EXPECT_THAT(refused({longer, {}}),
              HasSubstr("f:3: 21 tokens, the model's window has 20"));
  EXPECT_THAT(refused({{}, {}}), HasSubstr("no token ids"));
  EXPECT_THAT(refused({{37}, {}}), HasSubstr("token id 37"));
  EXPECT_THAT(refused({{-1}, {}}), HasSubstr("token id -1"));
  EXPECT_THAT(refused({{1, 2}, {0}}), HasSubstr("1 type ids for 2 token ids"));
  EXPECT_THAT(refused({{1}, {2}}), HasSubstr("type id 2"));
  EXPECT_EQ(refused({{1}, {1}}), "");
}

TEST_F(EncoderTest, WhatIsNotComputedIsRefusedByName) {
  const std::vector<std::tuple<std::string, Json, std::string>> cases = {
      {"bert", {{"is_decoder", true}}, "is_decoder"},
      {"bert", {{"add_cross_attention", true}}, "add_cross_attention"},
      {"bert", {{"position_embedding_type", "relative_key"}}, "relative_key"},
      {"bert", {{"quantization_config", {{"bits", 8}}}}, "quantization_config"},
      {"bert", {{"pruned_heads", {{"0", {1}}}}}, "pruned_heads"},
      {"bert", {{"hidden_act", "gelu_10"}}, "gelu_10"},
      {"bert", {{"num_attention_heads", 3}}, "no multiple of 3 heads"},
      {"bert", {{"layer_norm_eps", 0}}, "epsilon"},
      {"bert", {{"type_vocab_size", 0}}, "type_vocab_size"},
      {"roberta", {{"pad_token_id", nullptr}}, "pad_token_id"},
      {"roberta", {{"pad_token_id", 23}}, "padding id 23"},
      {"roberta", {{"pad_token_id", -1}}, "pad_token_id"},
      {"deberta-v2", {{"pos_att_type", {"p2p"}}}, "p2p"},
      {"deberta-v2", {{"norm_rel_ebd", "batch"}}, "batch"},
      {"deberta-v2", {{"conv_kernel_size", 4}}, "width 4"},
      {"deberta-v2", {{"attention_head_size", 8}}, "attention_head_size"},
      {"deberta-v2", {{"position_buckets", 1}}, "1 position buckets"},
      {"deberta-v2", {{"max_relative_positions", 4}}, "4 relative positions"}};
  for (const auto& [kind, change, word] : cases) {
    Json config = config_of(kind);
    config.update(change);
    EXPECT_THAT(refusal(config), HasSubstr(word)) << change;
    EXPECT_EQ(refusal(config_of(kind)), "");
  }
  EXPECT_THAT(refusal({{"model_type", "llama"}}), HasSubstr("is a decoder"));
  EXPECT_THAT(refusal({{"model_type", "deberta"}}), HasSubstr("deberta-v2"));
}

TEST_F(EncoderTest, ADecoderIsAskedForWhereAnEncoderIsNamed) {
  load("bert");
  try {
    read_config(folder_);
    ADD_FAILURE() << "an encoder was read as a decoder";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is an encoder"));
    EXPECT_THAT(error.what(), HasSubstr("lethe embed"));
  }
}

}  // namespace
}  // namespace lethe
