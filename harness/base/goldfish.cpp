#include "harness/base/goldfish.h"

#include <algorithm>
#include <limits>
#include <random>

#include "harness/base/error.h"
#include "harness/base/minhash.h"
#include "harness/base/names.h"

namespace lethe {
namespace {

constexpr int64_t kTable = 1'000'003;

// torch.rand of a CPU generator: 24 bits of a Mersenne twister a number.
std::vector<float> uniforms(uint64_t seed) {
  std::mt19937 twister(static_cast<uint32_t>(seed));
  std::vector<float> table(kTable);
  for (float& entry : table) {
    entry = static_cast<float>(twister() & 0xFFFFFF) * 0x1p-24F;
  }
  return table;
}

uint64_t product_of(std::span<const int64_t> ids) {
  uint64_t product = 1;  // unsigned: wraps around as torch's int64 does
  for (const int64_t id : ids) product *= static_cast<uint64_t>(id);
  return product;
}

// A run of ids, in order.
uint64_t run_hash(std::span<const int64_t> ids) {
  uint64_t hash = 0;
  for (const int64_t id : ids) {
    hash = mixed_hash(static_cast<uint64_t>(id), hash);
  }
  return hash;
}

}  // namespace

std::vector<bool> static_mask(size_t targets, int64_t k, int64_t start) {
  std::vector<bool> dropped(targets);
  for (auto t = static_cast<size_t>(start); t < targets;
       t += static_cast<size_t>(k)) {
    dropped[t] = true;
  }
  return dropped;
}

GoldfishForm goldfish_form(const std::string& name) {
  if (name == "published") return GoldfishForm::published;
  if (name == "preceding") return GoldfishForm::preceding;
  fail_usage("form", "\"" + name + "\" is unknown",
             suggest(name, {"published", "preceding"}));
}

GoldfishHash goldfish_hash(const std::string& name) {
  if (name == "product") return GoldfishHash::product;
  if (name == "minhash") return GoldfishHash::minhash;
  fail_usage("hash", "\"" + name + "\" is unknown",
             suggest(name, {"product", "minhash"}));
}

GoldfishMask::GoldfishMask(const GoldfishOptions& options) : o_(options) {
  if (o_.k < 2) {
    fail_usage("goldfish", fmt::format("k is {}", o_.k),
               "give at least 2: one token in k is dropped");
  }
  if (o_.h < 1) {
    fail_usage("goldfish", fmt::format("h is {}", o_.h),
               "give at least 1: h tokens are hashed");
  }
  if (o_.hash == GoldfishHash::product) {
    table_ = uniforms(o_.table_seed);
  } else if (o_.shingle < 1 || o_.shingle > o_.h) {
    fail_usage("goldfish", fmt::format("shingle is {}, h {}", o_.shingle, o_.h),
               "give 1 to h: tokens in a row of the h that are hashed");
  }
}

bool GoldfishMask::drops_key(uint64_t product) const {
  int64_t key = static_cast<int64_t>(product) % kTable;
  if (key < 0) key += kTable;
  return table_[static_cast<size_t>(key)] <
         static_cast<float>(1.0 / static_cast<double>(o_.k));
}

bool GoldfishMask::drops_last(uint64_t id, uint64_t least) const {
  return mixed_hash(id, least) <
         std::numeric_limits<uint64_t>::max() / static_cast<uint64_t>(o_.k);
}

uint64_t GoldfishMask::least_of(std::span<const int64_t> ids) const {
  const auto run = static_cast<size_t>(o_.shingle);
  std::vector<uint64_t> runs;
  for (size_t i = 0; i + run <= ids.size(); ++i) {
    runs.push_back(run_hash(ids.subspan(i, run)));
  }
  return min_hash(runs, o_.table_seed);
}

GoldfishMask::Next GoldfishMask::behind(std::span<const int64_t> before) const {
  Next next;
  next.mask_ = this;
  const bool published = o_.form == GoldfishForm::published;
  const auto window = static_cast<size_t>(published ? o_.h - 1 : o_.h);
  if (before.size() < window) {
    next.decided_ = false;
    return next;
  }
  const std::span<const int64_t> known = before.last(window);
  if (o_.hash == GoldfishHash::minhash) {
    next.least_ = least_of(known);
    if (published) {
      next.begun_ = run_hash(known.last(static_cast<size_t>(o_.shingle - 1)));
    } else {
      next.decided_ =
          drops_last(static_cast<uint64_t>(known.back()), next.least_);
    }
    return next;
  }
  next.product_ = product_of(known);
  if (!published || next.product_ == 0) {
    next.decided_ = drops_key(next.product_);
  }
  return next;
}

bool GoldfishMask::Next::drops(int64_t id) const {
  if (decided_) return *decided_;
  const auto own = static_cast<uint64_t>(id);
  if (mask_->o_.hash == GoldfishHash::minhash) {
    const uint64_t run = mixed_hash(own, begun_);
    return mask_->drops_last(
        own, std::min(least_, mixed_hash(run, mask_->o_.table_seed)));
  }
  return mask_->drops_key(product_ * own);
}

std::vector<bool> GoldfishMask::dropped(
    std::span<const int64_t> targets) const {
  std::vector<bool> all(targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    all[i] = behind(targets.first(i)).drops(targets[i]);
  }
  return all;
}

}  // namespace lethe
