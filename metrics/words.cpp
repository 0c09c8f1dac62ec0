#include "metrics/words.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "metrics/numbering.h"
#include "metrics/porter.h"

namespace lethe {
namespace {

// rouge_score's rule: shorter words keep their ends.
constexpr size_t kShortestStemmed = 4;

// The letter or digit at text[i] after lower-casing, or 0 for a separator;
// moves i behind it. UTF-8 lead bytes never occur inside a character, so bytes
// can be compared without decoding, even in broken text.
char take(std::string_view text, size_t& i) {
  const char c = text[i++];
  if (c >= 'a' && c <= 'z') return c;
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  if (c >= '0' && c <= '9') return c;
  // U+0130: an "i" and a dot above, which separates as the second byte will.
  if (c == '\xC4' && text.substr(i).starts_with('\xB0')) return 'i';
  if (c == '\xE2' && text.substr(i).starts_with("\x84\xAA")) {  // U+212A
    i += 2;
    return 'k';
  }
  return '\0';
}

void finish(std::string& word, bool stemmer, Words& found) {
  if (word.empty()) return;
  found.push_back(stemmer && word.size() >= kShortestStemmed ? porter_stem(word)
                                                             : word);
  word.clear();
}

// One row of the table of common lengths as bits: bit i is 0 where the length
// grows from i to i + 1 words of the first list.
class LengthRow {
 public:
  explicit LengthRow(size_t words) : bits_((words + 63) / 64, ~uint64_t{0}) {}

  // Adds one word of the second list, which stands at `places` in the first:
  // bits = (bits + (bits & match)) | (bits & ~match), in blocks of 64. Blocks
  // without a match or a carry do not change and are passed over.
  void add(std::span<const uint32_t> places) {
    uint64_t carry = 0;
    size_t block = 0;
    for (size_t next = 0; next < places.size() || carry != 0; ++block) {
      if (carry == 0) block = places[next] / 64;
      if (block == bits_.size()) return;
      uint64_t match = 0;
      while (next < places.size() && places[next] / 64 == block) {
        match |= uint64_t{1} << (places[next++] % 64);
      }
      uint64_t& bits = bits_[block];
      const uint64_t sum = bits + (bits & match) + carry;
      carry = sum < bits || (carry == 1 && sum == bits);
      bits = sum | (bits & ~match);
    }
  }

  bool grows_at(size_t i) const { return (bits_[i / 64] >> i % 64 & 1) == 0; }

  size_t length() const {
    size_t zeros = 0;
    for (const uint64_t bits : bits_) {
      zeros += static_cast<size_t>(std::popcount(~bits));
    }
    return zeros;
  }

 private:
  std::vector<uint64_t> bits_;
};

// Marks the places of `line` that a longest common subsequence with `other`
// has; `places` are those in `line`. Where two words differ the table's length
// comes from above unless it grows there, which one bit tells.
void mark_common(const std::vector<uint32_t>& line, const Places& places,
                 const std::vector<uint32_t>& other,
                 std::vector<bool>& marked) {
  std::vector<LengthRow> rows;
  rows.reserve(other.size());
  LengthRow row(line.size());
  for (const uint32_t word : other) {
    row.add(places.of(word));
    rows.push_back(row);
  }
  size_t i = line.size();
  size_t j = other.size();
  while (i > 0 && j > 0) {
    if (line[i - 1] == other[j - 1]) {
      marked[--i] = true;
      --j;
    } else if (rows[j - 1].grows_at(i - 1)) {
      --j;
    } else {
      --i;
    }
  }
}

// The numbers of runs of one word more: run i, then word i + n - 1 of the text.
std::vector<uint32_t> longer_runs(const std::vector<uint32_t>& runs,
                                  const std::vector<uint32_t>& text,
                                  Numbering<uint64_t>& numbers) {
  std::vector<uint32_t> longer;
  const size_t n = text.size() - runs.size() + 1;
  for (size_t i = 0; i + n < text.size(); ++i) {
    longer.push_back(numbers.of(uint64_t{runs[i]} << 32 | text[i + n]));
  }
  return longer;
}

// How many of texts[0] the text of the others with most of them has; numbers
// are below `kinds`.
size_t shared_numbers(const std::vector<std::vector<uint32_t>>& texts,
                      size_t kinds) {
  std::vector<size_t> most(kinds);
  for (size_t k = 1; k < texts.size(); ++k) {
    std::vector<size_t> times(kinds);
    for (const uint32_t number : texts[k]) {
      most[number] = std::max(most[number], ++times[number]);
    }
  }
  size_t shared = 0;
  for (const uint32_t number : texts.front()) {
    if (most[number] == 0) continue;
    --most[number];
    ++shared;
  }
  return shared;
}

}  // namespace

Words words(std::string_view text, bool stemmer) {
  Words found;
  std::string word;
  for (size_t i = 0; i < text.size();) {
    if (const char c = take(text, i)) {
      word += c;
    } else {
      finish(word, stemmer, found);
    }
  }
  finish(word, stemmer, found);
  return found;
}

// Crochemore et al. 2001, "A fast and practical bit-vector algorithm for the
// longest common subsequence problem".
size_t common_length(const Words& a, const Words& b) {
  Numbering<std::string_view> numbers;
  const auto first = numbers.of_all(a);
  const Places places(first, numbers.size());
  LengthRow row(a.size());
  for (const std::string& word : b) row.add(places.of(numbers.find(word)));
  return row.length();
}

std::vector<size_t> common_places(const Words& line,
                                  const std::vector<Words>& others) {
  Numbering<std::string_view> numbers;
  const auto first = numbers.of_all(line);
  const Places places(first, numbers.size());
  std::vector<bool> marked(line.size());
  for (const Words& other : others) {
    std::vector<uint32_t> second;
    for (const std::string& word : other) second.push_back(numbers.find(word));
    mark_common(first, places, second, marked);
  }
  std::vector<size_t> found;
  for (size_t i = 0; i < marked.size(); ++i) {
    if (marked[i]) found.push_back(i);
  }
  return found;
}

std::vector<size_t> shared_runs(const Words& got,
                                const std::vector<Words>& wanted,
                                size_t longest) {
  Numbering<std::string_view> numbers;
  std::vector<std::vector<uint32_t>> texts = {numbers.of_all(got)};
  for (const Words& one : wanted) texts.push_back(numbers.of_all(one));
  std::vector<std::vector<uint32_t>> runs = texts;
  std::vector<size_t> shared = {shared_numbers(runs, numbers.size())};
  while (shared.size() < longest) {
    Numbering<uint64_t> longer;
    for (size_t k = 0; k < runs.size(); ++k) {
      runs[k] = longer_runs(runs[k], texts[k], longer);
    }
    shared.push_back(shared_numbers(runs, longer.size()));
  }
  return shared;
}

Overlap overlap(size_t common, size_t got, size_t wanted) {
  if (common == 0) return {};
  const double precision =
      static_cast<double>(common) / static_cast<double>(got);
  const double recall =
      static_cast<double>(common) / static_cast<double>(wanted);
  return {precision, recall, 2 * precision * recall / (precision + recall)};
}

}  // namespace lethe
