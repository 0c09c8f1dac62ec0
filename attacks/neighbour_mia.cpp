// Neighbourhood membership inference: a text that is likelier than texts that
// differ from it in a few tokens was probably in the training set.
//
//   score = LL(x) - mean_j LL(x_j), LL the mean log-prob [nats/token]; higher:
//           a member
//   x_j: `share` of the scored tokens, drawn anew for each neighbour, replaced
//        by one of the `candidates` likeliest others in that place, drawn by
//        their probability
//
// Paper: Mattern et al. 2023, arXiv:2305.18462. Peer: mimir @ 1b6fd64, whose
// proposals come from a masked language model with the embedding dropped out.
// Here the attacked model proposes, from the left context alone: no second
// model is needed, and neighbours are as fluent as it can make them. A mask
// filler's folder cannot be named yet: no head of one is loaded.
// Places are drawn from a pool of four times as many, for whose left contexts
// the model is asked once. Neighbours are token ids and are not read again.
#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

struct Options {
  int64_t neighbours = 25;  // of each text, 1 to 1000
  double share = 0.05;      // of the scored tokens that are replaced, (0, 1]
  int64_t candidates = 6;   // tokens that may stand in a place, 1 to 100
  int64_t seed = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, neighbours, share,
                                                candidates, seed)

// A place of a text and what may stand there instead.
struct Place {
  int64_t at = 0;               // in ids
  std::vector<int64_t> ids;     // likeliest first, the text's own left out
  std::vector<double> weights;  // their probabilities
};

// One text on its way to its neighbours.
struct Draft {
  const Example* example = nullptr;
  int64_t swaps = 0;
  std::vector<Place> pool;
  size_t first_item = 0;  // of the items that are scored: itself, then them
};

// The index that a number of [0, 1) picks.
size_t picked(const std::vector<double>& weights, double uniform) {
  double total = 0;
  for (const double weight : weights) total += weight;
  double left = uniform * total;
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

class NeighbourMia final : public Probe {
 public:
  explicit NeighbourMia(const Json& json) : o_(parse<Options>(json)) {
    check(o_.neighbours >= 1 && o_.neighbours <= 1000, "neighbours",
          static_cast<double>(o_.neighbours), "1 to 1000");
    check(o_.share > 0 && o_.share <= 1, "share", o_.share,
          "a share above 0, at most 1");
    check(o_.candidates >= 1 && o_.candidates <= 100, "candidates",
          static_cast<double>(o_.candidates), "1 to 100");
  }
  Needs needs() const override {
    return {.token_statistics = true, .generate = true};
  }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    std::vector<Draft> drafts;
    for (size_t i = 0; i < examples.size(); ++i) {
      drafts.push_back(draft_of(examples[i], i, target.window()));
    }
    propose(target, drafts);
    std::vector<ScoreItem> items;
    for (size_t i = 0; i < drafts.size(); ++i) {
      drafts[i].first_item = items.size();
      add_items(drafts[i], i, items);
    }
    const std::vector<Likelihood> scored = target.likelihoods(items);
    Observations all;
    for (size_t i = 0; i < drafts.size(); ++i) {
      const size_t end =
          i + 1 < drafts.size() ? drafts[i + 1].first_item : items.size();
      Observation seen = observe(examples[i]);
      seen.score = score(scored, drafts[i].first_item, end);
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  static void check(bool holds, const char* name, double value,
                    const char* cure) {
    if (holds) return;
    fail_usage("neighbour_mia", fmt::format("{} is {}", name, value),
               fmt::format("give {}", cure));
  }

  // Places to ask about. None where the text is longer than the window: it
  // would be cut, and its neighbours with it.
  Draft draft_of(const Example& e, size_t number, int64_t window) const {
    Draft draft;
    draft.example = &e;
    const auto length = static_cast<int64_t>(e.ids.size());
    const int64_t from = std::max<int64_t>(1, e.score_from);
    if (length <= from || length > window) return draft;
    const int64_t scored = length - from;
    const double wanted = o_.share * static_cast<double>(scored);
    draft.swaps = std::max<int64_t>(1, static_cast<int64_t>(wanted));
    const int64_t pool = std::min(scored, 4 * draft.swaps);
    Rng rng(static_cast<uint64_t>(o_.seed),
            fmt::format("neighbour places {}", number));
    const std::vector<int64_t> order = rng.permutation(scored);
    for (int64_t k = 0; k < pool; ++k) {
      draft.pool.push_back({from + order[static_cast<size_t>(k)], {}, {}});
    }
    return draft;
  }

  // The likeliest tokens of every place: beams of one step.
  void propose(const Target& target, std::vector<Draft>& drafts) const {
    Prompts prompts;
    std::vector<std::pair<Draft*, Place*>> places;
    for (Draft& draft : drafts) {
      for (Place& place : draft.pool) {
        const auto& ids = draft.example->ids;
        prompts.emplace_back(ids.begin(), ids.begin() + place.at);
        places.emplace_back(&draft, &place);
      }
    }
    GenerateOptions options;
    options.max_new_tokens = 1;
    options.num_beams = o_.candidates + 1;
    options.num_return_sequences = o_.candidates + 1;
    const Generation found = target.generate(prompts, options);
    for (size_t i = 0; i < places.size(); ++i) {
      Place& place = *places[i].second;
      const int64_t own =
          places[i].first->example->ids[static_cast<size_t>(place.at)];
      for (const Sequence& one : found.sequences[i]) {
        const bool full =
            static_cast<int64_t>(place.ids.size()) == o_.candidates;
        if (one.ids.empty() || one.ids.front() == own || full) continue;
        place.ids.push_back(one.ids.front());
        place.weights.push_back(std::exp(one.score));
      }
    }
  }

  // The text itself, then its neighbours.
  void add_items(const Draft& draft, size_t number,
                 std::vector<ScoreItem>& items) const {
    const Example& e = *draft.example;
    if (draft.pool.empty()) return;
    items.push_back({e.ids, e.score_from});
    Rng rng(static_cast<uint64_t>(o_.seed),
            fmt::format("neighbour swaps {}", number));
    for (int64_t j = 0; j < o_.neighbours; ++j) {
      std::vector<int64_t> ids = e.ids;
      const auto order =
          rng.permutation(static_cast<int64_t>(draft.pool.size()));
      for (int64_t k = 0; k < draft.swaps; ++k) {
        const Place& place =
            draft.pool[static_cast<size_t>(order[static_cast<size_t>(k)])];
        if (place.ids.empty()) continue;
        ids[static_cast<size_t>(place.at)] =
            place.ids[picked(place.weights, rng.uniform())];
      }
      items.push_back({std::move(ids), e.score_from});
    }
  }

  // NaN when nothing could be replaced.
  static double score(const std::vector<Likelihood>& scored, size_t begin,
                      size_t end) {
    if (begin == end) return std::numeric_limits<double>::quiet_NaN();
    const auto mean = [&](size_t i) {
      return scored[i].sum / static_cast<double>(scored[i].tokens);
    };
    double others = 0;
    for (size_t i = begin + 1; i < end; ++i) others += mean(i);
    return mean(begin) - others / static_cast<double>(end - begin - 1);
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<NeighbourMia>(
    {.name = "neighbour_mia",
     .summary =
         "Membership by how much likelier a text is than its neighbours.",
     .paper = "arXiv:2305.18462",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
