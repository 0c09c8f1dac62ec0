#include "metrics/words.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

#include "metrics/numbering.h"

namespace lethe {
namespace {

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
Numbers longer_runs(const Numbers& runs, const Numbers& text,
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

// Crochemore et al. 2001, "A fast and practical bit-vector algorithm for the
// longest common subsequence problem". 64 rows at a time cross the whole table,
// so that what has to be known of them stays in registers.
size_t common_length(const Numbers& a, const Numbers& b, size_t kinds) {
  constexpr size_t kRows = 64;
  std::vector<uint64_t> match(kinds);
  std::vector<uint8_t> carries(b.size());  // into the next block, by column
  size_t length = 0;
  for (size_t begin = 0; begin < a.size(); begin += kRows) {
    const size_t count = std::min(kRows, a.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      match[a[begin + i]] |= uint64_t{1} << i;
    }
    uint64_t bits = ~uint64_t{0};  // 0 where the length grows
    for (size_t j = 0; j < b.size(); ++j) {
      const uint64_t here = bits & match[b[j]];
      uint64_t sum = 0;
      const bool over = __builtin_add_overflow(bits, here, &sum);
      const bool over_carry = __builtin_add_overflow(sum, carries[j], &sum);
      carries[j] = over || over_carry;
      bits = sum | (bits ^ here);
    }
    // Rows behind the last word have no match and never become 0.
    length += static_cast<size_t>(std::popcount(~bits));
    for (size_t i = 0; i < count; ++i) match[a[begin + i]] = 0;
  }
  return length;
}

std::vector<size_t> common_places(const Numbers& line,
                                  const std::vector<Numbers>& others,
                                  size_t kinds) {
  const Places places(line, kinds);
  std::vector<bool> marked(line.size());
  for (const Numbers& other : others) {
    mark_common(line, places, other, marked);
  }
  std::vector<size_t> found;
  for (size_t i = 0; i < marked.size(); ++i) {
    if (marked[i]) found.push_back(i);
  }
  return found;
}

std::vector<size_t> shared_runs(const Numbers& got,
                                const std::vector<Numbers>& wanted,
                                size_t kinds, size_t longest) {
  std::vector<Numbers> texts = {got};
  texts.insert(texts.end(), wanted.begin(), wanted.end());
  std::vector<Numbers> runs = texts;
  std::vector<size_t> shared = {shared_numbers(runs, kinds)};
  while (shared.size() < longest) {
    Numbering<uint64_t> longer;
    for (size_t k = 0; k < runs.size(); ++k) {
      runs[k] = longer_runs(runs[k], texts[k], longer);
    }
    shared.push_back(shared_numbers(runs, longer.size()));
  }
  return shared;
}

std::vector<size_t> shared_runs(const Words& got,
                                const std::vector<Words>& wanted,
                                size_t longest) {
  Numbering<std::string_view> numbers;
  const Numbers first = numbers.of_all(got);
  std::vector<Numbers> others;
  for (const Words& one : wanted) others.push_back(numbers.of_all(one));
  return shared_runs(first, others, numbers.size(), longest);
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
