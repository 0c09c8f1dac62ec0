// Gzip: what is inflated, and what is refused before it fills the memory.
#include "harness/data/gzip.h"

#include "harness/data/data_testing.h"

namespace lethe {
namespace {

class Gzip : public DataTest {
 protected:
  // All that the file holds, read in pieces of `piece` bytes.
  std::string inflate(const std::string& bytes, const GzipLimits& limits = {},
                      size_t piece = 1000) {
    GzipReader reader(write("a.gz", bytes), limits);
    std::string all, part(piece, '\0');
    while (const size_t count = reader.read(part.data(), part.size())) {
      all.append(part, 0, count);
    }
    EXPECT_EQ(reader.read(part.data(), part.size()), 0u) << "the end stays";
    return all;
  }
  void refused(const std::string& bytes, const std::vector<std::string>& words,
               const GzipLimits& limits = {}) {
    expect_refused(Fault::input, words, [&] { inflate(bytes, limits); });
  }
};

std::string some_text() {
  std::string text;
  for (int i = 0; i < 40'000; ++i) {
    text += fmt::format("Line {} of the harbour log.\n", i * i % 9973);
  }
  return text;
}

TEST_F(Gzip, InflatesInPiecesOfAnySize) {
  const std::string text = some_text(), bytes = gzipped(text);
  EXPECT_GT(bytes.size(), size_t{1} << 16) << "more than one piece of input";
  for (const size_t piece : {7u, 1000u, 1u << 20}) {
    EXPECT_EQ(inflate(bytes, {}, piece), text);
  }
  EXPECT_EQ(inflate(gzipped("")), "");
}

TEST_F(Gzip, MembersFollowEachOther) {
  EXPECT_EQ(inflate(gzipped("ebb ") + gzipped("") + gzipped("flow")),
            "ebb flow");
  EXPECT_EQ(inflate(gzipped("ebb") + std::string(600, '\0')), "ebb");
}

TEST_F(Gzip, RefusesDamage) {
  const std::string bytes = gzipped(some_text());
  refused("", {"a.gz", "0 bytes", "no gzip file"});
  refused("{\"text\": \"plain\"}", {"no gzip file", ".gz"});
  for (const size_t keep : {size_t{2}, size_t{9}, bytes.size() / 2,
                            bytes.size() - 8, bytes.size() - 1}) {
    refused(bytes.substr(0, keep), {"a.gz", "end too early", "cut off"});
  }
  std::string flipped = bytes;
  flipped[bytes.size() - 6] ^= 1;  // of the checksum
  refused(flipped, {"a.gz", "damaged", "incorrect data check"});
  flipped = bytes;
  flipped[bytes.size() / 2] ^= 0x55;
  refused(flipped, {"a.gz", "damaged"});
  refused(bytes + "more", {"a.gz", "damaged"});
}

TEST_F(Gzip, EndsBombsByBothLimits) {
  const std::string bomb = gzipped(std::string(1'000'000, 'a'));
  EXPECT_EQ(inflate(bomb).size(), 1'000'000u) << "deflate's most is 1,032";
  refused(bomb, {"a.gz", "inflate to more than 999999"}, {.bytes = 999'999});
  EXPECT_EQ(inflate(bomb, {.bytes = 1'000'000}).size(), 1'000'000u);
  refused(bomb, {"a.gz", fmt::format("{} bytes", bomb.size()), "500 times"},
          {.ratio = 500});
  std::string bombs;
  for (int i = 0; i < 20; ++i) bombs += bomb;
  refused(bombs, {"inflate to more than 5000000"}, {.bytes = 5'000'000});
}

}  // namespace
}  // namespace lethe
