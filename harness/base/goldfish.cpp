#include "harness/base/goldfish.h"

#include <random>

#include "harness/base/error.h"
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

}  // namespace

GoldfishForm goldfish_form(const std::string& name) {
  if (name == "published") return GoldfishForm::published;
  if (name == "preceding") return GoldfishForm::preceding;
  fail_usage("form", "\"" + name + "\" is unknown",
             suggest(name, {"published", "preceding"}));
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
  table_ = uniforms(o_.table_seed);
}

bool GoldfishMask::drops_key(uint64_t product) const {
  int64_t key = static_cast<int64_t>(product) % kTable;
  if (key < 0) key += kTable;
  return table_[static_cast<size_t>(key)] <
         static_cast<float>(1.0 / static_cast<double>(o_.k));
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
  next.product_ = product_of(before.last(window));
  if (!published || next.product_ == 0) {
    next.decided_ = drops_key(next.product_);
  }
  return next;
}

bool GoldfishMask::Next::drops(int64_t id) const {
  if (decided_) return *decided_;
  return mask_->drops_key(product_ * static_cast<uint64_t>(id));
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
