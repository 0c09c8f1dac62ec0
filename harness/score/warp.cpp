#include "harness/score/warp.h"

#include <limits>

#include "harness/base/error.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr double kMinus = -std::numeric_limits<double>::infinity();

// The nucleus: from the least likely up, tokens go while their sum stays within
// 1 - p; the most likely one always stays.
Tensor nucleus(const Tensor& logits, double p) {
  const auto [sorted, order] = logits.sort(-1, false);
  Tensor gone = at::softmax(sorted, -1).cumsum(-1) <= 1 - p;
  gone.select(1, -1).fill_(false);
  return logits.masked_fill(gone.scatter(1, order, gone), kMinus);
}

}  // namespace

void check_warping(const GenerateOptions& o) {
  if (!(o.temperature > 0)) {
    fail_usage("temperature", fmt::format("is {}", o.temperature),
               "give a number above 0; greedy needs none");
  }
  if (o.top_k < 0) {
    fail_usage("top_k", fmt::format("is {}", o.top_k), "0 keeps every token");
  }
  if (!(o.top_p > 0 && o.top_p <= 1)) {
    fail_usage("top_p", fmt::format("is {}", o.top_p),
               "give a number above 0, at most 1");
  }
}

Tensor warp(const Tensor& logits, const GenerateOptions& o) {
  check_warping(o);
  Tensor warped = o.temperature == 1 ? logits : logits / o.temperature;
  if (o.top_k > 0) {
    const int64_t k = std::min(o.top_k, logits.size(1));
    const Tensor least =
        std::get<0>(warped.topk(k, -1)).select(1, -1).unsqueeze(1);
    warped = warped.masked_fill(warped < least, kMinus);
  }
  return o.top_p < 1 ? nucleus(warped, o.top_p) : warped;
}

}  // namespace lethe
