#include "harness/sanitise/duplicates.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "harness/base/error.h"
#include "harness/base/hash.h"
#include "harness/base/log.h"
#include "harness/base/minhash.h"
#include "harness/sanitise/shingles.h"
#include "harness/text/characters.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr int64_t kHashes = 256;     // of a signature, at most
constexpr double kMiss = 0.01;       // chance to miss a pair at the threshold
constexpr size_t kCandidates = 256;  // that a text is compared with
constexpr uint32_t kNone = ~uint32_t{0};

// A part as exact duplicates compare it.
std::string normalised(std::string_view text, const DuplicateOptions& o) {
  if (!o.ignore_space && !o.ignore_case) return std::string(text);
  const uint8_t* const classes = unicode_classes();
  std::string plain;
  bool blank = false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    if (o.ignore_space && (classes[c.value] & kSpace) != 0) {
      blank = !plain.empty();
    } else {
      if (blank) plain += ' ';
      blank = false;
      if (o.ignore_case) {
        append_lower(c.value, &plain);
      } else {
        plain.append(text.substr(at, c.size));
      }
    }
    at += c.size;
  }
  return plain;
}

// One name for all texts that are equal. Lengths stand before parts, so that
// "a" + "bc" is not "ab" + "c".
std::string exact_key(const DuplicateText& text, const DuplicateOptions& o) {
  Sha256 hash;
  if (!text.ids.empty()) {
    hash.add("ids");
    for (const int64_t id : text.ids) hash.add(fmt::format(" {}", id));
    return hash.hex();
  }
  for (const std::string_view part : text.parts) {
    const std::string plain = normalised(part, o);
    hash.add(fmt::format("{} ", plain.size()));
    hash.add(plain);
  }
  return hash.hex();
}

std::vector<uint64_t> shingles_of(const DuplicateText& text, int64_t n) {
  if (!text.ids.empty()) return shingles(id_hashes(text.ids), n);
  std::vector<uint64_t> words;
  for (const std::string_view part : text.parts) {
    const std::vector<uint64_t> own = word_hashes(part);
    words.insert(words.end(), own.begin(), own.end());
  }
  return shingles(words, n);
}

// Sets that grow together; the smallest member names each.
class Clusters {
 public:
  explicit Clusters(size_t n) : parent_(n) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  size_t first(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(size_t a, size_t b) {
    a = first(a);
    b = first(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parent_;
};

class NearFinder {
 public:
  NearFinder(const std::vector<DuplicateText>& texts,
             const DuplicateOptions& options)
      : options_(options),
        bands_(bands_for(options.threshold)),
        sets_(texts.size()),
        latest_(static_cast<size_t>(bands_.bands)),
        clusters_(texts.size()) {
    before_.resize(static_cast<size_t>(bands_.bands));
    for (auto& links : before_) links.assign(texts.size(), kNone);
  }

  // Compares text i with those before it.
  void add(size_t i, const DuplicateText& text, Duplicates* found) {
    sets_[i] = shingles_of(text, options_.shingle);
    if (sets_[i].empty()) return;
    const std::vector<size_t> candidates = link(i);
    size_t compared = 0;
    for (const size_t other : candidates) {
      if (clusters_.first(i) == clusters_.first(other)) continue;
      if (compared == kCandidates) {
        crowded_ = true;
        break;
      }
      ++compared;
      if (jaccard(sets_[i], sets_[other]) >= options_.threshold) {
        clusters_.join(i, other);
      }
    }
    found->compared += static_cast<int64_t>(compared);
    if (crowded_ && clusters_.first(i) == i) ++found->crowded;
  }

  size_t first(size_t i) { return clusters_.first(i); }
  double similarity(size_t a, size_t b) const {
    return jaccard(sets_[a], sets_[b]);
  }

 private:
  // Puts text i into its buckets; the texts that were in them, latest first,
  // at most kCandidates of each.
  std::vector<size_t> link(size_t i) {
    const auto hashes =
        min_hashes(sets_[i], static_cast<size_t>(bands_.bands * bands_.rows));
    std::vector<size_t> candidates;
    crowded_ = false;
    for (size_t b = 0; b < latest_.size(); ++b) {
      uint64_t key = b;
      for (int64_t r = 0; r < bands_.rows; ++r) {
        key = mixed_hash(key, hashes[b * static_cast<size_t>(bands_.rows) +
                                     static_cast<size_t>(r)]);
      }
      const auto [place, added] =
          latest_[b].try_emplace(key, static_cast<uint32_t>(i));
      if (added) continue;
      before_[b][i] = place->second;
      place->second = static_cast<uint32_t>(i);
      uint32_t other = before_[b][i];
      for (size_t n = 0; other != kNone && n < kCandidates; ++n) {
        candidates.push_back(other);
        other = before_[b][other];
      }
      crowded_ = crowded_ || other != kNone;
    }
    std::sort(candidates.rbegin(), candidates.rend());
    candidates.erase(std::unique(candidates.begin(), candidates.end()),
                     candidates.end());
    return candidates;
  }

  const DuplicateOptions& options_;
  const Bands bands_;
  std::vector<std::vector<uint64_t>> sets_;
  // Of each band: the last text in a bucket, and before each text the one
  // before it.
  std::vector<std::unordered_map<uint64_t, uint32_t>> latest_;
  std::vector<std::vector<uint32_t>> before_;
  Clusters clusters_;
  bool crowded_ = false;
};

}  // namespace

double Bands::miss(double similarity) const {
  return std::pow(1 - std::pow(similarity, static_cast<double>(rows)),
                  static_cast<double>(bands));
}

Bands bands_for(double threshold) {
  Bands best;
  for (int64_t rows = 1; rows <= kHashes; ++rows) {
    Bands one{1, rows};
    while (one.miss(threshold) >= kMiss && one.bands * rows <= kHashes) {
      ++one.bands;
    }
    if (one.bands * rows > kHashes) break;
    best = one;
  }
  return best;
}

Duplicates find_duplicates(const std::vector<DuplicateText>& texts,
                           const DuplicateOptions& options) {
  Duplicates found;
  std::vector<size_t> equal(texts.size());  // the first that is equal
  std::unordered_map<std::string, size_t> seen;
  for (size_t i = 0; i < texts.size(); ++i) {
    equal[i] = seen.try_emplace(exact_key(texts[i], options), i).first->second;
  }
  seen.clear();
  if (!options.near) {
    for (size_t i = 0; i < texts.size(); ++i) {
      if (equal[i] != i) found.removed.push_back({i, equal[i], true, 1});
    }
    return found;
  }
  NearFinder near(texts, options);
  Progress progress("near duplicates", "texts",
                    static_cast<int64_t>(texts.size()));
  for (size_t i = 0; i < texts.size(); ++i) {
    if (equal[i] == i) near.add(i, texts[i], &found);
    progress.add(1);
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    const size_t first = near.first(equal[i]);
    if (first == i) continue;
    const bool exact = equal[i] != i;
    const double similarity =
        first == equal[i] ? 1 : near.similarity(first, equal[i]);
    found.removed.push_back({i, first, exact, similarity});
  }
  return found;
}

}  // namespace lethe
