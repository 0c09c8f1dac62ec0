// Greedy decoding and sampling: one token a row and step.
#include <algorithm>
#include <limits>

#include "harness/base/rng.h"
#include "harness/generate/decoders.h"
#include "harness/score/warp.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

bool is_eos(int64_t id, const std::vector<int64_t>& eos_ids) {
  return std::find(eos_ids.begin(), eos_ids.end(), id) != eos_ids.end();
}

// A sequence that still grows.
struct Row {
  size_t prompt;   // in the batch
  size_t number;   // which of the prompt's sequences
  int64_t length;  // tokens so far, prompt included
  Rng random;      // its own stream: the same draws in any batch
};

// All sequences of a batch. One sequence a prompt: the prompts are the first
// pass. Several: the prompts become segments that their sequences share.
class Search {
 public:
  Search(const Model& model, const DecodeBatch& batch,
         const GenerateOptions& options, int64_t& tokens)
      : model_(model),
        batch_(batch),
        o_(options),
        tokens_(tokens),
        cache_(model.new_cache()),
        result_(batch.prompts.size(),
                std::vector<Sequence>(options.num_return_sequences)) {
    for (size_t p = 0; p < batch.prompts.size(); ++p) {
      for (size_t n = 0; n < result_[p].size(); ++n) {
        rows_.push_back(
            {p, n, static_cast<int64_t>(batch.prompts[p].size()),
             Rng(static_cast<uint64_t>(options.seed),
                 fmt::format("sample:{}:{}", batch.numbers[p], n))});
      }
    }
  }

  std::vector<std::vector<Sequence>> run() {
    Tensor states = prefill();
    while (true) {
      extend(model_.head(states));
      if (rows_.empty()) break;
      const Ragged next = next_rows();
      states = model_.hidden(next, &cache_);
      tokens_ += next.tokens();
    }
    return std::move(result_);
  }

 private:
  bool shared() const { return o_.num_return_sequences > 1; }

  // Hidden states of each sequence's last token, [R, H].
  Tensor prefill() {
    cache_.keep = shared() ? Cache::Keep::segments : Cache::Keep::suffixes;
    Ragged prompts = ragged(batch_.prompts, model_.device());
    std::vector<int64_t> last;
    for (const Row& row : rows_) {
      last.push_back(prompts.offsets[row.prompt + 1] - 1);
    }
    prompts.wanted = int_tensor(last, model_.device());
    const Tensor states = model_.hidden(prompts, &cache_);
    tokens_ += prompts.tokens();
    if (shared()) segments_ = cache_.last_segments();
    cache_.keep = Cache::Keep::suffixes;
    return states;
  }

  Ragged next_rows() const {
    std::vector<std::vector<int64_t>> next;
    std::vector<int64_t> start, parents;
    for (const Row& row : rows_) {
      next.push_back({result_[row.prompt][row.number].ids.back()});
      start.push_back(row.length - 1);
      if (shared()) parents.push_back(segments_[row.prompt]);
    }
    Ragged rows = ragged(next, model_.device(), start);
    rows.parents = parents;
    return rows;
  }

  // The next token of every row, [R].
  Tensor choose(const Tensor& logits) {
    if (!o_.do_sample) return logits.argmax(1);
    std::vector<double> draws;
    for (Row& row : rows_) draws.push_back(row.random.uniform());
    // In float64: a float32 sum over a large vocabulary can end below a draw.
    const Tensor sums =
        at::softmax(warp(logits, o_).to(at::kDouble), -1).cumsum(-1);
    const Tensor draw =
        at::tensor(draws, at::TensorOptions(at::kDouble)).to(logits.device());
    const Tensor total = sums.select(1, -1);
    return at::searchsorted(sums, (draw * total).unsqueeze(1), false, true)
        .squeeze(1)
        .clamp_max(logits.size(1) - 1);
  }

  // Appends a token to every row; rows that end leave.
  void extend(const Tensor& logits) {
    const Tensor total = logits.logsumexp(1, true);
    if (!o_.banned_ids.empty()) {
      logits.index_fill_(1, int_tensor(o_.banned_ids, logits.device()),
                         -std::numeric_limits<double>::infinity());
    }
    const Tensor chosen = choose(logits);
    const Tensor logprob = logits.gather(1, chosen.unsqueeze(1)) - total;
    const std::vector<int64_t> ids = to_ints(chosen);
    const std::vector<float> logprobs = to_floats(logprob);
    std::vector<int64_t> stay;
    std::vector<Row> left;
    for (size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      Sequence& sequence = result_[row.prompt][row.number];
      sequence.ids.push_back(ids[i]);
      sequence.token_logprobs.push_back(logprobs[i]);
      sequence.score += logprobs[i];
      ++row.length;
      if (is_eos(ids[i], o_.eos_ids)) continue;
      if (o_.stop && o_.stop(sequence.ids)) continue;
      const auto length = static_cast<int64_t>(sequence.ids.size());
      if (length == batch_.lengths[row.prompt]) continue;
      stay.push_back(static_cast<int64_t>(i));
      left.push_back(row);
    }
    if (left.size() == rows_.size()) return;
    rows_ = std::move(left);
    if (rows_.empty()) return;
    cache_.select_suffixes(stay);
  }

  const Model& model_;
  const DecodeBatch& batch_;
  const GenerateOptions& o_;
  int64_t& tokens_;
  Cache cache_;
  std::vector<Row> rows_;
  std::vector<int64_t> segments_;
  std::vector<std::vector<Sequence>> result_;
};

}  // namespace

std::vector<std::vector<Sequence>> token_by_token(
    const Model& model, const DecodeBatch& batch,
    const GenerateOptions& options, int64_t& tokens) {
  return Search(model, batch, options, tokens).run();
}

}  // namespace lethe
