// Neighbourhood membership inference: a text that is likelier than texts that
// differ from it in a few tokens was probably in its training set.
//
//   score = LL(x) - mean_j LL(x_j), LL the mean log-prob [nats/token]; higher:
//           a member
//   form=best: each x_j has one token replaced, and the x_j are the likeliest
//     of all such swaps by p(new) / (1 - p(own)), `candidates` of each place
//   form=drawn: `share` of the tokens, drawn anew for each x_j, replaced by one
//     of the place's candidates, drawn by their probability
//
// Paper: Mattern et al. 2023, arXiv:2305.18462, sections 3 and 4 (form=best).
// `proposer` is the folder of a masked language model, which reads the text
// with the place's word embedding dropped out; its texts are decoded by its
// tokenizer and read by the target's. Without one the attacked model proposes,
// from the left context alone: neighbours are token ids, as fluent as it can
// make them, and by default drawn.
// Peer: the definition by transformers 5.23.0, to 1e-4 (testdata/, written by
// harness/oracle/membership.py). mimir @ 1b6fd64 drops out the sum of word,
// place and segment, normalises it twice, and counts the text's own token among
// its 6. Special tokens are neither replaced nor proposed. A neighbour that the
// target reads as the text itself, or as nothing, is left out; the sample's
// "neighbours" counts the others. Texts longer than the target's window are cut
// from the left, as are their neighbours; the proposer reads what fits around
// each place.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>

#include "attacks/neighbours.h"
#include "attacks/other_texts.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  std::string proposer;       // a folder or org/name; empty: the attacked model
  std::string form = "auto";  // best, drawn; auto: best with a proposer
  int64_t neighbours = 25;    // of each text, 1 to 1000
  double share = 0.05;        // drawn: of the tokens, replaced; (0, 1]
  int64_t candidates = 6;     // tokens that may stand in a place, 1 to 100
  double dropout = 0.7;       // of the proposer's view of a place, 0 to 1
  int64_t seed = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, proposer, form,
                                                neighbours, share, candidates,
                                                dropout, seed)

// One text on its way to its neighbours.
struct Draft {
  ScoreItem text;  // as much as the target reads
  NeighbourOptions options;
  std::vector<int64_t> chosen;         // places, in the proposer's ids
  std::vector<MaskFill> fills;         // of each
  std::unique_ptr<FilledText> filled;  // null: the target's own ids
  size_t begin = 0, end = 0;           // of the block's items: its neighbours
  double mean = 0;                     // of the neighbours, nats a token
};

class NeighbourMia final : public Probe {
 public:
  explicit NeighbourMia(const Json& json) : o_(parse<Options>(json)) {
    check(o_.neighbours >= 1 && o_.neighbours <= 1000, "neighbours",
          static_cast<double>(o_.neighbours), "1 to 1000");
    check(o_.share > 0 && o_.share <= 1, "share", o_.share,
          "a share above 0, at most 1");
    check(o_.candidates >= 1 && o_.candidates <= 100, "candidates",
          static_cast<double>(o_.candidates), "1 to 100");
    check(o_.dropout >= 0 && o_.dropout <= 1, "dropout", o_.dropout, "0 to 1");
    if (o_.form != "auto" && o_.form != "best" && o_.form != "drawn") {
      fail_usage("neighbour_mia", "form is \"" + o_.form + "\"",
                 suggest(o_.form, {"auto", "best", "drawn"}));
    }
    const Options usual;
    if (best() && o_.share != usual.share) {
      fail_usage("neighbour_mia", "form=best replaces one token, not a share",
                 "leave share out, or set form=drawn");
    }
    if (o_.proposer.empty() && o_.dropout != usual.dropout) {
      fail_usage("neighbour_mia", "dropout is of a proposer's input",
                 "name a proposer, or leave dropout out");
    }
  }
  Needs needs() const override {
    return {.token_statistics = true,
            .generate = o_.proposer.empty(),
            .tokenizer = !o_.proposer.empty()};
  }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    std::vector<Draft> drafts;
    for (const Example& e : examples) {
      drafts.emplace_back().text = cut({e.ids, e.score_from}, target);
    }
    std::shared_ptr<const MaskFiller> filler;
    if (!o_.proposer.empty()) filler = target.mask_filler(o_.proposer);
    const auto statistics = target.statistics(examples);
    int64_t otherwise = 0;
    for (Block block{0, 0}; block.end < drafts.size();) {
      block = {block.end, end_of_block(drafts, block.end)};
      if (filler == nullptr) {
        propose(target, examples, block, drafts);
      } else {
        otherwise += propose(*filler, examples, block, drafts);
      }
      score(target, examples, block, drafts);
    }
    if (otherwise > 0) {
      log_warning(fmt::format(
          "neighbour_mia: {} of {} texts come back from the proposer's "
          "tokenizer with other letters or blanks, and so do their neighbours",
          otherwise, examples.size()));
    }
    Observations all;
    for (size_t i = 0; i < drafts.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.score = statistics[i]->mean_logprob() - drafts[i].mean;
      seen.numbers["neighbours"] = {
          static_cast<double>(drafts[i].end - drafts[i].begin)};
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  // Texts whose neighbours are held at once.
  struct Block {
    size_t begin, end;
  };

  // At least one text, and not many more tokens than 32 MB of ids: of the
  // neighbours, and of what the attacked model is asked to go on from.
  size_t end_of_block(const std::vector<Draft>& drafts, size_t begin) const {
    constexpr double kMost = 1 << 22;
    double tokens = 0;
    size_t end = begin;
    while (end < drafts.size() && (end == begin || tokens < kMost)) {
      const auto size = static_cast<double>(drafts[end++].text.ids.size());
      const double asked = best() ? size : 4 * std::max(1.0, o_.share * size);
      tokens += size * static_cast<double>(o_.neighbours);
      if (o_.proposer.empty()) tokens += size / 2 * std::min(size, asked);
    }
    return end;
  }

  // The mean of every draft of the block; what led to it is let go.
  void score(const Target& target, const Examples& examples, Block block,
             std::vector<Draft>& drafts) const {
    std::vector<ScoreItem> items;
    for (size_t i = block.begin; i < block.end; ++i) {
      add_items(target, examples[i], drafts[i], items);
    }
    const std::vector<double> means = mean_logprobs(target, items);
    for (size_t i = block.begin; i < block.end; ++i) {
      Draft& draft = drafts[i];
      draft.mean = mean(means.begin() + static_cast<long>(draft.begin),
                        means.begin() + static_cast<long>(draft.end));
      draft.filled = nullptr;
      std::vector<MaskFill>().swap(draft.fills);
      std::vector<int64_t>().swap(draft.chosen);
    }
  }

  static void check(bool holds, const char* name, double value,
                    const char* cure) {
    if (holds) return;
    fail_usage("neighbour_mia", fmt::format("{} is {}", name, value),
               fmt::format("give {}", cure));
  }

  bool best() const {
    return o_.form == "best" || (o_.form == "auto" && !o_.proposer.empty());
  }

  // Of the tokens that may be replaced those that are asked about.
  void choose(const std::vector<int64_t>& places, size_t number,
              Draft& draft) const {
    const double wanted = o_.share * static_cast<double>(places.size());
    draft.options = {o_.neighbours,
                     std::max<int64_t>(1, static_cast<int64_t>(wanted)), best(),
                     o_.seed, number};
    draft.chosen = chosen_places(places, draft.options);
  }

  // The end of a text that is longer than the window. One more fits, which is
  // predicted and not read.
  static ScoreItem cut(ScoreItem item, const Target& target) {
    const int64_t over =
        static_cast<int64_t>(item.ids.size()) - target.window() - 1;
    if (over > 0) {
      item.ids.erase(item.ids.begin(), item.ids.begin() + over);
      item.score_from -= over;
    }
    item.score_from = std::max<int64_t>(1, item.score_from);
    return item;
  }

  // Whether anything of the text is scored.
  static bool usable(const ScoreItem& text) {
    return static_cast<int64_t>(text.ids.size()) > text.score_from;
  }

  // What a masked language model would put in the places. Gives the number of
  // texts that its tokenizer does not give back.
  int64_t propose(const MaskFiller& filler, const Examples& examples,
                  Block block, std::vector<Draft>& drafts) const {
    std::vector<std::vector<int64_t>> texts(examples.size());
    std::vector<MaskPlace> places;
    int64_t otherwise = 0;
    for (size_t i = block.begin; i < block.end; ++i) {
      const Example& e = examples[i];
      if (!usable(drafts[i].text) || e.text.empty()) continue;
      drafts[i].filled = std::make_unique<FilledText>(filler, e.text, e.prompt);
      otherwise += drafts[i].filled->with({}) == e.text ? 0 : 1;
      texts[i] = drafts[i].filled->ids();
      choose(drafts[i].filled->places(), i, drafts[i]);
      for (const int64_t at : drafts[i].chosen) places.push_back({i, at});
    }
    std::vector<MaskFill> found =
        filler.fill(texts, places, {o_.candidates, o_.dropout, o_.seed});
    for (size_t p = 0; p < places.size(); ++p) {
      drafts[places[p].text].fills.push_back(std::move(found[p]));
    }
    return otherwise;
  }

  // What the attacked model would put there: beams of one step.
  void propose(const Target& target, const Examples& examples, Block block,
               std::vector<Draft>& drafts) const {
    const std::vector<int64_t> special = target.special_ids();
    const std::set<int64_t> no_text(special.begin(), special.end());
    Prompts prompts;
    std::vector<Draft*> owners;
    for (size_t i = block.begin; i < block.end; ++i) {
      const std::vector<int64_t>& ids = drafts[i].text.ids;
      std::vector<int64_t> places;
      for (auto t = static_cast<size_t>(drafts[i].text.score_from);
           t < ids.size(); ++t) {
        if (no_text.count(ids[t]) == 0) {
          places.push_back(static_cast<int64_t>(t));
        }
      }
      choose(places, i, drafts[i]);
      for (const int64_t at : drafts[i].chosen) {
        prompts.emplace_back(ids.begin(), ids.begin() + at);
        owners.push_back(&drafts[i]);
      }
    }
    GenerateOptions options;
    options.max_new_tokens = 1;
    options.num_beams = o_.candidates + 1;
    options.num_return_sequences = o_.candidates + 1;
    options.banned_ids = special;
    const Generation found = target.generate(prompts, options);
    const std::vector<double> own = own_shares(target, examples, block, drafts);
    for (size_t p = 0; p < prompts.size(); ++p) {
      Draft& draft = *owners[p];
      const auto at = static_cast<size_t>(draft.chosen[draft.fills.size()]);
      draft.fills.push_back(fill_of(found.sequences[p], draft.text.ids[at]));
      draft.fills.back().own = own[p];
    }
  }

  // The candidates among the beams: not the text's own token, and none that
  // fills beams up where the vocabulary has no more.
  MaskFill fill_of(const std::vector<Sequence>& beams, int64_t own) const {
    MaskFill fill;
    std::set<int64_t> seen = {own};
    for (const Sequence& one : beams) {
      const double share = std::exp(one.score);
      const bool full = static_cast<int64_t>(fill.ids.size()) == o_.candidates;
      if (full || one.ids.empty() || !(share > 0)) continue;
      if (!seen.insert(one.ids.front()).second) continue;
      fill.ids.push_back(one.ids.front());
      fill.probabilities.push_back(share);
    }
    return fill;
  }

  // The probability of the text's own token in every chosen place; only the
  // best swaps need it.
  std::vector<double> own_shares(const Target& target, const Examples& examples,
                                 Block block,
                                 const std::vector<Draft>& drafts) const {
    std::vector<double> all;
    for (size_t i = block.begin; i < block.end; ++i) {
      if (!best()) {
        all.resize(all.size() + drafts[i].chosen.size(), 0);
        continue;
      }
      const auto statistics = target.statistics({examples[i]}).front();
      const std::vector<float>& logprobs = statistics->logprobs;
      for (const int64_t at : drafts[i].chosen) {
        // Both end with the text, cut or not.
        const size_t behind =
            drafts[i].text.ids.size() - static_cast<size_t>(at);
        all.push_back(std::exp(logprobs[logprobs.size() - behind]));
      }
    }
    return all;
  }

  void add_items(const Target& target, const Example& e, Draft& draft,
                 std::vector<ScoreItem>& items) const {
    draft.begin = draft.end = items.size();
    if (draft.chosen.empty()) return;
    std::set<std::vector<int64_t>> known = {draft.text.ids};
    const auto take = [&](const Swaps& swaps) {
      ScoreItem item = item_with(target, e, draft, swaps);
      if (item.ids == draft.text.ids || !usable(item)) return false;
      if (best() && !known.insert(item.ids).second) return false;
      items.push_back(std::move(item));
      return true;
    };
    neighbours(draft.chosen, draft.fills, draft.options, take);
    draft.end = items.size();
  }

  static ScoreItem item_with(const Target& target, const Example& e,
                             const Draft& draft, const Swaps& swaps) {
    if (!draft.filled) {
      return {swapped(draft.text.ids, swaps), draft.text.score_from};
    }
    Example other;
    other.text = draft.filled->with(swaps);
    other.prompt = e.prompt;
    other.plain_text = e.plain_text;
    other.where = e.where;
    if (other.text.empty()) return {};
    return cut(item_of(target, other, nullptr), target);
  }

  // NaN when nothing could be replaced.
  using Means = std::vector<double>::const_iterator;
  static double mean(Means begin, Means end) {
    return std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin);
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<NeighbourMia>(
    {.name = "neighbour_mia",
     .summary =
         "Membership by how much likelier a text is than its neighbours.",
     .paper = "arXiv:2305.18462",
     .options = defaults<Options>(),
     .models = {"proposer"}});

}  // namespace
}  // namespace lethe
