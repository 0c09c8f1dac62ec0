// Model folders that want to harm: each is refused in one line with exit code
// 3, without reading outside of the folder and without memory that the files
// do not justify.
//
// Headers that lie about shapes and places are in safetensors_test.cpp, links
// in find_model_test.cpp and base/folder_file_test.cpp, tokenizers in
// text/tokenizer_refusal_test.cpp. A file cut short while it is read ends the
// program (base/mapped_file.h).
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "harness/base/files.h"
#include "harness/base/safetensors_header.h"
#include "harness/model/encoder_config.h"
#include "harness/model/folder.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

// The message of the refusal; empty if `work` ends without one.
template <class Work>
std::string refusal(const Work& work) {
  try {
    work();
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 3) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
}

void expect_word(const std::string& message, const std::string& word) {
  EXPECT_NE(message.find(word), std::string::npos)
      << "\"" << message << "\" does not name " << word;
}

std::string file_of(const std::string& header, size_t data) {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data, 'x');
}

std::string header_refusal(const std::string& file) {
  return refusal([&] { read_safetensors_header(file, "file"); });
}

std::string tensor(const std::string& name, const std::string& dtype,
                   const std::string& rest) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\"," + rest + "}";
}
const char* const kTwo = R"("shape":[2],"data_offsets":[0,2])";

TEST(HostileHeader, NamesMetadataAndTypesAreChecked) {
  const std::string good = tensor("a", "U8", kTwo);
  const auto with = [&](const std::string& more) {
    return file_of("{" + more + (more.empty() ? "" : ",") + good + "}", 2);
  };
  EXPECT_EQ(header_refusal(with("")), "");
  EXPECT_EQ(header_refusal(with(R"("__metadata__":{"a":"b"})")), "");
  for (const char* metadata :
       {R"({"a":1})", R"({"a":null})", R"({"a":{"b":"c"}})", R"(["a"])", "1",
        "null", R"("pt")"}) {
    expect_word(
        header_refusal(with(std::string("\"__metadata__\":") + metadata)),
        "__metadata__");
  }
  expect_word(header_refusal(with(R"("__metadata__":{},"__metadata__":{})")),
              "appears twice");
  expect_word(header_refusal(with(R"("\u0061":{})")), "appears twice");
  for (const char* dtype : {"F4", "F6_E2M3", "F8_E4M3", "f32", "float32", "",
                            "F32\\u0000", "C64"}) {
    const std::string file = file_of("{" + tensor("a", dtype, kTwo) + "}", 2);
    expect_word(header_refusal(file), "dtype");
  }
}

TEST(HostileHeader, NamesMayHoldAnythingButRawBytes) {
  const auto named = [](const std::string& name) {
    return file_of("{" + tensor(name, "U8", kTwo) + "}", 2);
  };
  const auto entries = read_safetensors_header(named("a\\u0000b"), "file");
  EXPECT_EQ(entries.at(0).tensor.name, std::string("a\0b", 3));
  EXPECT_EQ(header_refusal(named("../../etc/passwd")), "");
  EXPECT_NE(header_refusal(named(std::string("a\0b", 3))), "");
  EXPECT_NE(header_refusal(named("\xFF")), "");
  EXPECT_NE(header_refusal(named("\\ud800")), "");
}

TEST(HostileHeader, NumbersAreWholeAndInRange) {
  for (const char* rest :
       {R"("shape":[2],"data_offsets":[0,1e400])",
        R"("shape":[1e400],"data_offsets":[0,2])",
        R"("shape":[2e0],"data_offsets":[0,2])",
        R"("shape":[2],"data_offsets":[-0.0,2])",
        R"("shape":[2],"data_offsets":[null,2])",
        R"("shape":[[2]],"data_offsets":[0,2])",
        R"("shape":[4294967296,4294967296],"data_offsets":[0,0])",
        R"("shape":[281474976710656,65536],"data_offsets":[0,0])",
        R"("shape":[18446744073709551615,2],"data_offsets":[0,2])"}) {
    const std::string file = file_of("{" + tensor("a", "U8", rest) + "}", 2);
    EXPECT_NE(header_refusal(file), "") << rest;
  }
}

TEST(HostileHeader, LengthsAreComparedWithTheFile) {
  const auto with_length = [](uint64_t length, const std::string& rest) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + rest;
  };
  const std::string good = "{}";
  for (const uint64_t length :
       {uint64_t{0}, uint64_t{1}, uint64_t{3}, uint64_t{1} << 63, ~uint64_t{0},
        ~uint64_t{0} - 7, uint64_t{2} << 56}) {  // the last: big-endian 2
    EXPECT_NE(header_refusal(with_length(length, good)), "") << length;
  }
  for (size_t size = 0; size < 8; ++size) {
    EXPECT_NE(header_refusal(std::string(size, '\0')), "") << size;
  }
}

TEST(HostileHeader, ManyTensorsAreReadInTime) {
  std::string header = "{";
  const std::string rest = R"("shape":[0],"data_offsets":[0,0])";
  for (int i = 0; i < 100'000; ++i) {
    header += (i > 0 ? "," : "") + tensor(std::to_string(i), "F32", rest);
  }
  EXPECT_EQ(read_safetensors_header(file_of(header + "}", 0), "file").size(),
            100'000u);
}

// A configuration that loads, with some of its keys set.
Json config_with(const std::string& type, const std::string& keys) {
  const std::string name = std::string(LETHE_SOURCE_DIR) +
                           "/harness/model/testdata/fuzz/config/" + type +
                           ".json";
  Json json = read_json(name);
  json.update(parse_json(keys, "keys"));
  return json;
}

std::string config_refusal(const std::string& type, const std::string& keys) {
  return refusal([&] {
    const Json json = config_with(type, keys);
    if (is_encoder(type)) {
      encoder_config_from_json(json, "config.json");
    } else {
      config_from_json(json, "config.json");
    }
  });
}

TEST(HostileConfig, EveryFamilysOwnIsRead) {
  for (const std::string& name : family_names()) {
    EXPECT_EQ(config_refusal(name, "{}"), "") << name;
  }
  for (const std::string& name : encoder_names()) {
    EXPECT_EQ(config_refusal(name, "{}"), "") << name;
  }
}

TEST(HostileConfig, SizesThatCannotBeAreRefused) {
  const std::pair<const char*, const char*> configs[] = {
      {"llama", R"({"num_hidden_layers": 1000000000})"},
      {"llama", R"({"num_hidden_layers": 4097})"},
      {"bert", R"({"num_hidden_layers": 4097})"},
      {"mistral", R"({"num_hidden_layers": 16777216})"},
      {"llama", R"({"num_attention_heads": 0})"},
      {"llama", R"({"num_attention_heads": -4})"},
      {"phi", R"({"num_attention_heads": 5, "num_key_value_heads": 5})"},
      {"bert", R"({"num_attention_heads": 5})"},
      {"llama", R"({"num_key_value_heads": 0})"},
      {"llama", R"({"head_dim": 0})"},
      {"llama", R"({"head_dim": 7})"},
      {"gpt2", R"({"n_head": 3})"},
      {"llama", R"({"max_position_embeddings": 0})"},
      {"llama", R"({"max_position_embeddings": -1})"},
      {"gpt2", R"({"n_positions": 0})"},
      {"roberta", R"({"max_position_embeddings": 2})"},
      {"llama", R"({"vocab_size": 16777217})"},
      {"llama", R"({"vocab_size": 1.5})"},
      {"llama", R"({"hidden_size": 18446744073709551615})"},
      {"mixtral", R"({"hidden_size": 16777216, "num_hidden_layers": 4096,
          "intermediate_size": 16777216, "num_local_experts": 16777216})"},
      {"mixtral", R"({"num_experts_per_tok": 5})"},
      {"gpt_neo", R"({"attention_types": [[[], 9223372036854775807]]})"},
      {"gpt_neo", R"({"attention_types": [[["global"], 1e300]]})"},
      {"qwen3", R"({"layer_types": ["full_attention"]})"},
      {"deberta-v2", R"({"position_buckets": 16777216})"}};
  for (const auto& [type, keys] : configs) {
    EXPECT_NE(config_refusal(type, keys), "") << type << " " << keys;
  }
}

TEST(HostileConfig, NumbersThatCannotBeAreRefused) {
  const std::pair<const char*, const char*> configs[] = {
      {"llama", R"({"rope_theta": 0})"},
      {"llama", R"({"rope_theta": -10000.0})"},
      {"llama", R"({"rope_theta": "NaN"})"},
      {"llama", R"({"rope_scaling": {"rope_type": "linear", "factor": 0}})"},
      {"llama", R"({"rope_scaling": {"rope_type": "linear"}})"},
      {"llama", R"({"rope_scaling": {"rope_type": "llama3", "factor": 8.0,
          "low_freq_factor": 4.0, "high_freq_factor": 1.0}})"},
      {"llama", R"({"rope_scaling": {"rope_type": "yarn", "factor": 8.0},
                    "rope_theta": 1.0})"},
      {"llama", R"({"rope_scaling": {"rope_type": "yarn", "factor": 1e300,
                    "mscale": 1e308, "mscale_all_dim": 1e-308}})"},
      {"llama", R"({"rope_scaling": {"rope_type": "yarn", "factor": 8.0,
                    "mscale": -100, "mscale_all_dim": 1}})"},
      {"llama", R"({"rms_norm_eps": 0})"},
      {"phi", R"({"partial_rotary_factor": 1.5})"},
      {"phi", R"({"partial_rotary_factor": 1e-300})"},
      {"gemma2", R"({"query_pre_attn_scalar": 0})"},
      {"gemma2", R"({"attn_logit_softcapping": -1})"},
      {"llama", R"({"bos_token_id": 1e300})"},
      {"llama", R"({"eos_token_id": 1e300})"},
      {"llama", R"({"quantization_config": {"quant_method": "gptq"}})"},
      {"bert", R"({"quantization_config": {}})"},
      {"llama", R"({"dtype": "float8_e4m3fn"})"},
      {"bert", R"({"torch_dtype": "floaty"})"},
      {"llama", R"({"auto_map": {"AutoModel": "evil.py--Model"}})"},
      {"bert", R"({"is_decoder": true})"}};
  for (const auto& [type, keys] : configs) {
    EXPECT_NE(config_refusal(type, keys), "") << type << " " << keys;
  }
  // Beyond all layers: none of them slides.
  const DecoderConfig far = config_from_json(
      config_with("qwen2", R"({"max_window_layers": 1e300})"), "config.json");
  EXPECT_EQ(far.windows, std::vector<int64_t>(2, 0));
}

class HostileFolder : public testing::Test {
 protected:
  HostileFolder() {
    std::string name = testing::TempDir() + "lethe_hostile_XXXXXX";
    root_ = ::mkdtemp(name.data());
    folder_ = root_ + "/model";
    fs::create_directory(folder_);
    write("config.json", R"({"model_type": "llama"})");
    write("model.safetensors", file_of("{" + tensor("a", "U8", kTwo) + "}", 2));
  }
  ~HostileFolder() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
  }
  std::string refused() const {
    return refusal([&] { ModelFolder folder(folder_); });
  }

  std::string root_, folder_;
};

TEST_F(HostileFolder, ConfigurationsThatAreNoJsonAreRefused) {
  EXPECT_EQ(refused(), "");
  for (const std::string& text :
       {std::string(), std::string("\xFF\xFE{}"), std::string("{\0}", 3),
        std::string(R"({"model_type": "llama", "model_type": "gpt2"})"),
        std::string(R"({"rope_theta": NaN})"),
        std::string(R"({"rope_theta": 1e400})"), std::string(1 << 20, '['),
        std::string((16 << 20) + 1, ' ')}) {
    write("config.json", text);
    expect_word(refused(), "config.json");
  }
}

TEST_F(HostileFolder, LinksInCirclesAndIndexesOfThemselvesAreRefused) {
  fs::remove(folder_ + "/model.safetensors");
  fs::create_symlink("b.safetensors", folder_ + "/model.safetensors");
  fs::create_symlink("model.safetensors", folder_ + "/b.safetensors");
  expect_word(refused(), "model.safetensors");
  fs::remove(folder_ + "/model.safetensors");
  fs::create_symlink("b.safetensors", folder_ + "/c.safetensors");
  fs::remove(folder_ + "/b.safetensors");
  fs::create_symlink("c.safetensors", folder_ + "/b.safetensors");
  const auto index = [&](const std::string& text) {
    write("model.safetensors.index.json", text);
    return refused();
  };
  expect_word(index(R"({"weight_map": {"a": "b.safetensors"}})"), "b.safe");
  expect_word(index(R"({"weight_map": {"a": "model.safetensors.index.json"}})"),
              "header says");
  expect_word(index(R"({"weight_map": {"a": "config.json"}})"), "header says");
  expect_word(index(R"({"weight_map": {"a": "x\u0000.safetensors"}})"),
              "plain file names");
  expect_word(index(R"({"weight_map": {"a": ".."}})"), "plain file names");
  expect_word(index(R"({"weight_map": {"a": "x", "a": "y"}})"), "twice");
  expect_word(index(R"({"weight_map": [["a", "x"]]})"), "weight_map");
  expect_word(index(R"({})"), "weight_map");
}

TEST_F(HostileFolder, HeadersBeyondTheFormatsLimitAreNotRead) {
  const std::string path = folder_ + "/model.safetensors";
  write("model.safetensors", std::string("\x01\xE1\xF5\x05\0\0\0\0", 8));
  fs::resize_file(path, 8 + 100'000'001);  // takes no place on the disk
  struct rusage before {
  }, after{};
  ::getrusage(RUSAGE_SELF, &before);
  expect_word(refused(), "header says 100000001 bytes");
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 50'000) << "kB";
}

}  // namespace
}  // namespace lethe
