// DC-PDD membership inference: in a text that was trained on, tokens that are
// rare elsewhere are likely.
//
//   score = mean over the first occurrence of each token of
//           min(a, p(x_t | x_<t) log(1 / f(x_t))); higher: a member
//   f(v) = (count of v + 1) / (count of all + V), in a corpus
//
// Paper: Zhang et al. 2024, arXiv:2409.14781, section 3. Peer: mimir @ 1b6fd64,
// the definition; its sign is the opposite, and its counts are of texts that
// hold a token, for repeated ids are added once. The first token is scored only
// after a leading special (the peer puts an end of text there). Without a
// corpus the data themselves are counted: rare means rare among these texts.
#include <algorithm>
#include <cmath>
#include <set>

#include "harness/base/registry.h"
#include "harness/data/rows.h"
#include "harness/model/model.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

struct Options {
  double a = 0.01;     // the most that a token counts, > 0
  std::string corpus;  // a file of rows with "text"; empty: the data
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, a, corpus)

// How rare each token is: log(1 / f).
class Rarity {
 public:
  Rarity(const Target& target, const Examples& examples,
         const std::string& corpus) {
    if (target.model() == nullptr) {
      fail_usage("dc_pdd_mia", "the target's vocabulary is not known",
                 "attack a model folder");
    }
    counts_.resize(static_cast<size_t>(target.model()->config().vocab_size));
    if (corpus.empty()) {
      for (const Example& e : examples) {
        count({e.ids.begin() + e.leading, e.ids.end()});
      }
      return;
    }
    const int64_t leading = examples.empty() ? 0 : examples.front().leading;
    for (const DataRow& row : read_rows(corpus)) {
      const std::string text = require_string(row.fields, "text", row.where);
      const std::vector<int64_t> ids = target.encode(text, true);
      count({ids.begin() + leading, ids.end()});
    }
  }

  double of(int64_t token) const {
    return std::log(static_cast<double>(total_) +
                    static_cast<double>(counts_.size())) -
           std::log(counts_.at(static_cast<size_t>(token)) + 1);
  }

 private:
  void count(const std::vector<int64_t>& ids) {
    for (const int64_t id : ids) counts_.at(static_cast<size_t>(id)) += 1;
    total_ += static_cast<int64_t>(ids.size());
  }

  std::vector<double> counts_;
  int64_t total_ = 0;
};

class DcPddMia final : public Probe {
 public:
  explicit DcPddMia(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.a > 0)) {
      fail_usage("dc_pdd_mia", fmt::format("a is {}", o_.a),
                 "give a number above 0, e.g. 0.01");
    }
  }
  Needs needs() const override {
    return {.token_statistics = true, .tokenizer = !o_.corpus.empty()};
  }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto statistics = target.statistics(examples);
    const Rarity rarity(target, examples, o_.corpus);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.score = score(*statistics[i], rarity);
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  // NaN when no token is scored.
  double score(const TokenStatistics& s, const Rarity& rarity) const {
    std::set<int64_t> seen;
    double sum = 0;
    for (size_t t = 0; t < s.count(); ++t) {
      const int64_t token = s.ids[static_cast<size_t>(s.score_from) + t];
      if (!seen.insert(token).second) continue;
      const double p = std::exp(static_cast<double>(s.logprobs[t]));
      sum += std::min(p * rarity.of(token), o_.a);  // so NaN stays NaN
    }
    return sum / static_cast<double>(seen.size());
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<DcPddMia>(
    {.name = "dc_pdd_mia",
     .summary = "Likely tokens that are rare elsewhere.",
     .paper = "arXiv:2409.14781",
     .options = defaults<Options>(),
     .files = {"corpus"}});

}  // namespace
}  // namespace lethe
