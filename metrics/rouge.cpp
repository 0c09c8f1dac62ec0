#include "metrics/rouge.h"

namespace lethe {

Row Rouge::best_of_runs(const Observation& seen, size_t n) const {
  const auto runs_in = [n](const Words& list) {
    return list.size() < n ? 0 : list.size() - n + 1;
  };
  const Words got = words_of(seen.output);
  return best_of(seen.references, [&](const std::string& reference) {
    const Words wanted = words_of(reference);
    return overlap(shared_runs(got, {wanted}, n).back(), runs_in(got),
                   runs_in(wanted));
  });
}

}  // namespace lethe
