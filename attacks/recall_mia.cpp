// ReCaLL membership inference: texts that are not members, put before a text,
// make a member less likely and change others little.
//
//   score = mean log-prob of x after the shots / mean log-prob of x [ratio];
//           higher: a member
//
// Paper: Xie et al. 2024, arXiv:2406.15968, equation 1. Peer: that equation by
// transformers 5.23.0, to 1e-4 (testdata/, written by
// harness/oracle/membership.py); mimir's port differs in sign and windows. The
// shots are non-members of the data, drawn by `seed`, and are not scored
// themselves, nor are texts equal to one. The text's own leading specials do
// not stand in the middle. Shots and text that are longer than the window are
// cut from the left, which the record counts; a text that fills the window has
// no shot left before it and the score 1, which a warning tells.
#include <algorithm>
#include <numeric>
#include <set>

#include "attacks/other_texts.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/base/rng.h"

namespace lethe {
namespace {

struct Options {
  int64_t shots = 1;  // non-members before each text, >= 1
  int64_t seed = 0;   // which ones
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, shots, seed)

class RecallMia final : public Probe {
 public:
  explicit RecallMia(const Json& json) : o_(parse<Options>(json)) {
    if (o_.shots < 1) {
      fail_usage("recall_mia", fmt::format("shots is {}", o_.shots),
                 "give at least 1");
    }
  }
  Needs needs() const override { return {.token_statistics = true}; }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const std::set<size_t> shots = drawn(examples);
    std::vector<int64_t> prefix;
    for (const size_t i : shots) {
      const auto& ids = examples[i].ids;
      const int64_t skipped = prefix.empty() ? 0 : examples[i].leading;
      prefix.insert(prefix.end(), ids.begin() + skipped, ids.end());
    }
    std::set<std::vector<int64_t>> shown;
    for (const size_t i : shots) shown.insert(own_ids(examples[i]));
    Examples asked;
    std::vector<ScoreItem> after;
    for (const Example& e : examples) {
      if (shown.count(own_ids(e)) > 0) continue;
      ScoreItem item{prefix, 0};
      item.ids.insert(item.ids.end(), e.ids.begin() + e.leading, e.ids.end());
      item.score_from = static_cast<int64_t>(prefix.size()) +
                        std::max<int64_t>(0, e.score_from - e.leading);
      after.push_back(std::move(item));
      asked.push_back(e);
    }
    warn_of_full_windows(target, asked);
    return observations(target, asked, target.likelihoods(after));
  }

 private:
  static std::vector<int64_t> own_ids(const Example& e) {
    return {e.ids.begin() + e.leading, e.ids.end()};
  }

  static void warn_of_full_windows(const Target& target,
                                   const Examples& asked) {
    const auto full =
        std::count_if(asked.begin(), asked.end(), [&](const Example& e) {
          return static_cast<int64_t>(e.ids.size()) - e.leading >
                 target.window();
        });
    if (full == 0) return;
    log_warning(fmt::format(
        "recall_mia: {} of {} texts fill the window of {} tokens, no shot is "
        "left before them: their score is 1",
        full, asked.size(), target.window()));
  }

  // The places of the shots, in the order of the data.
  std::set<size_t> drawn(const Examples& examples) const {
    std::vector<size_t> others;
    for (size_t i = 0; i < examples.size(); ++i) {
      if (examples[i].member && !*examples[i].member) others.push_back(i);
    }
    const auto wanted = static_cast<size_t>(o_.shots);
    if (others.size() < wanted + 1) {
      fail_input("recall_mia",
                 fmt::format("needs {} non-members before the texts and one to "
                             "score, the data have {}",
                             wanted, others.size()),
                 "add rows with \"member\": 0, or lower shots");
    }
    Rng rng(static_cast<uint64_t>(o_.seed), "recall shots");
    for (size_t i = 0; i < wanted; ++i) {
      std::swap(others[i], others[i + rng.next() % (others.size() - i)]);
    }
    return {others.begin(),
            others.begin() + static_cast<std::ptrdiff_t>(wanted)};
  }

  static Observations observations(const Target& target, const Examples& asked,
                                   const std::vector<Likelihood>& after) {
    const auto statistics = target.statistics(asked);
    Observations all;
    for (size_t i = 0; i < asked.size(); ++i) {
      Observation seen = observe(asked[i]);
      seen.statistics = statistics[i];
      seen.score = mean_logprob(after[i]) / statistics[i]->mean_logprob();
      note_cut(after[i].truncated, seen);
      all.push_back(std::move(seen));
    }
    return all;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<RecallMia>(
    {.name = "recall_mia",
     .summary = "Log-prob of a text after non-members over its own.",
     .paper = "arXiv:2406.15968",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
