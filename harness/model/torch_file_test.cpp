// Files of torch.save: what the peer wrote is read to the byte, and files that
// lie or would execute something are refused in one line.
#include "harness/model/torch_file.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/model/safetensors.h"
#include "harness/model/torch_testing.h"
#include "harness/tensor/compute.h"

namespace lethe {
namespace {

std::string testdata(const std::string& name) {
  return std::string(LETHE_SOURCE_DIR) + "/harness/model/testdata/" + name;
}

std::string elements_of(const TorchTensor& tensor) {
  std::string bytes;
  write_elements(tensor, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

// The message and exit code of reading a file; "" and 0: it is read.
std::pair<std::string, int> refusal(const std::string& bytes) {
  try {
    for (const TorchTensor& tensor : read_torch_file(bytes, "some.bin")) {
      elements_of(tensor);
    }
    return {"", 0};
  } catch (const Error& error) {
    return {error.what(), error.exit_code()};
  }
}

struct Hostile {
  const char* name;
  std::string bytes;
  const char* words;  // that the message holds
};

void expect_refusals(const std::vector<Hostile>& files) {
  for (const Hostile& hostile : files) {
    SCOPED_TRACE(hostile.name);
    const auto [message, code] = refusal(hostile.bytes);
    EXPECT_EQ(code, 3) << message;
    EXPECT_EQ(message.rfind("some.bin", 0), 0u) << message;
    EXPECT_NE(message.find(hostile.words), std::string::npos) << message;
    EXPECT_EQ(message.find_first_of("\n\r\x1b"), std::string::npos);
    EXPECT_LT(message.size(), 2000u);
  }
}

class PeerFile : public testing::TestWithParam<const char*> {};

TEST_P(PeerFile, HoldsWhatThePeerSaysByteForByte) {
  const std::string name = GetParam();
  const std::string bytes = read_file(testdata(name + ".bin"));
  const auto want = Safetensors::open(testdata(name + ".safetensors"));
  const auto got = read_torch_file(bytes, name);
  ASSERT_EQ(got.size(), want->entries().size());
  ASSERT_GE(got.size(), 4u);
  for (const TorchTensor& tensor : got) {
    SCOPED_TRACE(tensor.name);
    const TensorEntry& entry = want->entry(tensor.name);
    EXPECT_EQ(tensor.sizes, entry.shape);
    EXPECT_EQ(tensor.bytes, entry.bytes);
    EXPECT_EQ(elements_of(tensor), want->bytes(entry));
    EXPECT_EQ(tensor.element_bytes, c10::elementSize(entry.dtype));
  }
}

INSTANTIATE_TEST_SUITE_P(Testdata, PeerFile,
                         testing::Values("state_dict", "protocol_4", "no_crc",
                                         "types", "views"));

TEST(TorchFile, EveryTypeHasItsName) {
  std::map<std::string, std::string> names;
  const std::string bytes = read_file(testdata("types.bin"));
  for (const TorchTensor& tensor : read_torch_file(bytes, "types")) {
    names[tensor.name] = tensor.dtype;
  }
  EXPECT_EQ(names["float64"], "F64");
  EXPECT_EQ(names["float32"], "F32");
  EXPECT_EQ(names["float16"], "F16");
  EXPECT_EQ(names["bfloat16"], "BF16");
  EXPECT_EQ(names["int64"], "I64");
  EXPECT_EQ(names["int32"], "I32");
  EXPECT_EQ(names["int16"], "I16");
  EXPECT_EQ(names["int8"], "I8");
  EXPECT_EQ(names["uint8"], "U8");
  EXPECT_EQ(names["bool"], "BOOL");
}

TEST(TorchFile, OnlyTheSameViewOfAStorageIsTheSame) {
  const std::string bytes = read_file(testdata("views.bin"));
  std::map<std::string, TorchTensor> by_name;
  for (TorchTensor& tensor : read_torch_file(bytes, "views")) {
    by_name[tensor.name] = tensor;
  }
  EXPECT_TRUE(by_name["base"].same_view(by_name["again"]));
  EXPECT_FALSE(by_name["base"].same_view(by_name["cube"]));
  EXPECT_FALSE(by_name["base"].same_view(by_name["every_other"]));
}

TEST(TorchFile, WhatThePeerWritesBesidesStateDictsIsRefused) {
  const auto file = [](const char* name) { return read_file(testdata(name)); };
  expect_refusals(
      {{"legacy", file("legacy.bin"), "torch before 1.6"},
       {"nested", file("nested.bin"), "\"model\" is a dict, not a tensor"},
       {"broadcast", file("broadcast.bin"), "1000 elements share 1 places"},
       {"module", file("module.bin"),
        "it would execute \"torch.nn.modules.linear.Linear\""},
       {"a program of TorchScript", file("script.bin"), "\"script/"},
       {"no file", "", "no zip archive"},
       {"text", std::string(1000, 'x'), "no zip archive"}});
}

TEST(TorchFile, EveryTruncationIsRefused) {
  const std::string whole = read_file(testdata("views.bin"));
  ASSERT_EQ(refusal(whole).second, 0) << refusal(whole).first;
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(refusal(whole.substr(0, size)).second, 3) << size << " bytes";
  }
  EXPECT_EQ(refusal(whole + "x").second, 3) << "a byte behind the end";
}

// A pickle that does something before the honest dict.
std::string executing(const std::string& code) {
  return torch_file("\x80\x02" + code, std::string(16, 'x'));
}

TEST(TorchFile, PicklesThatWouldExecuteAreRefusedByName) {
  const std::string call = pickle_text("id > /tmp/owned") + "\x85R.";
  const std::string dict = pickle_global("collections", "OrderedDict");
  expect_refusals({
      {"os.system", executing(pickle_global("os", "system") + call),
       "it would execute \"os.system\""},
      {"posix.system", executing(pickle_global("posix", "system") + call),
       "\"posix.system\""},
      {"eval", executing(pickle_global("builtins", "eval") + call),
       "\"builtins.eval\""},
      {"eval on the stack",
       executing(pickle_text("builtins") + pickle_text("eval") + "\x93" + call),
       "\"builtins.eval\""},
      {"getattr", executing(pickle_global("builtins", "getattr") + call),
       "\"builtins.getattr\""},
      {"another of torch's", executing(pickle_global("torch", "load") + call),
       "\"torch.load\""},
      {"a dotted name", executing(pickle_global("torch._utils", "os.system")),
       "\"torch._utils.os.system\""},
      {"escapes in a name", executing(pickle_global("a\x1b[31m", "b\r") + call),
       "execute"},
      {"INST", executing("(" + pickle_text("x") + "ios\nsystem\n."),
       "opcode 0x69"},
      {"OBJ", executing("(" + dict + "o."), "opcode 0x6f"},
      {"NEWOBJ", executing(dict + ")\x81."), "opcode 0x81"},
      {"EXT1", executing("\x82\x01."), "opcode 0x82"},
      {"PERSID", executing("Pabc\n."), "opcode 0x50"},
      {"a dict is called", executing("})R."), "it calls a dict"},
      {"a text is called", executing(pickle_text("os") + call),
       "it calls a text"},
      {"OrderedDict of arguments",
       executing(dict + "(" + pickle_int(1) + "tR."), "with arguments"},
      {"attributes of a function", executing(dict + "}b."),
       "attributes of a function"},
      {"attributes that are no dict", executing("}Nb."), "attributes"},
      {"a persistent id of another kind",
       executing("(" + pickle_text("module") + pickle_text("x") + "tQ."),
       "persistent id"},
  });
}

TEST(TorchFile, PicklesThatWantTooMuchAreRefused) {
  const std::string deep(100000, '('), high(100000, 'N');
  const std::string name = pickle_text("a");
  const std::string hooks =
      pickle_global("torch._utils", "_rebuild_parameter") + "(" +
      pickle_tensor({}) + "\x88}" + name + "NstR";
  expect_refusals({
      {"deep marks", executing(deep), "deeper"},
      {"a high stack", executing(high), "higher"},
      {"memo 2^32 - 1", executing("Nr\xff\xff\xff\xff."), "memo 4294967295"},
      {"memo never set", executing("h\x07."), "memo 7 holds nothing"},
      {"memo of nothing", executing("q\1."), "stack is empty"},
      {"long text", executing("X\xff\xff\xff\xff"), "a text of 4294967295"},
      {"text of 2^64 - 1", executing("\x8d" + std::string(8, '\xff')),
       "a text of"},
      {"text past the end", executing("X" + little(255, 4) + "abc"),
       "are needed"},
      {"no UTF-8", executing(pickle_text("\xff\xfe") + "."), "not UTF-8"},
      {"integer of 255 bytes", executing("\x8a\xff"), "an integer of 255"},
      {"nothing", torch_file(std::string(), "x"), "are needed"},
      {"nothing left", executing("."), "stack is empty"},
      {"two things left", executing("NN."), "left behind"},
      {"bytes behind the end", executing("}.N"), "left behind"},
      {"no end", executing("}"), "are needed"},
      {"no dict", executing("N."), "holds None"},
      {"protocol 0", torch_file("(dp0\n.", "x"), "protocol 2"},
      {"protocol 9", torch_file("\x80\x09N.", "x"), "protocol 9"},
      {"items without a dict", executing("(NNu."), "stack is empty"},
      {"an odd dict", executing("}(Nu."), "1 items"},
      {"items of a list", executing("](NNu."), "a list"},
      {"pop below a mark", executing("N(R."), "stack is empty"},
      {"a value that is none", torch_file(pickle_dict(name + "N"), "x"),
       "\"a\" is None"},
      {"a key that is none",
       torch_file(pickle_dict("N" + pickle_tensor({})), std::string(16, 'x')),
       "not a tensor"},
      {"the same name twice",
       torch_file(
           pickle_dict(name + pickle_tensor({}) + name + pickle_tensor({})),
           std::string(16, 'x')),
       "taken already"},
      {"the metadata's name",
       torch_file(pickle_dict(pickle_text("__metadata__") + pickle_tensor({})),
                  std::string(16, 'x')),
       "taken already"},
      {"hooks", torch_file(pickle_dict(name + hooks), std::string(16, 'x')),
       "hooks"},
      {"a dict in itself", executing("}q\1(" + name + "h\1u."),
       "\"a\" is a dict"},
  });
}

TEST(TorchFile, TensorsThatLeaveTheirStorageAreRefused) {
  const std::string data(16, 'x');
  const auto view = [&](const PickledView& v) { return torch_file(v, data); };
  constexpr int64_t kHuge = INT64_MAX;
  ASSERT_EQ(refusal(view({})).second, 0) << refusal(view({})).first;
  expect_refusals({
      {"storage too short", torch_file(PickledView{}, "short"), "has 5 bytes"},
      {"says more elements", view({.elements = 5}), "has 16 bytes"},
      {"2^63 - 1 elements", view({.elements = kHuge}), "has 16 bytes"},
      {"negative elements", view({.elements = -1}), "a storage of -1"},
      {"another storage", view({.storage = "1"}), "is absent"},
      {"a path", view({.storage = "../0"}), "is absent"},
      {"one too many", view({.sizes = {5}}), "leave their storage"},
      {"offset", view({.offset = 1}), "leave their storage"},
      {"offset of 2^63 - 1", view({.offset = kHuge}), "leave their storage"},
      {"negative offset", view({.offset = -1}), "at element -1"},
      {"offset behind what it says",
       view({.elements = 2, .offset = 3, .sizes = {1}}), "leave"},
      {"negative size", view({.sizes = {-4}}), "of -4"},
      {"negative stride", view({.strides = {-1}}), "of -1"},
      {"size beyond 2^48", view({.sizes = {kHuge}}), "of 9223372036854775807"},
      {"product 2^64",
       view({.sizes = {int64_t{1} << 32, int64_t{1} << 32}, .strides = {0, 0}}),
       "leave their storage"},
      {"stride 2^63 - 1", view({.sizes = {2}, .strides = {kHuge}}), "leave"},
      {"strides that overflow to 0",
       view({.sizes = {5, 5}, .strides = {int64_t{1} << 62, int64_t{1} << 62}}),
       "leave"},
      {"broadcast to 2^40", view({.sizes = {int64_t{1} << 40}, .strides = {0}}),
       "share 1 places"},
      {"windows", view({.sizes = {2, 3}, .strides = {1, 1}}), "share 4 places"},
      {"sizes and strides", view({.sizes = {2, 2}}), "2 sizes and 1 strides"},
      {"nine dimensions",
       view({.sizes = std::vector<int64_t>(9, 1),
             .strides = std::vector<int64_t>(9, 1)}),
       "9 dimensions"},
      {"an unknown type", view({.type = "QUInt8Storage"}),
       "\"torch.QUInt8Storage\""},
      {"a type that is a function", view({.type = "load"}), "\"torch.load\""},
  });
}

TEST(TorchFile, OddButHonestViewsAreRead) {
  const std::string data = "aaaabbbbccccdddd";
  const auto read = [&](const PickledView& view) {
    const std::string file = torch_file(view, data);
    return elements_of(read_torch_file(file, "some.bin").at(0));
  };
  EXPECT_EQ(read({.sizes = {2, 2}, .strides = {1, 2}}), "aaaaccccbbbbdddd");
  EXPECT_EQ(read({.offset = 1, .sizes = {2}, .strides = {2}}), "bbbbdddd");
  EXPECT_EQ(read({.sizes = {}, .strides = {}}), "aaaa");
  EXPECT_EQ(read({.offset = 4, .sizes = {3, 0}, .strides = {9, 9}}), "");
  EXPECT_EQ(read({.sizes = {1, 4, 1}, .strides = {INT64_MAX, 1, INT64_MAX}}),
            data);
  EXPECT_EQ(read({.sizes = {2, 1, 2}, .strides = {1, INT64_MAX, 2}}),
            "aaaaccccbbbbdddd");
}

}  // namespace
}  // namespace lethe
