#include "attacks/neighbours.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "harness/base/error.h"
#include "harness/base/rng.h"

namespace lethe {
namespace {

constexpr char kBlanks[] = " \t\r\n";

// The index that a number of [0, 1) picks.
size_t picked(const std::vector<double>& weights, double uniform) {
  double left = uniform * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

void best_swaps(const std::vector<int64_t>& chosen,
                const std::vector<MaskFill>& fills,
                const NeighbourOptions& options,
                const std::function<bool(const Swaps&)>& take) {
  std::vector<std::tuple<double, int64_t, int64_t>> all;  // -score, place, new
  for (size_t i = 0; i < chosen.size(); ++i) {
    const std::vector<double>& p = fills[i].probabilities;
    // What others have between them: 1 - own is 0 where own is rounded to 1.
    const double others =
        std::max(1 - fills[i].own, std::accumulate(p.begin(), p.end(), 0.0));
    for (size_t k = 0; k < p.size(); ++k) {
      all.emplace_back(-p[k] / others, chosen[i], fills[i].ids[k]);
    }
  }
  std::sort(all.begin(), all.end());
  int64_t taken = 0;
  for (const auto& [score, at, id] : all) {
    if (taken == options.neighbours) return;
    taken += take({{at, id}}) ? 1 : 0;
  }
}

void drawn_swaps(const std::vector<int64_t>& chosen,
                 const std::vector<MaskFill>& fills,
                 const NeighbourOptions& options,
                 const std::function<bool(const Swaps&)>& take) {
  Rng rng(static_cast<uint64_t>(options.seed),
          fmt::format("neighbour swaps {}", options.number));
  for (int64_t j = 0; j < options.neighbours; ++j) {
    const auto order = rng.permutation(static_cast<int64_t>(chosen.size()));
    const int64_t most =
        std::min(options.swaps, static_cast<int64_t>(chosen.size()));
    Swaps swaps;
    for (int64_t k = 0; k < most; ++k) {
      const auto i = static_cast<size_t>(order[static_cast<size_t>(k)]);
      if (fills[i].ids.empty()) continue;
      swaps.emplace_back(
          chosen[i],
          fills[i].ids[picked(fills[i].probabilities, rng.uniform())]);
    }
    if (!swaps.empty()) take(swaps);
  }
}

}  // namespace

std::vector<int64_t> chosen_places(const std::vector<int64_t>& places,
                                   const NeighbourOptions& options) {
  const auto all = static_cast<int64_t>(places.size());
  if (options.best || all == 0) return places;
  Rng rng(static_cast<uint64_t>(options.seed),
          fmt::format("neighbour places {}", options.number));
  const std::vector<int64_t> order = rng.permutation(all);
  std::vector<int64_t> chosen;
  for (int64_t k = 0; k < std::min(all, 4 * options.swaps); ++k) {
    chosen.push_back(
        places[static_cast<size_t>(order[static_cast<size_t>(k)])]);
  }
  return chosen;
}

void neighbours(const std::vector<int64_t>& chosen,
                const std::vector<MaskFill>& fills,
                const NeighbourOptions& options,
                const std::function<bool(const Swaps&)>& take) {
  if (options.best) {
    best_swaps(chosen, fills, options, take);
  } else {
    drawn_swaps(chosen, fills, options, take);
  }
}

std::vector<int64_t> swapped(std::vector<int64_t> ids, const Swaps& swaps) {
  for (const auto& [at, id] : swaps) ids[static_cast<size_t>(at)] = id;
  return ids;
}

FilledText::FilledText(const MaskFiller& filler, const std::string& text,
                       const std::string& prompt)
    : filler_(filler) {
  const std::string body = text.substr(std::min(prompt.size(), text.size()));
  const size_t begin = std::min(body.find_first_not_of(kBlanks), body.size());
  const size_t end = body.find_last_not_of(kBlanks) + 1;  // 0: blanks only
  before_ = text.substr(0, text.size() - body.size()) + body.substr(0, begin);
  after_ = body.substr(std::max(begin, end));
  ids_ = filler.encode(body);
}

std::vector<int64_t> FilledText::places() const {
  std::vector<int64_t> all;
  for (size_t t = 0; t < ids_.size(); ++t) {
    if (!filler_.special(ids_[t])) all.push_back(static_cast<int64_t>(t));
  }
  return all;
}

std::string FilledText::with(const Swaps& swaps) const {
  const std::string body = filler_.decode(swapped(ids_, swaps));
  const size_t begin = std::min(body.find_first_not_of(kBlanks), body.size());
  const size_t end = std::max(begin, body.find_last_not_of(kBlanks) + 1);
  return before_ + body.substr(begin, end - begin) + after_;
}

}  // namespace lethe
