#include "harness/score/score.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "harness/score/oom.h"
#include "harness/score/prefix_tree.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// A segment shorter than this costs more than it saves.
constexpr int64_t kLeastShared = 4;

// One item as it is run: ids cut to the window, the last id never an input.
struct Job {
  size_t item;
  const int64_t* ids;
  int64_t size;
  int64_t score_from;
  bool truncated;

  int64_t inputs() const { return size - 1; }
  int64_t scored() const { return std::max<int64_t>(0, size - score_from); }
};

Job make_job(const ScoreItem& item, size_t index, int64_t window) {
  const auto size = static_cast<int64_t>(item.ids.size());
  // The last token is predicted, never read: window + 1 ids fit.
  const int64_t over = std::max<int64_t>(0, size - (window + 1));
  return {index, item.ids.data() + over, size - over,
          std::max<int64_t>(1, std::max<int64_t>(1, item.score_from) - over),
          over > 0};
}

// Jobs whose inputs are equal: one row of the forward pass.
struct Text {
  std::vector<Job> jobs;
  int64_t first_scored = std::numeric_limits<int64_t>::max();

  const Job& any() const { return jobs.front(); }
  void add(const Job& job) {
    jobs.push_back(job);
    first_scored = std::min(first_scored, job.score_from);
  }
};

bool before(const Job& a, const Job& b) {
  return std::lexicographical_compare(a.ids, a.ids + a.inputs(), b.ids,
                                      b.ids + b.inputs());
}

// What a batch yields, on the host: one entry a scored token.
struct Values {
  std::vector<float> logprob, mu, sigma;
  std::vector<int64_t> argmax, rank;
};

class Scorer {
 public:
  // Takes the values of a job, which begin at the index.
  using Take = std::function<void(const Job&, const Values&, size_t begin)>;

  Scorer(const Model& model, const ScoreOptions& options, Take take)
      : model_(model), o_(options), take_(std::move(take)) {
    budget_ = o_.batch_tokens > 0 ? o_.batch_tokens
                                  : default_batch_tokens(model.device());
    window_ = o_.max_length > 0 ? o_.max_length : model.config().max_positions;
  }

  ScoreCost run(const std::vector<ScoreItem>& items) {
    std::vector<Job> jobs;
    for (size_t i = 0; i < items.size(); ++i) {
      check_ids(items[i].ids, model_.config().vocab_size);
      const Job job = make_job(items[i], i, window_);
      if (job.scored() == 0) {  // nothing to score never reaches the model
        take_(job, {}, 0);
        continue;
      }
      cost_.naive_tokens += job.inputs();
      jobs.push_back(job);
    }
    o_.alone ? run_alone(jobs) : run_shared(std::move(jobs));
    return cost_;
  }

 private:
  void run_alone(const std::vector<Job>& jobs) {
    const Cache none(model_.config());
    for (const Job& job : jobs) {
      texts_.assign(1, {});
      texts_.front().add(job);
      const int64_t tokens = job.inputs();
      const PrefixNode leaf{0, 0, 0, {}, tokens};
      try_with_memory(false, [&] { run_batch({&leaf}, -1, none); });
      if (o_.progress) o_.progress(tokens);
    }
  }

  void run_shared(std::vector<Job> jobs) {
    std::stable_sort(jobs.begin(), jobs.end(), before);
    for (const Job& job : jobs) {
      if (texts_.empty() || before(texts_.back().any(), job)) {
        texts_.emplace_back();
      }
      texts_.back().add(job);
    }
    std::vector<PrefixText> texts;
    for (const Text& text : texts_) {
      const int64_t inputs = text.any().inputs();
      texts.push_back(
          {text.any().ids, inputs, std::min(text.first_scored, inputs) - 1});
    }
    const std::vector<PrefixNode> forest = prefix_forest(texts, kLeastShared);
    std::vector<const PrefixNode*> trees;
    for (const PrefixNode& tree : forest) trees.push_back(&tree);
    run_trees(trees, -1, Cache(model_.config()));
  }

  // Trees that continue a segment of the cache (-1: none). A tree over the
  // budget is taken apart: its segment first, then what is below.
  void run_trees(const std::vector<const PrefixNode*>& trees, int64_t parent,
                 const Cache& cache) {
    std::vector<const PrefixNode*> fit;
    std::vector<int64_t> sizes;
    for (const PrefixNode* tree : trees) {
      if (tree->is_segment() && tree->tokens > budget_) {
        run_large(*tree, parent, cache);
      } else {
        fit.push_back(tree);
        sizes.push_back(tree->tokens);
      }
    }
    in_batches(
        sizes, budget_,
        [&](size_t begin, size_t end) {
          run_batch({fit.begin() + begin, fit.begin() + end}, parent, cache);
        },
        o_.progress);
  }

  void run_large(const PrefixNode& tree, int64_t parent, Cache cache) {
    std::vector<int64_t> segment;
    const int64_t tokens = tree.end - tree.begin;
    try_with_memory(false,
                    [&] { segment = run_segments({&tree}, {parent}, cache); });
    if (o_.progress) o_.progress(tokens);
    std::vector<const PrefixNode*> below;
    for (const PrefixNode& child : tree.children) below.push_back(&child);
    run_trees(below, segment.front(), cache);
  }

  const int64_t* ids_of(const PrefixNode& node) const {
    return texts_[node.text].any().ids;
  }

  // The segments' places in the cache.
  std::vector<int64_t> run_segments(const std::vector<const PrefixNode*>& nodes,
                                    const std::vector<int64_t>& parents,
                                    Cache& cache) {
    std::vector<std::vector<int64_t>> rows;
    std::vector<int64_t> start;
    for (const PrefixNode* node : nodes) {
      const int64_t* ids = ids_of(*node);
      rows.emplace_back(ids + node->begin, ids + node->end);
      start.push_back(node->begin);
    }
    Ragged ragged_rows = ragged(rows, model_.device(), start);
    ragged_rows.parents = parents;
    ragged_rows.wanted = int_tensor({}, model_.device());
    cache.keep = Cache::Keep::segments;
    model_.hidden(ragged_rows, &cache);
    cache.keep = Cache::Keep::nothing;
    cost_.tokens += ragged_rows.tokens();
    return cache.last_segments();
  }

  // All segments of the trees, level by level, then all leaves in one pass.
  // Takes a copy of the cache: what is computed here goes with it.
  void run_batch(const std::vector<const PrefixNode*>& trees, int64_t parent,
                 Cache cache) {
    const int64_t before_batch = cost_.tokens;
    std::vector<const PrefixNode*> leaves;
    std::vector<int64_t> leaf_parents;
    std::vector<const PrefixNode*> level = trees;
    std::vector<int64_t> parents(trees.size(), parent);
    while (!level.empty()) {
      std::vector<const PrefixNode*> segments;
      std::vector<int64_t> above;
      for (size_t i = 0; i < level.size(); ++i) {
        const bool deeper = level[i]->is_segment();
        (deeper ? segments : leaves).push_back(level[i]);
        (deeper ? above : leaf_parents).push_back(parents[i]);
      }
      level.clear();
      parents.clear();
      if (segments.empty()) break;
      const std::vector<int64_t> places = run_segments(segments, above, cache);
      for (size_t i = 0; i < segments.size(); ++i) {
        for (const PrefixNode& child : segments[i]->children) {
          level.push_back(&child);
          parents.push_back(places[i]);
        }
      }
    }
    run_leaves(leaves, leaf_parents, cache);
    ++cost_.batches;
    cost_.largest_batch =
        std::max(cost_.largest_batch, cost_.tokens - before_batch);
  }

  void run_leaves(const std::vector<const PrefixNode*>& leaves,
                  const std::vector<int64_t>& parents, Cache& cache) {
    std::vector<std::vector<int64_t>> rows;
    std::vector<int64_t> start, scored, targets;
    int64_t offset = 0;
    for (const PrefixNode* leaf : leaves) {
      const Job& any = texts_[leaf->text].any();
      rows.emplace_back(any.ids + leaf->begin, any.ids + any.inputs());
      start.push_back(leaf->begin);
      for (const Job& job : texts_[leaf->text].jobs) {
        for (int64_t t = job.score_from; t < job.size; ++t) {
          scored.push_back(offset + t - 1 - leaf->begin);
          targets.push_back(job.ids[t]);
        }
      }
      offset += any.inputs() - leaf->begin;
    }
    Ragged batch = ragged(rows, model_.device(), start);
    batch.parents = parents;
    const std::vector<int64_t> places = make_distinct(scored);
    batch.wanted = int_tensor(scored, model_.device());
    const Tensor states = model_.hidden(batch, &cache);
    cost_.tokens += batch.tokens();
    cost_.scored_tokens += static_cast<int64_t>(targets.size());
    const Values values = values_of(states, places, targets);
    size_t begin = 0;
    for (const PrefixNode* leaf : leaves) {
      for (const Job& job : texts_[leaf->text].jobs) {
        take_(job, values, begin);
        begin += static_cast<size_t>(job.scored());
      }
    }
  }

  // Sorts `rows` and leaves each once; where each stood before stands now.
  static std::vector<int64_t> make_distinct(std::vector<int64_t>& rows) {
    const std::vector<int64_t> given = rows;
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::vector<int64_t> places;
    for (const int64_t row : given) {
      places.push_back(std::lower_bound(rows.begin(), rows.end(), row) -
                       rows.begin());
    }
    return places;
  }

  // The batch's numbers come to the host here, all at once.
  Values values_of(const Tensor& states, const std::vector<int64_t>& places,
                   const std::vector<int64_t>& targets) const {
    const RowStatistics rows = row_statistics(
        model_, states.index_select(0, int_tensor(places, model_.device())),
        int_tensor(targets, model_.device()), o_);
    Values values;
    values.logprob = to_floats(rows.logprob);
    values.argmax = to_ints(rows.argmax);
    if (o_.full_statistics) {
      values.rank = to_ints(rows.rank);
      values.mu = to_floats(rows.mu);
      values.sigma = to_floats(rows.sigma);
    }
    return values;
  }

  const Model& model_;
  const ScoreOptions& o_;
  const Take take_;
  int64_t budget_ = 0;
  int64_t window_ = 0;
  std::vector<Text> texts_;
  ScoreCost cost_;
};

TokenStatistics statistics_of(const Job& job, const Values& values,
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

Likelihood likelihood_of(const Job& job, const Values& values, size_t begin) {
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

}  // namespace

ScoreResult score(const Model& model, const std::vector<ScoreItem>& items,
                  const ScoreOptions& options) {
  const c10::InferenceMode inference;
  ScoreResult result;
  result.statistics.resize(items.size());
  const auto take = [&](const Job& job, const Values& values, size_t begin) {
    result.statistics[job.item] =
        std::make_shared<TokenStatistics>(statistics_of(job, values, begin));
  };
  result.cost = Scorer(model, options, take).run(items);
  return result;
}

LikelihoodResult likelihoods(const Model& model,
                             const std::vector<ScoreItem>& items,
                             const ScoreOptions& options) {
  const c10::InferenceMode inference;
  LikelihoodResult result;
  result.likelihoods.resize(items.size());
  ScoreOptions lean = options;
  lean.full_statistics = false;
  const auto take = [&](const Job& job, const Values& values, size_t begin) {
    result.likelihoods[job.item] = likelihood_of(job, values, begin);
  };
  result.cost = Scorer(model, lean, take).run(items);
  return result;
}

}  // namespace lethe
