#include "metrics/rouge.h"

namespace lethe {

Row Rouge::best_of_subsequences(
    std::string_view output, const std::vector<std::string>& references) const {
  NumberedWords words(stemmer());
  const Numbers got = words.of(output);
  return best_of(references, [&](const std::string& reference) {
    const Numbers wanted = words.of(reference);
    return overlap(common_length(got, wanted, words.kinds()), got.size(),
                   wanted.size());
  });
}

Row Rouge::best_of_runs(const Observation& seen, size_t n) const {
  const auto runs_in = [n](const Numbers& list) {
    return list.size() < n ? 0 : list.size() - n + 1;
  };
  NumberedWords words(stemmer());
  const Numbers got = words.of(seen.output);
  return best_of(seen.references, [&](const std::string& reference) {
    const Numbers wanted = words.of(reference);
    const auto shared = shared_runs(got, {wanted}, words.kinds(), n);
    return overlap(shared.back(), runs_in(got), runs_in(wanted));
  });
}

}  // namespace lethe
