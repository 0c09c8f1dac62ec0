#include "metrics/text_pairs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

namespace lethe {
namespace {

// Numbers texts; those with the same ids share one.
class Texts {
 public:
  Texts(TextModel& model, std::vector<WeightedText>& texts)
      : model_(model), texts_(texts) {
    const std::vector<int64_t> ids = model.specials();
    specials_.insert(ids.begin(), ids.end());
  }

  size_t number(const std::string& text) {
    const auto known = by_text_.find(text);
    if (known != by_text_.end()) return known->second;
    const std::vector<int64_t> ids = model_.encode(text);
    const auto [place, fresh] = by_ids_.emplace(ids, texts_.size());
    if (fresh) texts_.push_back(weighted(ids));
    by_text_.emplace(text, place->second);
    return place->second;
  }

 private:
  WeightedText weighted(const std::vector<int64_t>& ids) const {
    WeightedText text{ids, {}, true};
    for (const int64_t id : ids) {
      const bool own = specials_.count(id) == 0;
      text.weights.push_back(own ? 1 : 0);
      text.empty = text.empty && !own;
    }
    return text;
  }

  TextModel& model_;
  std::vector<WeightedText>& texts_;
  std::set<int64_t> specials_;
  std::unordered_map<std::string, size_t> by_text_;
  std::map<std::vector<int64_t>, size_t> by_ids_;
};

double larger(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
}

}  // namespace

TextPairs text_pairs(
    const Observations& observations, TextModel& model,
    const std::function<std::string(const std::string&)>& prepare) {
  TextPairs found;
  Texts texts(model, found.texts);
  const auto number = [&](const std::string& text) {
    return texts.number(prepare ? prepare(text) : text);
  };
  for (const Observation& seen : observations) {
    found.first.push_back(found.pairs.size());
    const size_t output = number(seen.output);
    for (const std::string& reference : seen.references) {
      found.pairs.emplace_back(output, number(reference));
    }
  }
  found.first.push_back(found.pairs.size());
  return found;
}

std::vector<Match> best_matches(const TextPairs& pairs,
                                const std::vector<Match>& matches) {
  std::vector<Match> best;
  for (size_t item = 0; item + 1 < pairs.first.size(); ++item) {
    Match most = matches[pairs.first[item]];
    for (size_t i = pairs.first[item] + 1; i < pairs.first[item + 1]; ++i) {
      most.precision = larger(most.precision, matches[i].precision);
      most.recall = larger(most.recall, matches[i].recall);
      most.f1 = larger(most.f1, matches[i].f1);
    }
    best.push_back(most);
  }
  return best;
}

}  // namespace lethe
