#include "metrics/words.h"

#include <bit>
#include <cstdint>
#include <span>
#include <unordered_map>

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

// Where each distinct word of a list stands, in ascending order.
class Places {
 public:
  explicit Places(const Words& list) : of_(list.size()) {
    std::vector<uint32_t> numbers;
    numbers.reserve(list.size());
    number_.reserve(list.size());
    for (const std::string& word : list) {
      const auto fresh = static_cast<uint32_t>(number_.size());
      numbers.push_back(number_.try_emplace(word, fresh).first->second);
    }
    end_.resize(number_.size() + 1);
    for (const uint32_t number : numbers) ++end_[number + 1];
    for (size_t i = 1; i < end_.size(); ++i) end_[i] += end_[i - 1];
    std::vector<uint32_t> next = end_;
    for (uint32_t i = 0; i < numbers.size(); ++i) of_[next[numbers[i]]++] = i;
  }

  std::span<const uint32_t> of(const std::string& word) const {
    const auto found = number_.find(word);
    if (found == number_.end()) return {};
    const uint32_t begin = end_[found->second];
    return std::span(of_).subspan(begin, end_[found->second + 1] - begin);
  }

 private:
  std::unordered_map<std::string_view, uint32_t> number_;
  std::vector<uint32_t> end_;  // [number + 1]; word i has of_[end_[i]..]
  std::vector<uint32_t> of_;
};

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
  const Places places(a);
  LengthRow row(a.size());
  for (const std::string& word : b) row.add(places.of(word));
  return row.length();
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
