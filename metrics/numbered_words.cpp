#include "metrics/numbered_words.h"

#include <algorithm>
#include <array>
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

constexpr uint8_t kLead = 1;  // begins a character that may give a letter

// The letter or digit that a byte gives, 0 for a separator.
constexpr std::array<uint8_t, 256> make_letters() {
  std::array<uint8_t, 256> letters = {};
  for (uint8_t c = 'a'; c <= 'z'; ++c) letters[c] = c;
  for (uint8_t c = 'A'; c <= 'Z'; ++c) {
    letters[c] = static_cast<uint8_t>(c - 'A' + 'a');
  }
  for (uint8_t c = '0'; c <= '9'; ++c) letters[c] = c;
  letters[0xC4] = kLead;
  letters[0xE2] = kLead;
  return letters;
}
constexpr std::array<uint8_t, 256> kLetters = make_letters();

// The letter of the character that begins at text[i], or 0; moves i to its last
// byte. UTF-8 lead bytes never occur inside a character, so bytes can be
// compared without decoding, even in broken text.
uint8_t beyond_ascii(std::string_view text, size_t& i) {
  const std::string_view rest = text.substr(i);
  // An "i" and a dot above, which separates as the second byte will.
  if (rest.starts_with("\xC4\xB0")) return 'i';
  if (rest.starts_with("\xE2\x84\xAA")) {
    i += 2;
    return 'k';
  }
  return 0;
}

// Letter by letter: eight of them are one number, which is then mixed in.
class Hash {
 public:
  void add(uint8_t letter) {
    pending_ = pending_ << 8 | letter;
    if (++count_ % 8 == 0) mix();
  }
  uint64_t value() {
    mix();
    return state_ ^ state_ >> 29;
  }

 private:
  void mix() {
    state_ = (state_ ^ pending_) * 0x9E3779B97F4A7C15;
    state_ ^= state_ >> 32;
    pending_ = 0;
  }

  uint64_t state_ = 0;
  uint64_t pending_ = 0;
  uint32_t count_ = 0;
};

struct Entry {
  uint64_t hash;
  uint32_t begin;  // in the letters
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
    reserve(text.size());
    char* word = letters_.data() + used_;
    uint32_t length = 0;
    Hash hash;
    for (size_t i = 0; i <= text.size(); ++i) {
      uint8_t letter =
          i < text.size() ? kLetters[static_cast<uint8_t>(text[i])] : 0;
      if (letter == kLead) letter = beyond_ascii(text, i);
      if (letter != 0) {
        hash.add(letter);
        word[length++] = static_cast<char>(letter);
        continue;
      }
      if (length == 0) continue;
      use(find(hash.value(), length));
      reserve(text.size() - i);  // stems took some
      word = letters_.data() + used_;
      length = 0;
      hash = Hash();
    }
  }

  // The entry of the stem of one.
  uint32_t stem_of(uint32_t entry) {
    if (entries[entry].stem != kNone) return entries[entry].stem;
    const std::string stem = porter_stem(letters(entries[entry]));
    reserve(stem.size());
    std::memcpy(letters_.data() + used_, stem.data(), stem.size());
    Hash hash;
    for (const char c : stem) hash.add(static_cast<uint8_t>(c));
    const uint32_t found =
        find(hash.value(), static_cast<uint32_t>(stem.size()));
    entries[entry].stem = found;
    return found;
  }

 private:
  void reserve(size_t letters) {
    const size_t least = used_ + letters;
    if (letters_.size() < least) letters_.resize(least + least / 2);
  }

  // The entry of the `length` letters behind those in use; they are in use then
  // if it is a new one.
  uint32_t find(uint64_t hash, uint32_t length) {
    if (2 * (entries.size() + 1) > slots_.size()) grow();
    const char* word = letters_.data() + used_;
    size_t slot = hash & (slots_.size() - 1);
    for (; slots_[slot] != kNone; slot = (slot + 1) & (slots_.size() - 1)) {
      const Entry& known = entries[slots_[slot]];
      if (known.hash == hash && known.length == length &&
          std::memcmp(letters_.data() + known.begin, word, length) == 0) {
        return slots_[slot];
      }
    }
    const auto fresh = static_cast<uint32_t>(entries.size());
    slots_[slot] = fresh;
    entries.push_back({hash, static_cast<uint32_t>(used_), length, kNone, 0});
    used_ += length;
    return fresh;
  }

  void grow() {
    slots_.assign(std::max<size_t>(1024, 2 * slots_.size()), kNone);
    for (uint32_t i = 0; i < entries.size(); ++i) {
      size_t slot = entries[i].hash & (slots_.size() - 1);
      while (slots_[slot] != kNone) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = i;
    }
  }

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
