#include "harness/score/score_job.h"

namespace lethe {

ScoreJob make_job(const ScoreItem& item, size_t index, int64_t window) {
  const auto size = static_cast<int64_t>(item.ids.size());
  // The last token is predicted, never read: window + 1 ids fit.
  const int64_t over = std::max<int64_t>(0, size - (window + 1));
  return {index, item.ids.data() + over, size - over,
          std::max<int64_t>(1, std::max<int64_t>(1, item.score_from) - over),
          over > 0};
}

bool inputs_before(const ScoreJob& a, const ScoreJob& b) {
  return std::lexicographical_compare(a.ids, a.ids + a.inputs(), b.ids,
                                      b.ids + b.inputs());
}

TokenStatistics statistics_of(const ScoreJob& job, const ScoreValues& values,
                              size_t begin) {
  TokenStatistics s;
  s.ids.assign(job.ids, job.ids + job.size);
  s.score_from = std::min(job.score_from, job.size);
  s.truncated = job.truncated;
  const auto count = static_cast<size_t>(job.scored());
  const auto cut = [&](const auto& all, auto& part) {
    if (all.empty()) return;
    part.assign(all.begin() + begin, all.begin() + begin + count);
  };
  cut(values.logprob, s.logprobs);
  cut(values.mu, s.mu);
  cut(values.sigma, s.sigma);
  cut(values.argmax, s.argmax);
  cut(values.rank, s.rank);
  for (const float mu : s.mu) s.entropy.push_back(-mu);
  return s;
}

Likelihood likelihood_of(const ScoreJob& job, const ScoreValues& values,
                         size_t begin) {
  Likelihood l;
  l.tokens = job.scored();
  l.truncated = job.truncated;
  if (l.tokens == 0) return l;
  l.sum = 0;
  l.greedy = true;
  for (size_t i = 0; i < static_cast<size_t>(l.tokens); ++i) {
    l.sum += values.logprob[begin + i];
    l.greedy =
        l.greedy && values.argmax[begin + i] == job.ids[job.score_from + i];
  }
  return l;
}

}  // namespace lethe
