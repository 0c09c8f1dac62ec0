// Beams of a fixed length whose continuations a guide chooses.
#include <algorithm>
#include <limits>
#include <tuple>

#include "harness/generate/decoders.h"
#include "harness/generate/top_tokens.h"
#include "harness/score/warp.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

struct Running {
  std::vector<int64_t> ids;
  double score = 0;  // sum of log-probs
};

// A continuation of beam `beam` that the guide lets through.
struct Candidate {
  double score;
  int64_t beam;  // in its item
  BeamGuide::Choice choice;
};

// The search of one prompt.
struct Item {
  size_t place;   // in the batch
  size_t number;  // in the call
  std::vector<Running> beams;
};

bool better(const Candidate& a, const Candidate& b) {
  return std::tuple(!a.choice.stays, -a.score, a.beam, a.choice.token.id) <
         std::tuple(!b.choice.stays, -b.score, b.beam, b.choice.token.id);
}

class Search {
 public:
  Search(const Model& model, const DecodeBatch& batch,
         const GenerateOptions& options, int64_t& tokens)
      : model_(model),
        batch_(batch),
        o_(options),
        tokens_(tokens),
        cache_(model.new_cache()),
        results_(batch.prompts.size()) {
    for (size_t p = 0; p < batch.prompts.size(); ++p) {
      items_.push_back({p, batch.numbers[p], {Running()}});
    }
  }

  std::vector<std::vector<Sequence>> run() {
    Tensor states = prefill();
    while (true) {
      const std::vector<int64_t> from = advance(model_.head(states));
      if (items_.empty()) break;
      cache_.select_suffixes(from);
      const Ragged rows = next_rows();
      states = model_.hidden(rows, &cache_);
      tokens_ += rows.tokens();
    }
    for (auto& found : results_) {
      std::stable_sort(
          found.begin(), found.end(),
          [](const auto& a, const auto& b) { return a.score > b.score; });
    }
    return std::move(results_);
  }

 private:
  using Tokens = std::vector<NextToken>;

  Tensor prefill() {
    cache_.keep = Cache::Keep::segments;
    Ragged prompts = ragged(batch_.prompts, model_.device());
    std::vector<int64_t> last;
    for (int64_t b = 0; b < prompts.rows(); ++b) {
      last.push_back(prompts.offsets[b + 1] - 1);
    }
    prompts.wanted = int_tensor(last, model_.device());
    const Tensor states = model_.hidden(prompts, &cache_);
    tokens_ += prompts.tokens();
    segments_ = cache_.last_segments();
    cache_.keep = Cache::Keep::suffixes;
    return states;
  }

  Ragged next_rows() const {
    std::vector<std::vector<int64_t>> next;
    std::vector<int64_t> start, parents;
    for (const Item& item : items_) {
      const size_t length = batch_.prompts[item.place].size();
      for (const Running& beam : item.beams) {
        next.push_back({beam.ids.back()});
        start.push_back(static_cast<int64_t>(length + beam.ids.size()) - 1);
        parents.push_back(segments_[item.place]);
      }
    }
    Ragged rows = ragged(next, model_.device(), start);
    rows.parents = parents;
    return rows;
  }

  // One step of every item; which old row each remaining row continues.
  std::vector<int64_t> advance(Tensor logits) {
    const bool warped = o_.temperature != 1 || o_.top_k > 0 || o_.top_p < 1;
    if (warped) logits = warp(logits, o_);
    // What warping took out is -inf, which only the library's sum takes.
    log_sum_ = warped ? logits.logsumexp(1) : log_sums(logits);
    const std::vector<std::vector<Candidate>> found = candidates(logits);
    std::vector<Item> left;
    std::vector<int64_t> from;
    int64_t row = 0;
    for (size_t i = 0; i < items_.size(); ++i) {
      Item next{items_[i].place, items_[i].number, {}};
      for (const Candidate& c : found[i]) {
        Running continued = items_[i].beams[static_cast<size_t>(c.beam)];
        continued.ids.push_back(c.choice.token.id);
        continued.score = c.score;
        const auto length = static_cast<int64_t>(continued.ids.size());
        const bool last = length == batch_.lengths[next.place];
        if (c.choice.ends || last) {
          results_[next.place].push_back(
              {std::move(continued.ids), c.score, {}});
        } else if (static_cast<int64_t>(next.beams.size()) < o_.num_beams) {
          next.beams.push_back(std::move(continued));
          from.push_back(row + c.beam);
        }
      }
      row += static_cast<int64_t>(items_[i].beams.size());
      if (!next.beams.empty()) left.push_back(std::move(next));
    }
    items_ = std::move(left);
    return from;
  }

  // What the guide lets through of every item, best first.
  std::vector<std::vector<Candidate>> candidates(const Tensor& logits) const {
    std::vector<BeamGuide::Beam> beams;
    for (const Item& item : items_) {
      for (const Running& beam : item.beams) {
        beams.push_back({item.number, beam.ids});
      }
    }
    const auto choices = chosen(logits, beams);
    std::vector<std::vector<Candidate>> all;
    size_t row = 0;
    for (const Item& item : items_) {
      std::vector<Candidate> found;
      for (size_t b = 0; b < item.beams.size(); ++b, ++row) {
        for (const BeamGuide::Choice& choice : choices[row]) {
          const double logprob = choice.token.logprob;
          if (logprob == -std::numeric_limits<double>::infinity()) continue;
          found.push_back(
              {item.beams[b].score + logprob, static_cast<int64_t>(b), choice});
        }
      }
      std::sort(found.begin(), found.end(), better);
      all.push_back(std::move(found));
    }
    return all;
  }

  // The guide's choices for every row; rows that want more tokens are asked
  // again.
  std::vector<std::vector<BeamGuide::Choice>> chosen(
      const Tensor& logits, const std::vector<BeamGuide::Beam>& beams) const {
    const std::vector<Tokens> extra = wanted_tokens(logits, beams);
    std::vector<std::vector<BeamGuide::Choice>> all(beams.size());
    std::vector<int64_t> open;
    for (size_t i = 0; i < beams.size(); ++i) {
      open.push_back(static_cast<int64_t>(i));
    }
    for (int64_t width = o_.guide->width(); !open.empty(); width *= 2) {
      const bool every = open.size() == beams.size();
      const Tensor index = int_tensor(open, logits.device());
      const TopTokens top =
          top_tokens(every ? logits : logits.index_select(0, index),
                     log_sum_.index_select(0, index), width, o_.banned_ids);
      const std::vector<float> logprobs = to_floats(top.logprobs);
      const std::vector<int64_t> ids = to_ints(top.ids);
      const auto count = static_cast<size_t>(top.ids.size(1));
      std::vector<int64_t> again;
      for (size_t i = 0; i < open.size(); ++i) {
        const auto row = static_cast<size_t>(open[i]);
        BeamGuide::Sight sight;
        sight.all = top.ids.size(1) == logits.size(1);
        for (size_t k = i * count; k < (i + 1) * count; ++k) {
          sight.tokens.push_back({ids[k], logprobs[k]});
        }
        add_missing(extra[row], sight.tokens);
        auto choices = o_.guide->choose(beams[row], sight);
        if (choices) {
          all[row] = std::move(*choices);
        } else {
          again.push_back(open[i]);
        }
      }
      open = std::move(again);
    }
    return all;
  }

  static void add_missing(const Tokens& extra, Tokens& tokens) {
    const size_t count = tokens.size();
    for (const NextToken& token : extra) {
      const auto same = [&](const NextToken& t) { return t.id == token.id; };
      const auto end = tokens.begin() + static_cast<std::ptrdiff_t>(count);
      if (std::none_of(tokens.begin(), end, same)) tokens.push_back(token);
    }
  }

  // The tokens that the guide looks at in any case.
  std::vector<Tokens> wanted_tokens(
      const Tensor& logits, const std::vector<BeamGuide::Beam>& beams) const {
    std::vector<Tokens> wanted(beams.size());
    std::vector<int64_t> rows, ids;
    for (size_t i = 0; i < beams.size(); ++i) {
      for (const int64_t id : o_.guide->also(beams[i])) {
        wanted[i].push_back({id, 0});
        rows.push_back(static_cast<int64_t>(i));
        ids.push_back(id);
      }
    }
    if (ids.empty()) return wanted;
    const Tensor row = int_tensor(rows, logits.device());
    const Tensor id = int_tensor(ids, logits.device());
    const std::vector<float> found =
        to_floats(at::index(logits, {row, id}) - log_sum_.index_select(0, row));
    size_t next = 0;
    for (Tokens& tokens : wanted) {
      for (NextToken& token : tokens) {
        const bool banned =
            std::find(o_.banned_ids.begin(), o_.banned_ids.end(), token.id) !=
            o_.banned_ids.end();
        token.logprob =
            banned ? -std::numeric_limits<float>::infinity() : found[next];
        ++next;
      }
    }
    return wanted;
  }

  const Model& model_;
  const DecodeBatch& batch_;
  const GenerateOptions& o_;
  int64_t& tokens_;
  Cache cache_;
  std::vector<Item> items_;
  Tensor log_sum_;  // [R] of the step's logits
  std::vector<int64_t> segments_;
  std::vector<std::vector<Sequence>> results_;
};

}  // namespace

std::vector<std::vector<Sequence>> guided_search(const Model& model,
                                                 const DecodeBatch& batch,
                                                 const GenerateOptions& options,
                                                 int64_t& tokens) {
  return Search(model, batch, options, tokens).run();
}

}  // namespace lethe
