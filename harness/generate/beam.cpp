// Beam search by the rules of transformers 5.23.0 (_beam_search). Items are
// independent of each other: an item leaves the batch when its finished
// hypotheses can no longer change.
#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>

#include "harness/generate/decoders.h"
#include "harness/generate/top_tokens.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr float kNever = -1e9F;  // the peer's "not yet" score

struct Hypothesis {
  std::vector<int64_t> ids;
  float score;
};

// A continuation of one running beam by one token.
struct Candidate {
  float score;   // sum of log-probs
  int64_t beam;  // which running beam it continues
  int64_t token;
};

// The search of one prompt.
class Item {
 public:
  Item(size_t prompt, int64_t longest, const GenerateOptions& options)
      : prompt_(prompt),
        longest_(longest),
        o_(options),
        running_(options.num_beams) {
    for (Hypothesis& beam : running_) beam.score = kNever;
    running_.front().score = 0;
  }

  size_t prompt() const { return prompt_; }
  bool done() const { return done_; }
  float running_score(int64_t beam) const { return running_[beam].score; }
  int64_t last_token(int64_t beam) const { return running_[beam].ids.back(); }
  // Which beam each running one continued in the last step.
  const std::vector<int64_t>& sources() const { return sources_; }
  int64_t generated() const { return generated_; }

  // How many candidates a step looks at.
  int64_t width() const {
    const auto eos = static_cast<int64_t>(o_.eos_ids.size());
    return std::max<int64_t>(2, 1 + eos) * o_.num_beams;
  }

  // One step with the best `width()` candidates, best first.
  void step(const std::vector<Candidate>& best) {
    std::vector<Candidate> open, closed;
    const int64_t length = generated_ + 1;
    for (size_t rank = 0; rank < best.size(); ++rank) {
      const Candidate& c = best[rank];
      const bool hit = is_eos(c.token) || length >= longest_;
      if (!hit) {
        open.push_back(c);
      } else if (rank < static_cast<size_t>(o_.num_beams)) {
        closed.push_back(c);  // an ending outside the top beams is lost
      }
    }
    const bool frozen = o_.early_stopping == EarlyStopping::yes && full();
    if (!frozen) finish(closed, length);
    advance(open);
    generated_ = length;
    if (open.empty()) done_ = true;
    update_done();
  }

  std::vector<Sequence> results() const {
    std::vector<Sequence> all;
    for (const Hypothesis& h : finished_) {
      if (static_cast<int64_t>(all.size()) == o_.num_return_sequences) break;
      all.push_back({h.ids, h.score, {}});
    }
    return all;
  }

 private:
  bool is_eos(int64_t token) const {
    return std::find(o_.eos_ids.begin(), o_.eos_ids.end(), token) !=
           o_.eos_ids.end();
  }

  bool full() const {
    return static_cast<int64_t>(finished_.size()) == o_.num_beams;
  }

  float normalised(float sum, int64_t length) const {
    return sum / static_cast<float>(
                     std::pow(static_cast<double>(length), o_.length_penalty));
  }

  std::vector<int64_t> continued(const Candidate& c) const {
    std::vector<int64_t> ids = running_[c.beam].ids;
    ids.push_back(c.token);
    return ids;
  }

  void finish(const std::vector<Candidate>& closed, int64_t length) {
    for (const Candidate& c : closed) {
      finished_.push_back({continued(c), normalised(c.score, length)});
    }
    std::stable_sort(
        finished_.begin(), finished_.end(),
        [](const auto& a, const auto& b) { return a.score > b.score; });
    if (finished_.size() > static_cast<size_t>(o_.num_beams)) {
      finished_.resize(o_.num_beams);
    }
  }

  void advance(const std::vector<Candidate>& open) {
    std::vector<Hypothesis> next;
    sources_.clear();
    for (const Candidate& c : open) {
      if (static_cast<int64_t>(next.size()) == o_.num_beams) break;
      next.push_back({continued(c), c.score});
      sources_.push_back(c.beam);
    }
    while (!next.empty() && static_cast<int64_t>(next.size()) < o_.num_beams) {
      next.push_back({next.front().ids, kNever});  // a tiny vocabulary
      sources_.push_back(sources_.front());
    }
    running_ = std::move(next);
  }

  // No running beam can beat the worst finished hypothesis any more.
  void update_done() {
    if (done_ || !full()) return;
    if (o_.early_stopping == EarlyStopping::yes) {
      done_ = true;
      return;
    }
    const bool longest =
        o_.early_stopping == EarlyStopping::never && o_.length_penalty > 0;
    const float best =
        normalised(running_.front().score, longest ? longest_ : generated_);
    done_ = best <= finished_.back().score;
  }

  size_t prompt_;
  int64_t longest_;  // new tokens at most
  const GenerateOptions& o_;
  std::vector<Hypothesis> running_;   // best first
  std::vector<Hypothesis> finished_;  // best first, at most num_beams
  std::vector<int64_t> sources_;
  int64_t generated_ = 0;
  bool done_ = false;
};

// The best `width` candidates of one item from the top tokens of its rows;
// equal scores: the lower beam, then the lower token.
std::vector<Candidate> best_candidates(const Item& item, const float* scores,
                                       const int64_t* tokens, int64_t beams,
                                       int64_t per_row) {
  std::vector<Candidate> all;
  for (int64_t beam = 0; beam < beams; ++beam) {
    for (int64_t k = 0; k < per_row; ++k) {
      const int64_t at = beam * per_row + k;
      all.push_back({scores[at] + item.running_score(beam), beam, tokens[at]});
    }
  }
  const auto better = [](const Candidate& a, const Candidate& b) {
    return std::tie(b.score, a.beam, a.token) <
           std::tie(a.score, b.beam, b.token);
  };
  const auto width = std::min<size_t>(all.size(), item.width());
  std::partial_sort(all.begin(), all.begin() + width, all.end(), better);
  all.resize(width);
  return all;
}

// All searches of a batch: their rows stand item by item, beam by beam.
class Search {
 public:
  Search(const Model& model, const GenerateOptions& options)
      : model_(model), o_(options), cache_(model.new_cache()) {}

  std::vector<std::vector<Sequence>> run(const DecodeBatch& batch,
                                         int64_t& tokens) {
    const Prompts& prompts = batch.prompts;
    TopTokens top = prefill(batch, tokens);
    std::vector<std::vector<Sequence>> results(prompts.size());
    while (true) {
      step(top);
      const std::vector<int64_t> from = remove_done(results);
      if (items_.empty()) break;
      cache_.select_suffixes(from);
      const Ragged rows = next_rows(prompts);
      top = likeliest(model_.hidden(rows, &cache_));
      tokens += rows.tokens();
    }
    return results;
  }

 private:
  TopTokens likeliest(const Tensor& states) const {
    const Tensor logits = model_.head(states);
    return top_tokens(logits, log_sums(logits), items_.front().width(),
                      o_.banned_ids);
  }

  // The prompts become segments; every beam starts from its prompt's last
  // token.
  TopTokens prefill(const DecodeBatch& batch, int64_t& tokens) {
    const Prompts& prompts = batch.prompts;
    cache_.keep = Cache::Keep::segments;
    Ragged rows = ragged(prompts, model_.device());
    std::vector<int64_t> last;
    for (size_t p = 0; p < prompts.size(); ++p) {
      items_.emplace_back(p, batch.lengths[p], o_);
      last.push_back(rows.offsets[p + 1] - 1);
    }
    rows.wanted = int_tensor(last, model_.device());
    const Tensor states = model_.hidden(rows, &cache_);
    tokens += rows.tokens();
    cache_.keep = Cache::Keep::suffixes;
    segments_ = cache_.last_segments();
    std::vector<int64_t> prompt_of_row;
    for (size_t row = 0; row < prompts.size() * o_.num_beams; ++row) {
      prompt_of_row.push_back(static_cast<int64_t>(row) / o_.num_beams);
    }
    return likeliest(states).select(prompt_of_row);
  }

  void step(const TopTokens& top) {
    const int64_t per_row = top.ids.size(1);
    const std::vector<float> s = to_floats(top.logprobs);
    const std::vector<int64_t> t = to_ints(top.ids);
    const int64_t stride = o_.num_beams * per_row;
    for (size_t i = 0; i < items_.size(); ++i) {
      items_[i].step(best_candidates(items_[i], s.data() + i * stride,
                                     t.data() + i * stride, o_.num_beams,
                                     per_row));
    }
  }

  // Stores the results of finished items; which old row each remaining row
  // continues.
  std::vector<int64_t> remove_done(
      std::vector<std::vector<Sequence>>& results) {
    std::vector<Item> left;
    std::vector<int64_t> from;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].done()) {
        results[items_[i].prompt()] = items_[i].results();
        continue;
      }
      for (const int64_t beam : items_[i].sources()) {
        from.push_back(static_cast<int64_t>(i) * o_.num_beams + beam);
      }
      left.push_back(items_[i]);
    }
    items_.swap(left);
    return from;
  }

  Ragged next_rows(const Prompts& prompts) const {
    std::vector<std::vector<int64_t>> next;
    std::vector<int64_t> start, parents;
    for (const Item& item : items_) {
      const auto length = static_cast<int64_t>(prompts[item.prompt()].size());
      for (int64_t beam = 0; beam < o_.num_beams; ++beam) {
        next.push_back({item.last_token(beam)});
        start.push_back(length + item.generated() - 1);
        parents.push_back(segments_[item.prompt()]);
      }
    }
    Ragged rows = ragged(next, model_.device(), start);
    rows.parents = parents;
    return rows;
  }

  const Model& model_;
  const GenerateOptions& o_;
  Cache cache_;
  std::vector<Item> items_;
  std::vector<int64_t> segments_;
};

}  // namespace

std::vector<std::vector<Sequence>> beam_search(const Model& model,
                                               const DecodeBatch& batch,
                                               const GenerateOptions& options,
                                               int64_t& tokens) {
  return Search(model, options).run(batch, tokens);
}

}  // namespace lethe
