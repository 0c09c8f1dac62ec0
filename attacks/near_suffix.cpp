#include "attacks/near_suffix.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace lethe {

NearSuffix::NearSuffix(std::vector<int64_t> suffix, int64_t max_errors,
                       bool edit)
    : suffix_(std::move(suffix)), max_errors_(max_errors), edit_(edit) {}

NearSuffix::State NearSuffix::state(const std::vector<int64_t>& ids) const {
  State state;
  state.errors.resize(edit_ ? suffix_.size() + 1 : 1);
  if (edit_) std::iota(state.errors.begin(), state.errors.end(), 0);
  for (const int64_t id : ids) state = after(state, id);
  return state;
}

NearSuffix::State NearSuffix::after(const State& state, int64_t id) const {
  State next = state;
  const bool equal = suffix_[static_cast<size_t>(state.tokens)] == id;
  next.verbatim = state.verbatim && equal;
  ++next.tokens;
  if (!edit_) {
    next.errors[0] += equal ? 0 : 1;
    return next;
  }
  next.errors[0] = next.tokens;
  for (size_t j = 1; j < next.errors.size(); ++j) {
    const int64_t other = suffix_[j - 1] == id ? 0 : 1;
    next.errors[j] = std::min({state.errors[j - 1] + other, state.errors[j] + 1,
                               next.errors[j - 1] + 1});
  }
  return next;
}

bool NearSuffix::possible(const State& state) const {
  if (!edit_) return state.errors[0] <= max_errors_;
  // What is left of both differs in length: so many tokens are errors.
  for (int64_t j = 0; j <= length(); ++j) {
    const int64_t least =
        state.errors[static_cast<size_t>(j)] + std::abs(j - state.tokens);
    if (least <= max_errors_) return true;
  }
  return false;
}

bool NearSuffix::certain(const State& state) const {
  const int64_t left = length() - state.tokens;
  if (!edit_) return state.errors[0] + left <= max_errors_;
  // At worst nothing of what is left is equal.
  for (int64_t j = 0; j <= length(); ++j) {
    const int64_t most =
        state.errors[static_cast<size_t>(j)] + std::max(left, length() - j);
    if (most <= max_errors_) return true;
  }
  return false;
}

std::vector<int64_t> NearSuffix::reachable(size_t place) const {
  const auto at = static_cast<int64_t>(place);
  const int64_t reach = edit_ ? max_errors_ : 0;
  const int64_t first = std::max<int64_t>(0, at - reach);
  const int64_t last = std::min(length() - 1, at + reach);
  std::vector<int64_t> ids(suffix_.begin() + first, suffix_.begin() + last + 1);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace lethe
