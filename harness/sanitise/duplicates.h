// Documents that are there twice, or nearly so.
//
// Exact: equal texts, with white space and case as the options say. Near: the
// Jaccard similarity of their word shingles reaches a threshold t. Pairs are
// found by MinHash in b bands of r hashes, so that not all are compared, and
// every pair found is checked by the sets themselves: what is removed is
// similar, whatever the hashes say. A pair of similarity s >= t is missed with
// the chance
//
//   (1 - s^r)^b <= (1 - t^r)^b < 0.01
//
// Documents that are similar through others belong together; the first of them
// is kept.
//
// Sources: Broder 1997, On the resemblance and containment of documents; Lee et
// al. 2022, arXiv:2107.06499 (duplicates and memorisation). Deviation: Lee et
// al. check pairs by edit similarity; the Jaccard of the sets needs linear
// time. Passages that are repeated inside or across otherwise different
// documents are not looked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

struct DuplicateOptions {
  bool near = true;        // false: exact ones only
  double threshold = 0.8;  // of the Jaccard similarity, in [0.1, 1]
  int64_t shingle = 5;     // words, 1 to 32
  bool ignore_space =
      true;  // exact: white space is one blank, none at the ends
  bool ignore_case = false;  // exact
};

// A text in one or several parts (prompt, completion), or token ids: ids are
// compared with ids only. What it points to must outlive it.
struct DuplicateText {
  std::vector<std::string_view> parts;
  std::vector<int64_t> ids;
};

// How signatures are cut.
struct Bands {
  int64_t bands = 1, rows = 1;
  // The chance that a pair of this similarity shares no band.
  double miss(double similarity) const;
};

// The most rows a band, of at most 256 hashes, that keep miss(threshold) below
// 0.01.
Bands bands_for(double threshold);

struct Duplicate {
  size_t text;        // that is removed
  size_t of;          // the first one, which is kept
  bool exact;         // equal to an earlier text
  double similarity;  // to `of`: 1 if equal; below the threshold where others
                      // stand between
};

struct Duplicates {
  std::vector<Duplicate> removed;  // in the order of the texts
  int64_t compared = 0;            // pairs whose sets were compared
  // Texts that are kept though they had more candidates than the 256 last that
  // each is compared with: among the others a pair may be missed.
  int64_t crowded = 0;
};

// Linear time and memory: 8 bytes a word, 1 kB a text. Equal input gives equal
// results. REQUIRES: valid UTF-8, options in their ranges.
Duplicates find_duplicates(const std::vector<DuplicateText>& texts,
                           const DuplicateOptions& options);

}  // namespace lethe
