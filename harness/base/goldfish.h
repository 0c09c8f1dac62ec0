// Which tokens the goldfish loss leaves out, by a hash of their neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lethe {

// Which h tokens are hashed.
//   published: those that end AT the token, as the published code does
//   preceding: those before it, as the paper's text says
enum class GoldfishForm { published, preceding };

// Throws: usage error, with near names, for another word.
GoldfishForm goldfish_form(const std::string& name);

// The mask "static" over targets: start, start + k, start + 2k .. are dropped.
// REQUIRES: k >= 1, start >= 0.
std::vector<bool> static_mask(size_t targets, int64_t k, int64_t start);

// What is hashed of them: see GoldfishMask.
enum class GoldfishHash { product, minhash };

// Throws: usage error, with near names, for another word.
GoldfishHash goldfish_hash(const std::string& name);

struct GoldfishOptions {
  int64_t k = 4;   // one token in k is dropped; >= 2
  int64_t h = 13;  // tokens that are hashed; >= 1
  // Of torch's CPU generator, where 32 bits count; or of the minimum.
  uint64_t table_seed = 2971215073;
  GoldfishForm form = GoldfishForm::published;
  GoldfishHash hash = GoldfishHash::product;
  int64_t shingle = 3;  // of minhash: tokens in a row, 1 to h
};

// The mask over targets, i.e. the ids of a text but its first:
//
//   product: key = product of h ids (int64, wraps around) floor-mod 1,000,003
//            dropped = table[key] < 1 / k, table = torch.rand(1,000,003),
//            float32
//   minhash: least = min over the window's runs r of `shingle` ids of
//            mix(mix(r), table_seed)
//            dropped = mix(last id of the window, least) < 2^64 / k
//
// The first h - 1 targets (preceding: h) have no whole window and are never
// dropped. The product has no order, and an id 0 in the window makes the key 0.
//
// minhash is for near-duplicates: where other ids of the window differ, a
// target that was dropped still is with the chance J + (1 - J) / k, J the
// Jaccard similarity of the two windows' runs; by the product, 1 / k. One id
// replaced changes `shingle` of the h - shingle + 1 runs: J is 8 / 14 for 3 of
// 13, and more where the id stands near an end of the window.
// - The last id is mixed in because windows next to each other mostly share
//   their least run: by that alone drops come 8 in a row on average (k = 4),
//   and one passage of 50 tokens in 12 has none. It costs the decision of a
//   target whose own id differs, which is another target anyway (preceding: of
//   the one behind it).
// - Shorter runs keep more, but a frequent one is the least of many windows:
//   then a word is dropped nearly always or never, and the share dropped leaves
//   1 / k. methods/README.md has what was measured.
//
// Sources: Hans et al. 2024, arXiv:2406.10209; apply_goldfish ("hash-table") of
// goldfish-loss @ 35d29f9, with its table on the CPU. Broder 1997 (base/
// minhash.h) for near-duplicates, which the paper names as its weak point;
// minhash is ours.
class GoldfishMask {
 public:
  // Throws: usage error for k, h or shingle out of range.
  explicit GoldfishMask(const GoldfishOptions& options);

  // True where a target is dropped, one a target.
  std::vector<bool> dropped(std::span<const int64_t> targets) const;

  // What is known of the target that follows others before it is seen.
  class Next {
   public:
    // Whether it is dropped whatever it is; none: it depends on its id.
    std::optional<bool> decided() const { return decided_; }
    bool drops(int64_t id) const;

   private:
    friend class GoldfishMask;
    const GoldfishMask* mask_ = nullptr;
    uint64_t product_ = 1;
    uint64_t least_ = 0;  // of the runs before it
    uint64_t begun_ = 0;  // the hash of the run that it ends, without it
    std::optional<bool> decided_;
  };
  // Of the target behind `before`; the mask must outlive it.
  Next behind(std::span<const int64_t> before) const;

 private:
  bool drops_key(uint64_t product) const;
  bool drops_last(uint64_t id, uint64_t least) const;
  uint64_t least_of(std::span<const int64_t> ids) const;

  GoldfishOptions o_;
  std::vector<float> table_;
};

}  // namespace lethe
