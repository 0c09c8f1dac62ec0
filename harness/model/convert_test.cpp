// pytorch_model.bin to safetensors: every byte, nothing lost, nothing half.
#include "harness/model/convert.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/model/folder.h"
#include "harness/model/torch_testing.h"
#include "harness/tensor/compute.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

const std::string kData(64, 'd');

// A pickle of names over views.
std::string pickle_of(
    const std::vector<std::pair<std::string, PickledView>>& all) {
  std::string items;
  for (const auto& [name, view] : all) {
    items += pickle_text(name) + pickle_tensor(view);
  }
  return pickle_dict(items);
}

class ConvertTest : public testing::Test {
 protected:
  ConvertTest() {
    std::string name = testing::TempDir() + "lethe_convert_XXXXXX";
    root_ = ::mkdtemp(name.data());
    from_ = root_ + "/from";
    to_ = root_ + "/to";
    make_folder(from_);
    write("config.json", R"({"model_type":"another"})");
  }
  ~ConvertTest() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& bytes) const {
    write_file_atomically(from_ + "/" + name, bytes);
  }
  void write_tied(const std::string& config) const {
    write("config.json", config);
    const PickledView view = {
        .elements = 16, .sizes = {4, 4}, .strides = {4, 1}};
    write(
        "pytorch_model.bin",
        torch_file(pickle_of({{"wte.weight", view}, {"lm_head.weight", view}}),
                   kData));
  }

  // The exit code of a conversion; 0: it was done. What is refused leaves
  // nothing behind.
  int code(const std::string& to) const {
    const size_t before = entries();
    try {
      convert_folder(from_, to);
      return 0;
    } catch (const Error& error) {
      EXPECT_EQ(entries(), before) << error.what();
      return error.exit_code();
    }
  }
  size_t entries() const {
    const fs::recursive_directory_iterator all(root_);
    return static_cast<size_t>(std::distance(begin(all), end(all)));
  }

  std::string root_, from_, to_;
};

std::string testdata(const std::string& name) {
  return std::string(LETHE_SOURCE_DIR) + "/harness/model/testdata/" + name;
}

void expect_holds(const Safetensors& got, const Safetensors& want) {
  EXPECT_EQ(got.entries().size(), want.entries().size());
  for (const TensorEntry& entry : want.entries()) {
    SCOPED_TRACE(entry.name);
    const TensorEntry& found = got.entry(entry.name);
    EXPECT_EQ(found.dtype, entry.dtype);
    EXPECT_EQ(found.shape, entry.shape);
    EXPECT_EQ(got.bytes(found), want.bytes(entry));
    EXPECT_EQ(found.begin % c10::elementSize(found.dtype), 0u) << "aligned";
  }
}

TEST_F(ConvertTest, EveryTensorHasThePeersNameTypeShapeAndBytes) {
  for (const char* name : {"types", "views", "state_dict", "protocol_4"}) {
    SCOPED_TRACE(name);
    write("pytorch_model.bin", read_file(testdata(name + std::string(".bin"))));
    const Conversion done = convert_folder(from_, to_);
    const auto want =
        Safetensors::open(testdata(name + std::string(".safetensors")));
    const auto got = Safetensors::open(to_ + "/model.safetensors");
    expect_holds(*got, *want);
    EXPECT_EQ(done.folder, to_);
    EXPECT_EQ(done.tensors, want->entries().size());
    EXPECT_TRUE(done.dropped.empty());
    fs::remove_all(to_);
  }
}

TEST_F(ConvertTest, WhatBelongsToTheModelComesAlongAndNothingElse) {
  write("pytorch_model.bin", read_file(testdata("state_dict.bin")));
  write("tokenizer.json", "{}");
  write("generation_config.json", "{\"a\": 1}");
  write("thesis.txt", "mine");
  make_folder(from_ + "/chat_templates");
  write("chat_templates/tool_use.jinja", "{{ x }}");
  convert_folder(from_, to_ + "/");
  EXPECT_EQ(read_file(to_ + "/config.json"), read_file(from_ + "/config.json"));
  EXPECT_EQ(read_file(to_ + "/generation_config.json"), "{\"a\": 1}");
  EXPECT_EQ(read_file(to_ + "/chat_templates/tool_use.jinja"), "{{ x }}");
  const fs::directory_iterator all(to_);
  EXPECT_EQ(std::distance(begin(all), end(all)), 5);
  EXPECT_FALSE(fs::exists(to_ + ".partial"));
}

TEST_F(ConvertTest, WithoutAFolderTheResultLiesBesideTheOldFile) {
  const std::string bytes = read_file(testdata("state_dict.bin"));
  write("pytorch_model.bin", bytes);
  convert_folder(from_);
  expect_holds(*Safetensors::open(from_ + "/model.safetensors"),
               *Safetensors::open(testdata("state_dict.safetensors")));
  EXPECT_EQ(read_file(from_ + "/pytorch_model.bin"), bytes);
  const fs::directory_iterator all(from_);
  EXPECT_EQ(std::distance(begin(all), end(all)), 3);
  EXPECT_EQ(code(""), 2) << "nothing to convert";
}

TEST_F(ConvertTest, ShardsStayShards) {
  write("b.bin", torch_file(pickle_of({{"x", {}}}), std::string(16, 'x')));
  write("a.bin", torch_file(pickle_of({{"y", {}}}), std::string(16, 'y')));
  const std::string index = "pytorch_model.bin.index.json";
  write(index, R"({"weight_map":{"x":"b.bin","y":"a.bin"}})");
  const Conversion done = convert_folder(from_, to_);
  ASSERT_EQ(done.files.size(), 3u);
  const auto map = read_weight_map(to_ + "/model.safetensors.index.json");
  EXPECT_EQ(map.at("x"), "model-00002-of-00002.safetensors");
  EXPECT_EQ(map.at("y"), "model-00001-of-00002.safetensors");
  const auto got = Safetensors::open(to_ + "/" + map.at("x"));
  EXPECT_EQ(got->bytes(got->entry("x")), std::string(16, 'x'));

  for (const char* bad :
       {R"({"weight_map":{"x":"a.bin","y":"b.bin"}})",
        R"({"weight_map":{"x":"b.bin","y":"a.bin","z":"a.bin"}})",
        R"({"weight_map":{"x":"b.bin","y":"c.bin"}})",
        R"({"weight_map":{"x":"../from/b.bin"}})", R"({"weight_map":{}})",
        R"({"weight_map":[]})", "{}"}) {
    SCOPED_TRACE(bad);
    write(index, bad);
    EXPECT_EQ(code(root_ + "/other"), 3);
  }
  write("c.bin", torch_file(pickle_of({{"x", {}}}), std::string(16, 'z')));
  write(index, R"({"weight_map":{"x":"b.bin","y":"c.bin"}})");
  EXPECT_EQ(code(root_ + "/other"), 3) << "x stands in two files";
}

TEST_F(ConvertTest, OnlyATiedHeadIsLeftOut) {
  const auto convert = [&] {
    const Conversion done = convert_folder(from_, to_);
    const bool head = Safetensors::open(to_ + "/model.safetensors")
                          ->contains("lm_head.weight");
    EXPECT_EQ(done.dropped.size(), head ? 0u : 1u);
    EXPECT_EQ(done.bytes, head ? 128u : 64u);
    fs::remove_all(to_);
    return head;
  };
  write_tied(R"({"model_type":"another","tie_word_embeddings":true})");
  EXPECT_FALSE(convert());
  write_tied(R"({"model_type":"another","tie_word_embeddings":false})");
  EXPECT_TRUE(convert());
  write_tied(R"({"model_type":"another"})");
  EXPECT_TRUE(convert()) << "nobody says that it is tied";
  write_tied(R"({"model_type":"gpt2","vocab_size":4,"n_embd":4,"n_layer":1,)"
             R"("n_head":1})");
  EXPECT_FALSE(convert()) << "the family ties it without a word";
  // The same config, but the head is another part of the storage.
  const PickledView half = {.elements = 16, .sizes = {8}};
  PickledView other = half;
  other.offset = 8;
  write("pytorch_model.bin",
        torch_file(pickle_of({{"wte.weight", half}, {"lm_head.weight", other}}),
                   kData));
  convert_folder(from_, to_);
  EXPECT_TRUE(Safetensors::open(to_ + "/model.safetensors")
                  ->contains("lm_head.weight"));
}

TEST_F(ConvertTest, NothingIsOverwritten) {
  write("pytorch_model.bin", read_file(testdata("state_dict.bin")));
  make_folder(to_);
  write_file_atomically(to_ + "/thesis.txt", "mine");
  EXPECT_EQ(code(to_), 2);
  EXPECT_EQ(code(from_), 2);
  EXPECT_EQ(code(to_ + "/thesis.txt"), 2);
  fs::remove(to_ + "/thesis.txt");
  make_folder(to_ + ".partial");
  write_file_atomically(to_ + ".partial/thesis.txt", "mine");
  EXPECT_EQ(code(to_), 2) << "a folder of somebody else";
  EXPECT_EQ(read_file(to_ + ".partial/thesis.txt"), "mine");
  write_file_atomically(to_ + ".partial/lock", "1");  // left by a kill
  EXPECT_EQ(code(to_), 0);
  EXPECT_FALSE(fs::exists(to_ + ".partial"));
  EXPECT_FALSE(fs::exists(to_ + "/thesis.txt"));
}

TEST_F(ConvertTest, RefusedFilesLeaveNothingBehind) {
  const std::string good = torch_file(pickle_of({{"x", {}}}), kData);
  EXPECT_EQ(code(to_), 2) << "no pytorch_model.bin";
  write("pytorch_model.bin", good.substr(0, 100));
  EXPECT_EQ(code(to_), 3) << "cut off";
  std::string flipped = good;
  flipped[good.find(kData)] ^= 1;
  write("pytorch_model.bin", flipped);
  EXPECT_EQ(code(to_), 3) << "the CRC differs";
  EXPECT_EQ(code(""), 3);
  const std::string data(1 << 16, 'd');
  const PickledView whole = {.elements = 1 << 14, .sizes = {1 << 14}};
  const auto times = [&](int n) {
    std::vector<std::pair<std::string, PickledView>> all;
    for (int i = 0; i < n; ++i) all.emplace_back(std::to_string(i), whole);
    return torch_file(pickle_of(all), data);
  };
  write("pytorch_model.bin", times(5));
  EXPECT_EQ(code(to_), 3) << "five times the file";
  write("pytorch_model.bin", times(3));
  EXPECT_EQ(code(to_), 0);
}

}  // namespace
}  // namespace lethe
