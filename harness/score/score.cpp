#include "harness/score/score.h"

#include <algorithm>

#include "harness/score/oom.h"
#include "harness/score/prefix_tree.h"
#include "harness/score/score_job.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// A segment shorter than this costs more than it saves.
constexpr int64_t kLeastShared = 4;

// What is known of segments: their keys and values, and the states of their
// last tokens that texts are scored from.
struct Computed {
  explicit Computed(const Model& model) : cache(model.new_cache()) {}

  Cache cache;
  std::vector<Tensor> states;  // [M, H] each
  int64_t rows = 0;            // of all states

  void add(const Tensor& more) {
    if (more.size(0) == 0) return;
    states.push_back(more);
    rows += more.size(0);
  }
};

// Where a segment's results lie.
struct Place {
  int64_t segment = -1;  // of the cache; -1: none
  int64_t state = -1;    // row of its last token's; -1: not asked for
};

// A node to run, and the segment that it continues.
struct Pending {
  const PrefixNode* node;
  Place parent;
};

class Scorer {
 public:
  // Takes the values of a job, which begin at the index.
  using Take =
      std::function<void(const ScoreJob&, const ScoreValues&, size_t begin)>;

  Scorer(const Model& model, const ScoreOptions& options, Take take)
      : model_(model), o_(options), take_(std::move(take)) {
    budget_ = o_.batch_tokens > 0 ? o_.batch_tokens
                                  : default_batch_tokens(model.device());
    window_ = o_.max_length > 0 ? o_.max_length : model.config().max_positions;
  }

  ScoreCost run(const std::vector<ScoreItem>& items) {
    std::vector<ScoreJob> jobs;
    for (size_t i = 0; i < items.size(); ++i) {
      check_ids(items[i].ids, model_.config().vocab_size);
      const ScoreJob job = make_job(items[i], i, window_);
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
  void run_alone(const std::vector<ScoreJob>& jobs) {
    const Computed none(model_);
    for (const ScoreJob& job : jobs) {
      texts_.assign(1, {});
      texts_.front().add(job);
      const int64_t tokens = job.inputs();
      const PrefixNode leaf{0, 0, 0, {}, tokens};
      try_with_memory(false, [&] { run_batch({&leaf}, {}, none); });
      if (o_.progress) o_.progress(tokens);
    }
  }

  void run_shared(std::vector<ScoreJob> jobs) {
    std::stable_sort(jobs.begin(), jobs.end(), inputs_before);
    for (const ScoreJob& job : jobs) {
      if (texts_.empty() || inputs_before(texts_.back().any(), job)) {
        texts_.emplace_back();
      }
      texts_.back().add(job);
    }
    std::vector<PrefixText> texts;
    for (const ScoreText& text : texts_) {
      texts.push_back({text.any().ids, text.any().inputs(), text.first_scored});
    }
    const std::vector<PrefixNode> forest = prefix_forest(texts, kLeastShared);
    std::vector<const PrefixNode*> trees;
    for (const PrefixNode& tree : forest) trees.push_back(&tree);
    run_trees(trees, {}, Computed(model_));
  }

  // Trees that continue a segment. A tree over the budget is taken apart: its
  // segment first, then what is below.
  void run_trees(const std::vector<const PrefixNode*>& trees, Place parent,
                 const Computed& above) {
    std::vector<const PrefixNode*> fit;
    std::vector<int64_t> sizes;
    for (const PrefixNode* tree : trees) {
      if (tree->is_segment() && tree->tokens > budget_) {
        run_large(*tree, parent, above);
      } else {
        fit.push_back(tree);
        sizes.push_back(tree->tokens);
      }
    }
    in_batches(
        sizes, budget_,
        [&](size_t begin, size_t end) {
          run_batch({fit.begin() + begin, fit.begin() + end}, parent, above);
        },
        o_.progress);
  }

  void run_large(const PrefixNode& tree, Place parent, Computed known) {
    std::vector<Place> segment;
    const int64_t tokens = tree.end - tree.begin;
    try_with_memory(false, [&] {
      segment = run_segments({{&tree, parent}}, known);
    });
    if (o_.progress) o_.progress(tokens);
    std::vector<const PrefixNode*> below;
    for (const PrefixNode& child : tree.children) below.push_back(&child);
    run_trees(below, segment.front(), known);
  }

  const ScoreText& text_of(const PrefixNode& node) const {
    return texts_[node.text];
  }

  // Whether a text's first scored token follows the segment's last.
  bool is_scored_from(const PrefixNode& segment) const {
    return std::any_of(segment.children.begin(), segment.children.end(),
                       [&](const PrefixNode& child) {
                         return !child.is_segment() &&
                                text_of(child).first_scored == child.begin;
                       });
  }

  std::vector<Place> run_segments(const std::vector<Pending>& segments,
                                  Computed& known) {
    std::vector<std::vector<int64_t>> rows;
    std::vector<int64_t> start, parents, wanted;
    std::vector<Place> places(segments.size());
    int64_t offset = 0;
    for (size_t i = 0; i < segments.size(); ++i) {
      const PrefixNode& node = *segments[i].node;
      const int64_t* ids = text_of(node).any().ids;
      rows.emplace_back(ids + node.begin, ids + node.end);
      start.push_back(node.begin);
      parents.push_back(segments[i].parent.segment);
      offset += node.end - node.begin;
      if (!is_scored_from(node)) continue;
      places[i].state = known.rows + static_cast<int64_t>(wanted.size());
      wanted.push_back(offset - 1);
    }
    Ragged ragged_rows = ragged(rows, model_.device(), start);
    ragged_rows.parents = parents;
    ragged_rows.wanted = int_tensor(wanted, model_.device());
    known.cache.keep = Cache::Keep::segments;
    known.add(model_.hidden(ragged_rows, &known.cache));
    known.cache.keep = Cache::Keep::nothing;
    cost_.tokens += ragged_rows.tokens();
    const std::vector<int64_t> kept = known.cache.last_segments();
    for (size_t i = 0; i < kept.size(); ++i) places[i].segment = kept[i];
    return places;
  }

  // All segments of the trees, level by level, then all leaves in one pass.
  // Takes a copy of what is known: what is computed here goes with it.
  void run_batch(const std::vector<const PrefixNode*>& trees, Place parent,
                 Computed known) {
    const int64_t before_batch = cost_.tokens;
    std::vector<Pending> leaves, segments;
    const auto put = [&](const PrefixNode& node, Place above) {
      (node.is_segment() ? segments : leaves).push_back({&node, above});
    };
    for (const PrefixNode* tree : trees) put(*tree, parent);
    while (!segments.empty()) {
      const std::vector<Pending> level = std::move(segments);
      segments.clear();
      const std::vector<Place> places = run_segments(level, known);
      for (size_t i = 0; i < level.size(); ++i) {
        for (const PrefixNode& child : level[i].node->children) {
          put(child, places[i]);
        }
      }
    }
    run_leaves(leaves, known);
    ++cost_.batches;
    cost_.largest_batch =
        std::max(cost_.largest_batch, cost_.tokens - before_batch);
  }

  // A token to score: the row of the states before it, and its place among the
  // values of the batch.
  struct Scored {
    int64_t state, target, value;
  };

  void run_leaves(const std::vector<Pending>& leaves, Computed& known) {
    std::vector<std::vector<int64_t>> rows;
    std::vector<int64_t> start, parents;
    std::vector<Scored> scored;
    int64_t offset = known.rows;
    for (const auto& [leaf, parent] : leaves) {
      const ScoreJob& any = text_of(*leaf).any();
      for (const ScoreJob& job : text_of(*leaf).jobs) {
        for (int64_t t = job.score_from; t < job.size; ++t) {
          const bool own = t > leaf->begin;
          scored.push_back({own ? offset + t - 1 - leaf->begin : parent.state,
                            job.ids[t], static_cast<int64_t>(scored.size())});
        }
      }
      if (any.inputs() == leaf->begin) continue;  // the parent says it all
      rows.emplace_back(any.ids + leaf->begin, any.ids + any.inputs());
      start.push_back(leaf->begin);
      parents.push_back(parent.segment);
      offset += any.inputs() - leaf->begin;
    }
    cost_.scored_tokens += static_cast<int64_t>(scored.size());
    std::stable_sort(
        scored.begin(), scored.end(),
        [](const Scored& a, const Scored& b) { return a.state < b.state; });
    Ragged batch = ragged(rows, model_.device(), start);
    batch.parents = parents;
    std::vector<int64_t> places;
    const Tensor states = scored_states(batch, scored, known, places);
    const ScoreValues values = values_of(states, places, scored);
    size_t begin = 0;
    for (const auto& [leaf, parent] : leaves) {
      for (const ScoreJob& job : text_of(*leaf).jobs) {
        take_(job, values, begin);
        begin += static_cast<size_t>(job.scored());
      }
    }
  }

  // States of the scored tokens [R, H], each once: the segments' that are
  // needed, then those of the leaves' own tokens. Fills `places`, the row of
  // each of `scored`, which ascend by state.
  Tensor scored_states(Ragged& batch, const std::vector<Scored>& scored,
                       Computed& known, std::vector<int64_t>& places) {
    std::vector<int64_t> shared, own;
    int64_t last = -1;
    for (const Scored& each : scored) {
      if (each.state != last && each.state < known.rows) {
        shared.push_back(each.state);
      } else if (each.state != last) {
        own.push_back(each.state - known.rows);
      }
      last = each.state;
      places.push_back(static_cast<int64_t>(shared.size() + own.size()) - 1);
    }
    std::vector<Tensor> states;
    if (!shared.empty()) {
      states.push_back(
          at::cat(known.states)
              .index_select(0, int_tensor(shared, model_.device())));
    }
    if (batch.tokens() > 0) {
      batch.wanted = int_tensor(own, model_.device());
      states.push_back(model_.hidden(batch, &known.cache));
      cost_.tokens += batch.tokens();
    }
    return states.size() == 1 ? states.front() : at::cat(states);
  }

  // The batch's numbers come to the host here, all at once, in the order of
  // Scored::value.
  ScoreValues values_of(const Tensor& states,
                        const std::vector<int64_t>& places,
                        const std::vector<Scored>& scored) const {
    std::vector<int64_t> targets, order(scored.size());
    for (size_t m = 0; m < scored.size(); ++m) {
      targets.push_back(scored[m].target);
      order[static_cast<size_t>(scored[m].value)] = static_cast<int64_t>(m);
    }
    const RowStatistics rows = row_statistics(
        model_, states, places, int_tensor(targets, model_.device()), o_);
    const Tensor in_order = int_tensor(order, model_.device());
    const auto floats = [&](const Tensor& of_rows) {
      return to_floats(of_rows.index_select(0, in_order));
    };
    const auto ints = [&](const Tensor& of_rows) {
      return to_ints(of_rows.index_select(0, in_order));
    };
    ScoreValues values;
    values.logprob = floats(rows.logprob);
    values.argmax = ints(rows.argmax);
    if (o_.full_statistics) {
      values.rank = ints(rows.rank);
      values.mu = floats(rows.mu);
      values.sigma = floats(rows.sigma);
    }
    return values;
  }

  const Model& model_;
  const ScoreOptions& o_;
  const Take take_;
  int64_t budget_ = 0;
  int64_t window_ = 0;
  std::vector<ScoreText> texts_;
  ScoreCost cost_;
};

}  // namespace

ScoreResult score(const Model& model, const std::vector<ScoreItem>& items,
                  const ScoreOptions& options) {
  const c10::InferenceMode inference;
  ScoreResult result;
  result.statistics.resize(items.size());
  const auto take = [&](const ScoreJob& job, const ScoreValues& values,
                        size_t begin) {
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
  const auto take = [&](const ScoreJob& job, const ScoreValues& values,
                        size_t begin) {
    result.likelihoods[job.item] = likelihood_of(job, values, begin);
  };
  result.cost = Scorer(model, lean, take).run(items);
  return result;
}

}  // namespace lethe
