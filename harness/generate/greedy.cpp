#include <algorithm>

#include "harness/generate/decoders.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Hidden states of the last token of every row, [B, H].
Tensor last_states(const Ragged& rows, const Tensor& states) {
  std::vector<int64_t> last;
  for (int64_t b = 0; b < rows.rows(); ++b) {
    last.push_back(rows.offsets[b + 1] - 1);
  }
  return states.index_select(0, int_tensor(last, states.device()));
}

// The rows that still run, by place in the batch.
class Live {
 public:
  explicit Live(const Prompts& prompts) {
    for (size_t b = 0; b < prompts.size(); ++b) {
      prompt.push_back(b);
      length.push_back(static_cast<int64_t>(prompts[b].size()));
    }
  }

  // Keeps the rows `stay` (indices into the live rows).
  void keep(const std::vector<int64_t>& stay) {
    std::vector<size_t> p;
    std::vector<int64_t> l;
    for (const int64_t i : stay) {
      p.push_back(prompt[i]);
      l.push_back(length[i]);
    }
    prompt = std::move(p);
    length = std::move(l);
  }

  std::vector<size_t> prompt;
  std::vector<int64_t> length;  // tokens so far, prompt included
};

bool is_eos(int64_t id, const std::vector<int64_t>& eos_ids) {
  return std::find(eos_ids.begin(), eos_ids.end(), id) != eos_ids.end();
}

}  // namespace

std::vector<std::vector<Sequence>> greedy_search(const Model& model,
                                                 const Prompts& prompts,
                                                 const GenerateOptions& options,
                                                 int64_t& tokens) {
  std::vector<std::vector<Sequence>> result(prompts.size(),
                                            std::vector<Sequence>(1));
  Cache cache(model.config());
  cache.keep = Cache::Keep::suffixes;
  Live live(prompts);
  Ragged rows = ragged(prompts, model.device());
  for (int64_t step = 0; step < options.max_new_tokens; ++step) {
    const Tensor states = last_states(rows, model.hidden(rows, &cache));
    tokens += rows.tokens();
    const Tensor logits = model.head(states);
    const Tensor chosen = logits.argmax(1);
    const Tensor logprob =
        (logits.gather(1, chosen.unsqueeze(1)) - logits.logsumexp(1, true));
    const std::vector<int64_t> ids = to_ints(chosen);
    const std::vector<float> logprobs = to_floats(logprob);
    std::vector<int64_t> stay;
    std::vector<std::vector<int64_t>> next;
    std::vector<int64_t> start;
    for (size_t i = 0; i < ids.size(); ++i) {
      Sequence& sequence = result[live.prompt[i]][0];
      sequence.ids.push_back(ids[i]);
      sequence.token_logprobs.push_back(logprobs[i]);
      sequence.score += logprobs[i];
      if (is_eos(ids[i], options.eos_ids)) continue;
      stay.push_back(static_cast<int64_t>(i));
      next.push_back({ids[i]});
      start.push_back(live.length[i]++);
    }
    if (stay.empty()) break;
    if (stay.size() < ids.size()) {
      cache.select_suffixes(stay);
      live.keep(stay);
    }
    rows = ragged(next, model.device(), start);
  }
  return result;
}

}  // namespace lethe
