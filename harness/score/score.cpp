#include "harness/score/score.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "harness/base/error.h"
#include "harness/score/oom.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// One item as it is run: ids cut to the window, the last id never an input.
struct Job {
  size_t item;
  std::vector<int64_t> ids;
  int64_t score_from;
  int64_t shared = 0;  // first ids computed once for the whole group
  bool truncated = false;

  int64_t inputs() const { return static_cast<int64_t>(ids.size()) - 1; }
};

// Jobs that are computed together: a group with its shared prefix, or one.
struct Unit {
  std::vector<Job> jobs;
  int64_t shared = 0;
  int64_t tokens() const {
    int64_t all = shared;
    for (const Job& job : jobs) all += job.inputs() - shared;
    return all;
  }
};

void check_ids(const ScoreItem& item, int64_t vocab_size) {
  for (const int64_t id : item.ids) {
    if (id < 0 || id >= vocab_size) {
      fail_input("score",
                 fmt::format("token id {} is not below the model's "
                             "vocabulary of {}",
                             id, vocab_size),
                 "the tokenizer and the model do not belong together");
    }
  }
}

Job make_job(const ScoreItem& item, size_t index, int64_t window) {
  Job job{index, item.ids, std::max<int64_t>(1, item.score_from)};
  // The last token is predicted, never read: window + 1 ids fit.
  const auto over = static_cast<int64_t>(item.ids.size()) - (window + 1);
  if (over > 0) {
    job.ids.erase(job.ids.begin(), job.ids.begin() + over);
    job.score_from = std::max<int64_t>(1, job.score_from - over);
    job.truncated = true;
  }
  return job;
}

int64_t common_prefix(const std::vector<Job>& jobs) {
  const auto& first = jobs.front().ids;
  int64_t shared = jobs.front().score_from - 1;
  for (const Job& job : jobs) {
    const auto differ = std::mismatch(first.begin(), first.end(),
                                      job.ids.begin(), job.ids.end());
    shared = std::min({shared, job.score_from - 1, job.inputs() - 1,
                       static_cast<int64_t>(differ.first - first.begin())});
  }
  return std::max<int64_t>(0, shared);
}

std::vector<Unit> make_units(const Model& model,
                             const std::vector<ScoreItem>& items) {
  std::vector<Unit> units;
  std::map<int64_t, size_t> unit_of_group;
  for (size_t i = 0; i < items.size(); ++i) {
    check_ids(items[i], model.config().vocab_size);
    Job job = make_job(items[i], i, model.config().max_positions);
    const int64_t group = items[i].group;
    const auto found = unit_of_group.find(group);
    if (group >= 0 && found != unit_of_group.end()) {
      units[found->second].jobs.push_back(std::move(job));
      continue;
    }
    if (group >= 0) unit_of_group[group] = units.size();
    units.emplace_back().jobs.push_back(std::move(job));
  }
  for (Unit& unit : units) {
    if (unit.jobs.size() > 1) unit.shared = common_prefix(unit.jobs);
  }
  // Longest first: out of memory shows at once, equal lengths batch together.
  std::stable_sort(
      units.begin(), units.end(),
      [](const Unit& a, const Unit& b) { return a.tokens() > b.tokens(); });
  return units;
}

// The shared prefixes of a batch become segments; -1 where there is none.
std::vector<int64_t> run_prefixes(const Model& model,
                                  const std::vector<Unit>& units,
                                  Cache& cache) {
  std::vector<std::vector<int64_t>> prefixes;
  for (const Unit& unit : units) {
    if (unit.shared == 0) continue;
    const auto& ids = unit.jobs.front().ids;
    prefixes.emplace_back(ids.begin(), ids.begin() + unit.shared);
  }
  std::vector<int64_t> segment_of(units.size(), -1);
  if (prefixes.empty()) return segment_of;
  cache.keep = Cache::Keep::segments;
  model.hidden(ragged(prefixes, model.device()), &cache);
  cache.keep = Cache::Keep::nothing;
  size_t next = 0;
  for (size_t u = 0; u < units.size(); ++u) {
    if (units[u].shared > 0) segment_of[u] = cache.last_segments()[next++];
  }
  return segment_of;
}

struct Batch {
  Ragged rows;
  std::vector<int64_t> scored;   // rows of hidden states that are scored
  std::vector<int64_t> targets;  // their tokens
};

Batch make_batch(const Model& model, const std::vector<Unit>& units,
                 const std::vector<int64_t>& segment_of) {
  Batch batch;
  std::vector<std::vector<int64_t>> rows;
  std::vector<int64_t> start, parents;
  int64_t offset = 0;
  for (size_t u = 0; u < units.size(); ++u) {
    for (const Job& job : units[u].jobs) {
      rows.emplace_back(job.ids.begin() + units[u].shared, job.ids.end() - 1);
      start.push_back(units[u].shared);
      parents.push_back(segment_of[u]);
      for (int64_t t = job.score_from; t <= job.inputs(); ++t) {
        batch.scored.push_back(offset + t - 1 - units[u].shared);
        batch.targets.push_back(job.ids[t]);
      }
      offset += job.inputs() - units[u].shared;
    }
  }
  batch.rows = ragged(rows, model.device(), start);
  batch.rows.parents = parents;
  return batch;
}

TokenStatistics slice(const Job& job, size_t begin,
                      const std::vector<std::vector<float>>& reals,
                      const std::vector<std::vector<int64_t>>& whole) {
  TokenStatistics s;
  s.ids = job.ids;
  s.score_from = job.score_from;
  s.truncated = job.truncated;
  const size_t count = job.ids.size() - static_cast<size_t>(job.score_from);
  const auto cut = [&](const auto& all, auto& part) {
    if (all.empty()) return;
    part.assign(all.begin() + begin, all.begin() + begin + count);
  };
  cut(reals[0], s.logprobs);
  cut(reals[1], s.mu);
  cut(reals[2], s.sigma);
  cut(whole[0], s.argmax);
  cut(whole[1], s.rank);
  for (const float mu : s.mu) s.entropy.push_back(-mu);
  return s;
}

void run_batch(const Model& model, const std::vector<Unit>& units,
               const ScoreOptions& options, ScoreResult& result) {
  Cache cache(model.config());
  const std::vector<int64_t> segment_of = run_prefixes(model, units, cache);
  const Batch batch = make_batch(model, units, segment_of);
  const Tensor states = model.hidden(batch.rows, &cache);
  const RowStatistics rows = row_statistics(
      model, states.index_select(0, int_tensor(batch.scored, model.device())),
      int_tensor(batch.targets, model.device()), options.full_statistics);
  const bool full = options.full_statistics;
  const std::vector<std::vector<float>> reals = {
      to_floats(rows.logprob), full ? to_floats(rows.mu) : std::vector<float>(),
      full ? to_floats(rows.sigma) : std::vector<float>()};
  const std::vector<std::vector<int64_t>> whole = {to_ints(rows.argmax),
                                                   to_ints(rows.rank)};
  size_t begin = 0;
  for (const Unit& unit : units) {
    result.tokens += unit.tokens();
    for (const Job& job : unit.jobs) {
      result.naive_tokens += job.inputs();
      auto statistics =
          std::make_shared<TokenStatistics>(slice(job, begin, reals, whole));
      begin += statistics->count();
      result.statistics[job.item] = std::move(statistics);
    }
  }
  ++result.batches;
}

// Units with nothing to score (one token) never reach the model.
void take_trivial(std::vector<Unit>& units, ScoreResult& result) {
  for (Unit& unit : units) {
    std::vector<Job> real;
    for (Job& job : unit.jobs) {
      if (job.score_from <= job.inputs()) {
        real.push_back(std::move(job));
        continue;
      }
      auto statistics = std::make_shared<TokenStatistics>();
      statistics->ids = job.ids;
      statistics->score_from = static_cast<int64_t>(job.ids.size());
      statistics->truncated = job.truncated;
      result.statistics[job.item] = std::move(statistics);
    }
    unit.jobs = std::move(real);
  }
  units.erase(std::remove_if(units.begin(), units.end(),
                             [](const Unit& u) { return u.jobs.empty(); }),
              units.end());
}

}  // namespace

int64_t head_chunk(int64_t vocab_size) {
  return std::max<int64_t>(1, (int64_t{1} << 22) / vocab_size);
}

int64_t default_batch_tokens(at::Device device) {
  return device.is_cpu() ? 4096 : 16384;
}

RowStatistics row_statistics(const Model& model, const Tensor& states,
                             const Tensor& targets, bool full) {
  const int64_t chunk = head_chunk(model.config().vocab_size);
  std::vector<Tensor> logprob, argmax, rank, mu, sigma;
  for (int64_t begin = 0; begin < states.size(0); begin += chunk) {
    const int64_t count = std::min(chunk, states.size(0) - begin);
    const Tensor logits = model.head(states.narrow(0, begin, count));
    const Tensor target = targets.narrow(0, begin, count).unsqueeze(1);
    const Tensor chosen = logits.gather(1, target);
    const Tensor log_sum = logits.logsumexp(1, true);
    logprob.push_back((chosen - log_sum).squeeze(1));
    argmax.push_back(logits.argmax(1));
    // Equal logits: the lower id comes first, as argmax has it.
    const Tensor ids = at::arange(logits.size(1), target.options());
    rank.push_back(
        ((logits > chosen)
             .logical_or((logits == chosen).logical_and(ids < target)))
            .sum(1));
    if (!full) continue;
    const Tensor logp = logits - log_sum;
    const Tensor p = logp.exp();
    const Tensor mean = (p * logp).sum(1, true);
    const Tensor centred = logp - mean;  // two passes: no cancellation
    mu.push_back(mean.squeeze(1));
    sigma.push_back((p * centred * centred).sum(1).sqrt());
  }
  RowStatistics rows{at::cat(logprob), at::cat(argmax), at::cat(rank), {}, {}};
  if (full) {
    rows.mu = at::cat(mu);
    rows.sigma = at::cat(sigma);
  }
  return rows;
}

ScoreResult score(const Model& model, const std::vector<ScoreItem>& items,
                  const ScoreOptions& options) {
  const c10::InferenceMode inference;
  ScoreResult result;
  result.statistics.resize(items.size());
  std::vector<Unit> units = make_units(model, items);
  take_trivial(units, result);
  std::vector<int64_t> sizes;
  for (const Unit& unit : units) sizes.push_back(unit.tokens());
  in_batches(
      sizes,
      options.batch_tokens > 0 ? options.batch_tokens
                               : default_batch_tokens(model.device()),
      [&](size_t begin, size_t end) {
        const auto first = units.begin();
        run_batch(model, {first + begin, first + end}, options, result);
      },
      options.progress);
  return result;
}

}  // namespace lethe
