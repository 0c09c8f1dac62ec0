#include "metrics/numbered_words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "metrics/porter.h"

namespace lethe {
namespace {

// rouge_score's rule: shorter words keep their ends.
constexpr uint32_t kShortestStemmed = 4;
// Where a thread begins afresh, between two comparisons.
constexpr size_t kMostEntries = size_t{1} << 16;
constexpr size_t kMostLetters = size_t{1} << 22;

// The two characters beyond ASCII whose lower case has a letter of it.
constexpr std::string_view kDottedI = "\xC4\xB0";     // U+0130
constexpr std::string_view kKelvin = "\xE2\x84\xAA";  // U+212A

// The text with those letters in their place; a dot above separates. UTF-8 lead
// bytes never occur inside a character, so bytes can be compared without
// decoding, even in broken text.
std::string with_ascii_letters(std::string_view text) {
  std::string written;
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with(kDottedI)) {
      written += "i ";
      i += kDottedI.size();
    } else if (rest.starts_with(kKelvin)) {
      written += 'k';
      i += kKelvin.size();
    } else {
      written += text[i++];
    }
  }
  return written;
}

constexpr std::array<uint8_t, 256> make_word_bytes() {
  std::array<uint8_t, 256> known = {};
  for (size_t c = 'a'; c <= 'z'; ++c) known[c] = known[c - 'a' + 'A'] = 1;
  for (size_t c = '0'; c <= '9'; ++c) known[c] = 1;
  return known;
}
// 1: a letter or digit, whose lower case is the byte with bit 5 set.
constexpr std::array<uint8_t, 256> kWordBytes = make_word_bytes();
constexpr uint64_t kLowerCase = 0x2020202020202020;

// One bit a byte of a text, set for kWordBytes: the ends of words are found by
// counting zeros, without a branch a byte.
class WordBytes {
 public:
  void read(std::string_view text) {
    size_ = text.size();
    bits_.assign(size_ / 64 + 1, 0);
    for (size_t begin = 0; begin < size_; begin += 64) {
      const size_t count = std::min<size_t>(64, size_ - begin);
      uint64_t bits = 0;
      for (size_t i = 0; i < count; ++i) {
        const auto byte = static_cast<uint8_t>(text[begin + i]);
        bits |= uint64_t{kWordBytes[byte]} << i;
      }
      bits_[begin / 64] = bits;
    }
  }

  // The first set or clear bit from `i` on; the text's size if there is none.
  size_t set_from(size_t i) const { return find(i, 0); }
  size_t clear_from(size_t i) const { return find(i, ~uint64_t{0}); }

 private:
  size_t find(size_t i, uint64_t turned) const {
    size_t block = i / 64;
    uint64_t bits = (bits_[block] ^ turned) >> i % 64 << i % 64;
    while (bits == 0) {
      if (++block == bits_.size()) return size_;
      bits = bits_[block] ^ turned;
    }
    const auto place = static_cast<size_t>(std::countr_zero(bits));
    return std::min(size_, block * 64 + place);
  }

  std::vector<uint64_t> bits_;
  size_t size_ = 0;
};

// `count` bytes from `place` on, eight at most, as a number, the first lowest
// (little-endian machines). Where the text goes on they are one load.
uint64_t load_up_to_8(std::string_view text, size_t place, size_t count) {
  if (place + 8 <= text.size()) {
    uint64_t eight = 0;
    std::memcpy(&eight, text.data() + place, 8);
    return count < 8 ? eight & ((uint64_t{1} << 8 * count) - 1) : eight;
  }
  uint64_t number = 0;
  std::memcpy(&number, text.data() + place, std::min<size_t>(count, 8));
  return number;
}

// Where a word stands in a text.
struct Span {
  size_t begin;
  size_t size;
};

struct Entry {
  uint64_t hash;
  uint64_t first;  // eight letters, 0 behind the last
  uint32_t begin;  // in the letters, which are 0 up to a multiple of eight
  uint32_t length;
  uint32_t stem;            // its entry; kNone: not looked for
  uint32_t number;          // in the comparison
  uint64_t comparison = 0;  // that has given the number
};
constexpr uint32_t kNone = ~uint32_t{0};

// A hash table with open addressing; what is in it stays.
class WordTable {
 public:
  bool busy = false;
  uint64_t comparison = 0;
  std::vector<Entry> entries;

  void begin() {
    if (entries.size() > kMostEntries || used_ > kMostLetters) {
      *this = WordTable();
    }
    busy = true;
    ++comparison;
  }

  std::string_view letters(const Entry& entry) const {
    return {letters_.data() + entry.begin, entry.length};
  }

  // Calls use(entry) for every word.
  template <class Use>
  void read(std::string_view text, const Use& use) {
    bytes_.read(text);
    size_t begin = bytes_.set_from(0);
    while (begin < text.size()) {
      const size_t end = bytes_.clear_from(begin);
      use(find(text, {begin, end - begin}));
      if (end == text.size()) return;
      begin = bytes_.set_from(end);
    }
  }

  // The entry of the stem of one.
  uint32_t stem_of(uint32_t entry) {
    if (entries[entry].stem != kNone) return entries[entry].stem;
    const std::string stem = porter_stem(letters(entries[entry]));
    const uint32_t found = find(stem, {0, stem.size()});
    entries[entry].stem = found;
    return found;
  }

 private:
  // The entry of a word of letters of either case. They are copied behind those
  // in use, in lower case, and stay there if it is a new one.
  uint32_t find(std::string_view text, Span word) {
    const size_t most = (word.size + 7) / 8 * 8;
    if (letters_.size() < used_ + most) {
      letters_.resize((used_ + most) * 3 / 2 + 1024);
    }
    const uint64_t hash = copy_lower(text, word);
    if (2 * (entries.size() + 1) > slots_.size()) grow();
    const uint64_t first = eight_at(used_);
    const auto length = static_cast<uint32_t>(word.size);
    size_t slot = hash & (slots_.size() - 1);
    for (; slots_[slot] != kNone; slot = (slot + 1) & (slots_.size() - 1)) {
      const Entry& known = entries[slots_[slot]];
      if (known.first == first && known.length == length &&
          (most <= 8 || rest_equals(known.begin, most))) {
        return slots_[slot];
      }
    }
    const auto fresh = static_cast<uint32_t>(entries.size());
    slots_[slot] = fresh;
    entries.push_back(
        {hash, first, static_cast<uint32_t>(used_), length, kNone, 0});
    used_ += most;
    return fresh;
  }

  // Returns a hash of the letters.
  uint64_t copy_lower(std::string_view text, Span word) {
    uint64_t hash = word.size;
    for (size_t i = 0; i < word.size; i += 8) {
      const size_t count = std::min<size_t>(8, word.size - i);
      const uint64_t eight = load_up_to_8(text, word.begin + i, count) |
                             kLowerCase >> 8 * (8 - count);
      std::memcpy(letters_.data() + used_ + i, &eight, 8);
      hash = (hash ^ eight) * 0x9E3779B97F4A7C15;
      hash ^= hash >> 32;
    }
    return hash;
  }

  uint64_t eight_at(size_t place) const {
    uint64_t eight = 0;
    std::memcpy(&eight, letters_.data() + place, 8);
    return eight;
  }

  bool rest_equals(size_t begin, size_t size) const {
    for (size_t i = 8; i < size; i += 8) {
      if (eight_at(begin + i) != eight_at(used_ + i)) return false;
    }
    return true;
  }

  void grow() {
    slots_.assign(std::max<size_t>(1024, 2 * slots_.size()), kNone);
    for (uint32_t i = 0; i < entries.size(); ++i) {
      size_t slot = entries[i].hash & (slots_.size() - 1);
      while (slots_[slot] != kNone) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = i;
    }
  }

  WordBytes bytes_;
  std::vector<uint32_t> slots_;
  std::vector<char> letters_;
  size_t used_ = 0;
};

WordTable& table() {
  static thread_local WordTable of_thread;
  return of_thread;
}

}  // namespace

NumberedWords::NumberedWords(bool stemmer) : stemmer_(stemmer) {
  assert(!table().busy);
  table().begin();
}

NumberedWords::~NumberedWords() { table().busy = false; }

std::vector<uint32_t> NumberedWords::of(std::string_view text) {
  if (text.find(kDottedI) != std::string_view::npos ||
      text.find(kKelvin) != std::string_view::npos) {
    return of(with_ascii_letters(text));
  }
  WordTable& words = table();
  std::vector<uint32_t> numbers;
  numbers.reserve(text.size() / 4);
  words.read(text, [&](uint32_t entry) {
    if (stemmer_ && words.entries[entry].length >= kShortestStemmed) {
      entry = words.stem_of(entry);
    }
    Entry& found = words.entries[entry];
    if (found.comparison != words.comparison) {
      found.comparison = words.comparison;
      found.number = static_cast<uint32_t>(entries_.size());
      entries_.push_back(entry);
    }
    numbers.push_back(found.number);
  });
  return numbers;
}

std::string_view NumberedWords::word(uint32_t number) const {
  return table().letters(table().entries[entries_[number]]);
}

}  // namespace lethe
