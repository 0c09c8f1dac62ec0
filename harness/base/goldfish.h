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

struct GoldfishOptions {
  int64_t k = 4;                     // one token in k is dropped; >= 2
  int64_t h = 13;                    // tokens that are hashed; >= 1
  uint64_t table_seed = 2971215073;  // of torch's CPU generator; 32 bits count
  GoldfishForm form = GoldfishForm::published;
};

// The mask over targets, i.e. the ids of a text but its first:
//
//   key = product of h ids (int64, wraps around) floor-mod 1,000,003
//   dropped = table[key] < 1 / k, table = torch.rand(1,000,003), float32
//
// The first h - 1 targets (preceding: h) have no whole window and are never
// dropped. The product has no order, and an id 0 in the window makes the key 0.
//
// Source: Hans et al. 2024, arXiv:2406.10209; apply_goldfish ("hash-table") of
// goldfish-loss @ 35d29f9, with its table on the CPU.
class GoldfishMask {
 public:
  // Throws: usage error for k or h out of range.
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
    std::optional<bool> decided_;
  };
  // Of the target behind `before`; the mask must outlive it.
  Next behind(std::span<const int64_t> before) const;

 private:
  bool drops_key(uint64_t product) const;

  GoldfishOptions o_;
  std::vector<float> table_;
};

}  // namespace lethe
