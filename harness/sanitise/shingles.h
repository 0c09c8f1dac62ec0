// Texts as sets of shingles: what near duplicates have in common.
//
//   J(A, B) = |A n B| / |A u B|  over the sets of n words in a row
//
// Source: Broder 1997, On the resemblance and containment of documents.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lethe {

// A hash of each word, in order. Words are letters, marks, digits and _ that
// follow each other, in small letters; a character of a script without spaces
// (Han, kana, Thai) is a word. Linear. REQUIRES: valid UTF-8.
std::vector<uint64_t> word_hashes(std::string_view text);

// A hash of each token id, unlike that of any word.
std::vector<uint64_t> id_hashes(std::span<const int64_t> ids);

// The hashes of all n words in a row, sorted, each once; of fewer than n words
// one of them all; of none: empty.
std::vector<uint64_t> shingles(std::span<const uint64_t> words, int64_t n);

// |A n B| / |A u B| of two sorted sets; 0 when both are empty. Linear.
double jaccard(std::span<const uint64_t> a, std::span<const uint64_t> b);

}  // namespace lethe
