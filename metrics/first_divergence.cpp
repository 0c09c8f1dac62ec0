// First divergence: where a continuation leaves the text, does it do so at a
// token that the goldfish loss never taught?
//
//   place = first position where output_ids and reference_ids differ
//   on_dropped = share of the diverging outputs whose place is a dropped token
//   chance = mean over them of (dropped tokens / tokens) of the reference
//   p = P(as many on dropped tokens or more), each with its own chance
//       (Poisson binomial, exact, one-sided)
//   diverged = share of all outputs that leave the text
//
// Options are those of the training's mask, but for normalise: what that leaves
// out is known with the text alone, not with its ids. Of mask=static there is
// no p: the dropped places are the same in every text, so that a model which
// never read them has a share far from chance if it leaves all of them at once.
// mask=random has no dropped tokens that could be known.
//
// Paper: Hans et al. 2024, arXiv:2406.10209, section 4.2 and figure 4, which
// shows the shares and has no test: p is ours. Peer: none has it;
// first_divergence_test.cpp has cases by hand.
#include <algorithm>
#include <cmath>

#include "harness/base/goldfish.h"
#include "harness/base/one_sided_tests.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

struct Options {
  int64_t k = 4;              // one token in k was left out, >= 2
  int64_t h = 13;             // tokens that were hashed, >= 1
  std::string mask = "hash";  // hash or static
  int64_t start = 0;          // of static: the first target left out
  uint64_t table_seed = 2971215073;
  std::string form = "published";  // of hash: published, or preceding
  std::string hash = "product";    // of hash: product, or minhash
  int64_t shingle = 3;             // of minhash: tokens in a row
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, k, h, mask, start,
                                                table_seed, form, hash, shingle)

class FirstDivergence final : public Metric {
 public:
  explicit FirstDivergence(const Json& json)
      : o_(parse<Options>(json)),
        mask_({o_.k, o_.h, o_.table_seed, goldfish_form(o_.form),
               goldfish_hash(o_.hash), o_.shingle}) {
    if (o_.mask != "hash" && o_.mask != "static") {
      fail_usage("first_divergence", "mask is \"" + o_.mask + "\"",
                 "give hash or static; what random leaves out is not known");
    }
    if (o_.start < 0) {
      fail_usage("first_divergence", fmt::format("start is {}", o_.start),
                 "give the number of a target, from 0");
    }
  }

  MetricNeeds needs() const override { return {.ids = true}; }
  std::string main_field() const override { return "on_dropped"; }
  std::vector<std::string> fields() const override {
    return {"on_dropped", "chance", "p", "diverged"};
  }

  // on_dropped and chance of outputs that diverge alone.
  Row item(const Observation& seen) const override {
    const std::vector<bool> dropped = dropped_of(seen);
    const size_t common =
        std::min(seen.output_ids.size(), seen.reference_ids.size());
    size_t place = 0;
    while (place < common &&
           seen.output_ids[place] == seen.reference_ids[place]) {
      ++place;
    }
    if (place >= dropped.size()) return {{"diverged", 0}};
    const auto count = std::count(dropped.begin(), dropped.end(), true);
    return {{"diverged", 1},
            {"place", static_cast<double>(place)},
            {"on_dropped", dropped[place]},
            {"chance",
             static_cast<double>(count) / static_cast<double>(dropped.size())}};
  }

  Aggregate aggregate(const std::vector<Row>& rows,
                      const Observations& seen) const override {
    std::vector<double> diverged, on_dropped, chances;
    for (size_t i = 0; i < rows.size(); ++i) {
      // Of an observation that means nothing, what is missing is all.
      if (seen[i].diverged) return nothing(rows.size(), "an output diverged");
      diverged.push_back(rows[i][0].second);
      if (rows[i].size() < 4) continue;
      on_dropped.push_back(rows[i][2].second);
      chances.push_back(rows[i][3].second);
    }
    if (on_dropped.empty()) {
      Aggregate all =
          nothing(rows.size(), rows.empty() ? "there are no items"
                                            : "no output leaves the text");
      if (!rows.empty()) all.back().second = estimate_mean(diverged);
      return all;
    }
    Estimate p = no_estimate(static_cast<int64_t>(on_dropped.size()), "");
    const double hits = std::count(on_dropped.begin(), on_dropped.end(), 1.0);
    if (o_.mask == "static") {
      p.reason =
          "the dropped places are the same in every text: compare the "
          "share with that of a model that never read them";
    } else {
      p.value = poisson_binomial_at_least(static_cast<int64_t>(hits), chances);
    }
    return {{"on_dropped", estimate_mean(on_dropped)},
            {"chance", estimate_mean(chances)},
            {"p", p},
            {"diverged", estimate_mean(diverged)}};
  }

 private:
  Aggregate nothing(size_t n, const std::string& reason) const {
    Aggregate all;
    for (const std::string& field : fields()) {
      all.emplace_back(field, no_estimate(static_cast<int64_t>(n), reason));
    }
    return all;
  }

  // Of the reference's tokens. Targets are the text's ids but its first.
  std::vector<bool> dropped_of(const Observation& seen) const {
    if (seen.prompt_ids.empty()) {
      fail_input(fmt::format("item \"{}\"", seen.id), "has no prompt_ids",
                 "take the metric from an extraction probe; older samples do "
                 "not have them");
    }
    std::vector<int64_t> targets(seen.prompt_ids.begin() + 1,
                                 seen.prompt_ids.end());
    const size_t first = targets.size();
    targets.insert(targets.end(), seen.reference_ids.begin(),
                   seen.reference_ids.end());
    const std::vector<bool> all =
        o_.mask == "hash" ? mask_.dropped(targets)
                          : static_mask(targets.size(), o_.k, o_.start);
    return {all.begin() + static_cast<std::ptrdiff_t>(first), all.end()};
  }

  const Options o_;
  const GoldfishMask mask_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<FirstDivergence>(
    {.name = "first_divergence",
     .summary =
         "Share of continuations that leave the text at a dropped token.",
     .paper = "arXiv:2406.10209",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
