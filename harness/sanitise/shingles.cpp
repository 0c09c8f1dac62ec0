#include "harness/sanitise/shingles.h"

#include <algorithm>
#include <string>

#include "harness/anchors/words.h"
#include "harness/base/minhash.h"
#include "harness/text/characters.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Of ids, so that id 7 and the word "7" are different things.
constexpr uint64_t kIdSeed = 1;

void append_small(char32_t value, std::string* word) {
  if (value < 0x80) {
    const bool capital = value >= 'A' && value <= 'Z';
    *word += static_cast<char>(capital ? value + 32 : value);
  } else {
    append_lower(value, word);
  }
}

}  // namespace

std::vector<uint64_t> word_hashes(std::string_view text) {
  const uint8_t* const classes = unicode_classes();
  std::vector<uint64_t> hashes;
  std::string word;
  const auto close = [&] {
    if (!word.empty()) hashes.push_back(mixed_hash(word));
    word.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    at += c.size;
    if ((classes[c.value] & kWord) == 0) {
      close();
      continue;
    }
    const bool alone = c.value >= 0x80 && written_without_spaces(c.value);
    if (alone) close();
    append_small(c.value, &word);
    if (alone) close();
  }
  close();
  return hashes;
}

std::vector<uint64_t> id_hashes(std::span<const int64_t> ids) {
  std::vector<uint64_t> hashes;
  hashes.reserve(ids.size());
  for (const int64_t id : ids) {
    hashes.push_back(mixed_hash(static_cast<uint64_t>(id), kIdSeed));
  }
  return hashes;
}

std::vector<uint64_t> shingles(std::span<const uint64_t> words, int64_t n) {
  std::vector<uint64_t> all;
  if (words.empty()) return all;
  const size_t length = std::min(words.size(), static_cast<size_t>(n));
  all.reserve(words.size() - length + 1);
  for (size_t begin = 0; begin + length <= words.size(); ++begin) {
    uint64_t hash = length;
    for (size_t i = begin; i < begin + length; ++i) {
      hash = mixed_hash(hash, words[i]);
    }
    all.push_back(hash);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

double jaccard(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  if (a.empty() && b.empty()) return 0;
  size_t common = 0, i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (a[i] == b[j]) {
      ++common, ++i, ++j;
    } else {
      ++(a[i] < b[j] ? i : j);
    }
  }
  return static_cast<double>(common) /
         static_cast<double>(a.size() + b.size() - common);
}

}  // namespace lethe
