// Tables of token ids as numpy writes them, and what is no such table.
#include "harness/data/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/data/rows.h"

namespace lethe {
namespace {

using testing::HasSubstr;

std::string bytes_of(std::initializer_list<int> numbers) {
  return {numbers.begin(), numbers.end()};
}

// A file of numpy.save: version `major`, `header` padded as numpy pads it.
std::string saved(const std::string& header, const std::string& numbers,
                  int major = 1) {
  const size_t width = major == 1 ? 2 : 4;
  std::string text = header;
  while ((8 + width + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string file = "\x93NUMPY";
  file += static_cast<char>(major);
  file += '\0';
  for (size_t i = 0; i < width; ++i) {
    file += static_cast<char>(text.size() >> (8 * i) & 0xFF);
  }
  return file + text + numbers;
}

std::string header(const std::string& type, const std::string& shape,
                   const std::string& fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran +
         ", 'shape': (" + shape + "), }";
}

class Npy : public testing::Test {
 protected:
  std::string file(const std::string& bytes,
                   const std::string& name = "x.npy") const {
    const std::string path = testing::TempDir() + "lethe_npy_" + name;
    write_file_atomically(path, bytes);
    return path;
  }

  std::vector<std::vector<int64_t>> read(const std::string& bytes) const {
    const NpyTable table(file(bytes));
    std::vector<std::vector<int64_t>> all(table.rows());
    for (int64_t r = 0; r < table.rows(); ++r) {
      for (int64_t c = 0; c < table.columns(); ++c) {
        all[r].push_back(table.at(r, c));
      }
    }
    return all;
  }

  std::string refusal(const std::string& bytes) const {
    try {
      read(bytes);
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      return error.what();
    }
    return "";
  }
};

const std::vector<std::vector<int64_t>> kTable = {{1, 2, 3}, {4, 5, 50256}};
const std::string kShorts =
    bytes_of({1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 0x50, 0xC4});

TEST_F(Npy, EveryVersionOfTheFormat) {
  for (const int major : {1, 2, 3}) {
    EXPECT_EQ(read(saved(header("<u2", "2, 3"), kShorts, major)), kTable);
  }
}

TEST_F(Npy, EitherOrderOfBytesAndOfTheTable) {
  EXPECT_EQ(read(saved(header(">u2", "2, 3"),
                       bytes_of({0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0xC4, 0x50}))),
            kTable);
  EXPECT_EQ(read(saved(header("<u2", "2, 3", "True"),
                       bytes_of({1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 0x50, 0xC4}))),
            kTable);
}

TEST_F(Npy, EveryWidth) {
  using Table = std::vector<std::vector<int64_t>>;
  EXPECT_EQ(read(saved(header("|u1", "1, 2"), bytes_of({7, 255}))),
            (Table{{7, 255}}));
  EXPECT_EQ(read(saved(header("<i4", "1, 1"), bytes_of({1, 2, 3, 0}))),
            (Table{{197121}}));
  EXPECT_EQ(
      read(saved(header("<i8", "1, 1"), bytes_of({0, 0, 0, 0, 1, 0, 0, 0}))),
      (Table{{int64_t{1} << 32}}));
}

TEST_F(Npy, RefusesWhatIsNoTableOfIds) {
  const std::string four(4, '\0');
  EXPECT_THAT(refusal(saved(header("|O", "1, 1"), four)), HasSubstr("pickle"));
  EXPECT_THAT(refusal(saved(header("<f4", "1, 1"), four)),
              HasSubstr("no whole numbers"));
  EXPECT_THAT(refusal(saved(header("<u3", "1, 1"), four)),
              HasSubstr("no whole numbers"));
  EXPECT_THAT(refusal(saved("{'descr': [('a', '<u2')], 'fortran_order': "
                            "False, 'shape': (1, 2), }",
                            four)),
              HasSubstr("fields"));
  EXPECT_THAT(refusal(saved(header("<u2", "2,"), four)),
              HasSubstr("1 dimensions"));
  EXPECT_THAT(refusal(saved(header("<u2", "0, 2"), "")), HasSubstr("0 x 2"));
  EXPECT_THAT(refusal(saved(header("<i2", "1, 2"), bytes_of({1, 0, 255, 255}))),
              HasSubstr("row 0 column 1 is below 0"));
}

TEST_F(Npy, RefusesWhatIsDamaged) {
  const std::string whole = saved(header("<u2", "2, 3"), kShorts);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
  EXPECT_THAT(refusal(whole + "x"), HasSubstr("do not fill"));
  EXPECT_THAT(refusal(saved(header("<u8", "4611686018427387904, 4"), "")),
              HasSubstr("do not fill"));
  EXPECT_THAT(refusal(saved(header("<u2", "2, 3"), kShorts, 4)),
              HasSubstr("version 4"));
  for (const char* text :
       {"", "{", "{}", "{'descr': '<u2'}", "{'descr': '<u2', 'descr': '<u2'}",
        "{'shape': (1, -1)}", "{'shape': (99999999999999999999, 1)}",
        "{'fortran_order': 1}", "{'other': 1}",
        "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3)} x"}) {
    EXPECT_THAT(refusal(saved(text, kShorts)), HasSubstr("damaged")) << text;
  }
}

TEST_F(Npy, RowsArePrefixesWithTheSuffixesBeside) {
  const std::string prefix =
      file(saved(header("<u2", "2, 3"), kShorts), "a_prefix.npy");
  const std::string alone =
      file(saved(header("|u1", "2, 1"), "\x07\x08"), "b_prefix.npy");
  file(saved(header("|u1", "2, 1"), "\x07\x08"), "a_suffix.npy");
  const auto rows = read_rows(prefix);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].fields, (Json{{"id", 1},
                                  {"ids", {4, 5, 50256, 8}},
                                  {"prefix_tokens", 3},
                                  {"suffix_tokens", 1}}));
  EXPECT_EQ(read_rows(prefix, 1).size(), 1u);
  EXPECT_EQ(read_rows(alone)[0].fields, (Json{{"id", 0}, {"ids", {7}}}));
  EXPECT_EQ(read_row_file(prefix, {}).format, "numpy array of 2 x 3 <u2");
  file(saved(header("|u1", "1, 1"), "\x07"), "a_suffix.npy");
  EXPECT_THROW(read_rows(prefix), Error);
}

}  // namespace
}  // namespace lethe
