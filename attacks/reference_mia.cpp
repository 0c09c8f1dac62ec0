// Reference membership inference: a text that the model finds easier than a
// model that was not trained on it does was probably in its training set.
//
//   score = mean log-prob - mean log-prob of the reference model
//           [nats/token, or nats/byte]; higher: a member
//
// Paper: Carlini et al. 2021, arXiv:2012.07805, section 5.1; as a difference
// Mireshghallah et al. 2022, arXiv:2203.03929. Peer: mimir @ 1b6fd64, whose
// sign is the opposite. The base model reads the same ids; another one reads
// the text with its own tokenizer, and where that differs means a token do not
// compare: per="byte". A text that is longer than a window is cut from the left
// to it; where both have the same ids, compared are the tokens that both
// scored.
#include <numeric>

#include "attacks/other_texts.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  std::string model;          // a folder or org/name; empty: the base model
  std::string per = "token";  // "token" or "byte": what means are over
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, model, per)

class ReferenceMia final : public Probe {
 public:
  explicit ReferenceMia(const Json& json) : o_(parse<Options>(json)) {
    if (o_.per != "token" && o_.per != "byte") {
      fail_usage("reference_mia", "per is \"" + o_.per + "\"",
                 suggest(o_.per, {"token", "byte"}));
    }
  }
  Needs needs() const override {
    return {.token_statistics = true, .base = o_.model.empty()};
  }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto statistics = target.statistics(examples);
    const bool named = !o_.model.empty();
    const auto reference = named ? target.open(o_.model) : target.base();
    const bool reads = named && reference->can().tokenizer;
    std::vector<ScoreItem> items;
    for (size_t i = 0; i < examples.size(); ++i) {
      const Example& e = examples[i];
      check_text(target, e);
      items.push_back(reads ? item_of(*reference, e, nullptr)
                            : ScoreItem{e.ids, e.score_from});
      // Of the same tokens those that the target read.
      if (items[i].ids == e.ids) {
        items[i].score_from =
            static_cast<int64_t>(e.ids.size() - statistics[i]->count());
      }
    }
    const std::vector<Likelihood> theirs = reference->likelihoods(items);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      const TokenStatistics& own = *statistics[i];
      const bool same = items[i].ids == examples[i].ids;
      const auto n = static_cast<size_t>(theirs[i].tokens);
      const size_t own_n = same ? n : own.count();
      const double own_sum = std::accumulate(
          own.logprobs.end() - static_cast<std::ptrdiff_t>(own_n),
          own.logprobs.end(), 0.0);
      const bool cut = own.truncated || theirs[i].truncated;
      const Read own_read{target, examples[i], examples[i].ids, own_n, cut};
      const Read read{*reference, examples[i], items[i].ids, n, cut};
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.score = own_sum / units(own_read) -
                   theirs[i].sum / units(same ? own_read : read);
      note_cut(theirs[i].truncated, seen);
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  // The last tokens of an example, as a model scored them.
  struct Read {
    const Target& target;
    const Example& example;
    const std::vector<int64_t>& ids;
    size_t scored;
    bool cut;  // of the text a part only
  };

  // What a sum is divided by.
  double units(const Read& read) const {
    if (o_.per == "token") return static_cast<double>(read.scored);
    if (!read.cut) {
      return static_cast<double>(scored_text(read.example).size());
    }
    const auto last = static_cast<std::ptrdiff_t>(read.scored);
    return static_cast<double>(
        read.target.decode({read.ids.end() - last, read.ids.end()}).size());
  }

  void check_text(const Target& target, const Example& e) const {
    if (o_.per == "token" || !e.text.empty() || target.can().tokenizer) return;
    fail_input(e.where, "has no text whose bytes could be counted",
               "give \"text\", or per=token");
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<ReferenceMia>(
    {.name = "reference_mia",
     .summary = "Mean log-prob beside that of a reference model.",
     .paper = "arXiv:2203.03929",
     .options = defaults<Options>(),
     .models = {"model"}});

}  // namespace
}  // namespace lethe
