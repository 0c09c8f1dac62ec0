// How far beginnings of continuations are from a suffix.
#pragma once

#include <cstdint>
#include <vector>

namespace lethe {

// Continuations have the suffix's length; near ones are within `max_errors` of
// it: places with another token, or (edit) Levenshtein's distance.
class NearSuffix {
 public:
  NearSuffix(std::vector<int64_t> suffix, int64_t max_errors, bool edit);

  // Of a beginning of a continuation.
  struct State {
    int64_t tokens = 0;
    bool verbatim = true;
    // edit: distance from the suffix's first j tokens, j = 0..L; else the
    // number of errors alone.
    std::vector<int64_t> errors;
  };
  // O(n L) for n ids; after(): O(L).
  State state(const std::vector<int64_t>& ids) const;
  State after(const State& state, int64_t id) const;

  // Some continuation of it is near. Exact for "hamming"; "edit": a bound that
  // is exact at the end.
  bool possible(const State& state) const;
  // All continuations of it are near.
  bool certain(const State& state) const;
  // It is the suffix's beginning.
  bool verbatim(const State& state) const { return state.verbatim; }

  // The ids, each once, that can lead to fewer errors than others at `place`.
  std::vector<int64_t> reachable(size_t place) const;

 private:
  int64_t length() const { return static_cast<int64_t>(suffix_.size()); }

  std::vector<int64_t> suffix_;
  int64_t max_errors_;
  bool edit_;
};

}  // namespace lethe
