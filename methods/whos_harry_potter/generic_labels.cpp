#include "methods/whos_harry_potter/generic_labels.h"

#include <algorithm>
#include <cassert>

#include "harness/base/log.h"
#include "harness/score/score.h"
#include "harness/tensor/exponentials.h"
#include "harness/tensor/ops.h"
#include "harness/train/head_loss.h"

namespace lethe {
namespace {

// The labelled places of some blocks, side by side for both models.
struct Places {
  std::vector<std::vector<int64_t>> ids, translated;  // rows
  std::vector<int64_t> wanted, wanted_translated;     // [M] among their tokens
  std::vector<std::pair<size_t, int64_t>> at;         // [M] block, place
};

Places places_of(const std::vector<GenericBlock>& blocks, size_t begin,
                 size_t end) {
  Places all;
  int64_t first = 0, first_translated = 0;
  for (size_t b = begin; b < end; ++b) {
    const GenericBlock& block = blocks[b];
    assert(block.places.size() == block.ids.size());
    for (size_t t = 1; t < block.ids.size(); ++t) {
      const int64_t place = block.places[t];
      if (place < 1) continue;
      all.wanted.push_back(first + static_cast<int64_t>(t) - 1);
      all.wanted_translated.push_back(first_translated + place - 1);
      all.at.emplace_back(b, static_cast<int64_t>(t));
    }
    all.ids.push_back(block.ids);
    all.translated.push_back(block.translated);
    first += static_cast<int64_t>(block.ids.size());
    first_translated += static_cast<int64_t>(block.translated.size());
  }
  return all;
}

// [M, H] states before the wanted places.
Tensor states_of(const Model& model,
                 const std::vector<std::vector<int64_t>>& rows,
                 const std::vector<int64_t>& wanted) {
  Ragged ragged_rows = ragged(rows, model.device());
  ragged_rows.wanted = int_tensor(wanted, model.device());
  return model.hidden(ragged_rows);
}

// Takes the penalty from the lowered tokens of each place of a chunk.
void lower(Tensor& logits, const std::vector<GenericBlock>& blocks,
           const Places& places, const TokenRange& range, double penalty) {
  std::vector<int64_t> rows, tokens;
  for (int64_t i = 0; i < range.count; ++i) {
    const auto& [b, t] = places.at[static_cast<size_t>(range.begin + i)];
    std::vector<int64_t> own;
    for (const auto& [from, id] : blocks[b].lowered) {
      if (from <= t) own.push_back(id);
    }
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    rows.insert(rows.end(), own.size(), i);
    tokens.insert(tokens.end(), own.begin(), own.end());
  }
  if (rows.empty()) return;
  const at::Device device = logits.device();
  logits.index_put_(
      {int_tensor(rows, device), int_tensor(tokens, device)},
      at::full({static_cast<int64_t>(rows.size())}, -penalty, logits.options()),
      /*accumulate=*/true);
}

class Labeller {
 public:
  Labeller(const Model& baseline, const Model* reinforced,
           const std::vector<GenericBlock>& blocks,
           const GenericOptions& options)
      : baseline_(baseline),
        reinforced_(options.alpha == 0 ? nullptr : reinforced),
        blocks_(blocks),
        o_(options) {
    for (const GenericBlock& block : blocks) {
      labels.emplace_back(block.ids.size());
    }
    if (o_.everywhere.empty() || o_.everywhere_penalty == 0) return;
    const at::Device device = baseline.device();
    everywhere_ = at::zeros({baseline.config().vocab_size},
                            at::TensorOptions(device).dtype(at::kFloat));
    everywhere_.index_fill_(0, int_tensor(o_.everywhere, device),
                            -o_.everywhere_penalty);
  }

  std::vector<std::vector<GenericLabel>> labels;

  void label(size_t begin, size_t end) {
    const Places places = places_of(blocks_, begin, end);
    if (places.at.empty()) return;
    const Tensor base =
        states_of(baseline_, places.translated, places.wanted_translated);
    Tensor raised;
    if (reinforced_ != nullptr) {
      raised = states_of(*reinforced_, places.ids, places.wanted);
    }
    const auto count = static_cast<int64_t>(places.at.size());
    for (const TokenRange& range :
         token_ranges(count, baseline_.config().vocab_size)) {
      label_range(places, range, base, raised);
    }
  }

 private:
  void label_range(const Places& places, const TokenRange& range,
                   const Tensor& base, const Tensor& raised) {
    const auto part = [&](const Tensor& states) {
      return states.narrow(0, range.begin, range.count);
    };
    const Tensor v_base = baseline_.head(part(base));
    Tensor v =
        raised.defined()
            ? generic_logits(v_base, reinforced_->head(part(raised)), o_.alpha)
            : v_base.clone();
    lower(v, blocks_, places, range, o_.penalty);
    if (everywhere_.defined()) v += everywhere_.to(v.dtype());
    const bool some = o_.tokens > 0 && o_.tokens < v.size(1);
    const Tensor chosen = (some ? v.narrow(1, 0, o_.tokens) : v).argmax(1);
    const Tensor probability =
        (v_base.gather(1, chosen.unsqueeze(1)).squeeze(1) -
         summarise_rows(v_base).log_sum)
            .exp();
    store(places, range, chosen, probability);
  }

  void store(const Places& places, const TokenRange& range,
             const Tensor& chosen, const Tensor& probability) {
    const std::vector<int64_t> ids = to_ints(chosen);
    const Tensor numbers = probability.to(at::kDouble).cpu();
    const double* values = numbers.const_data_ptr<double>();
    for (size_t i = 0; i < ids.size(); ++i) {
      const auto& [b, t] = places.at[static_cast<size_t>(range.begin) + i];
      labels[b][static_cast<size_t>(t)] = {ids[i], values[i]};
    }
  }

  const Model& baseline_;
  const Model* reinforced_;
  const std::vector<GenericBlock>& blocks_;
  const GenericOptions o_;
  Tensor everywhere_;  // [V] what every place's logits get; undefined: nothing
};

}  // namespace

Tensor generic_logits(const Tensor& baseline, const Tensor& reinforced,
                      double alpha) {
  return baseline - (reinforced - baseline).clamp_min_(0).mul_(alpha);
}

std::vector<std::vector<GenericLabel>> generic_labels(
    const Model& baseline, const Model* reinforced,
    const std::vector<GenericBlock>& blocks, const GenericOptions& options) {
  const at::NoGradGuard no_gradients;
  Labeller labeller(baseline, reinforced, blocks, options);
  const auto most =
      static_cast<size_t>(default_batch_tokens(baseline.device()));
  Progress progress("generic labels", "blocks",
                    static_cast<int64_t>(blocks.size()));
  for (size_t begin = 0; begin < blocks.size();) {
    size_t end = begin, tokens = 0;
    while (end < blocks.size() &&
           (end == begin || tokens + blocks[end].ids.size() <= most)) {
      tokens += blocks[end].ids.size();
      ++end;
    }
    labeller.label(begin, end);
    begin = end;
    progress.set(static_cast<int64_t>(end));
  }
  return labeller.labels;
}

}  // namespace lethe
