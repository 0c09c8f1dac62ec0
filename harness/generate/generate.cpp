#include "harness/generate/generate.h"

#include <algorithm>
#include <numeric>

#include "harness/base/error.h"
#include "harness/generate/decoders.h"
#include "harness/score/oom.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// How many new tokens a prompt may have.
int64_t length_of(const GenerateOptions& options, size_t prompt) {
  return options.lengths.empty() ? options.max_new_tokens
                                 : options.lengths[prompt];
}

void check_lengths(const Prompts& prompts, const GenerateOptions& o) {
  if (!o.lengths.empty() && o.lengths.size() != prompts.size()) {
    fail_usage("generate",
               fmt::format("{} lengths for {} prompts", o.lengths.size(),
                           prompts.size()),
               "give each prompt its own, or none");
  }
  int64_t least = o.num_beams;
  for (size_t p = 0; p < prompts.size(); ++p) {
    least = std::min(least, length_of(o, p));
  }
  if (least < 1 || o.max_new_tokens < 1) {
    fail_usage("generate", "max_new_tokens or num_beams is below 1",
               "give at least 1");
  }
}

void check(const Model& model, const Prompts& prompts,
           const GenerateOptions& o) {
  check_lengths(prompts, o);
  const bool too_many = !o.do_sample && o.num_return_sequences > o.num_beams;
  if (o.num_return_sequences < 1 || too_many) {
    fail_usage("generate",
               fmt::format("num_return_sequences is {}, num_beams {}",
                           o.num_return_sequences, o.num_beams),
               "ask for at most num_beams sequences, or sample");
  }
  if (o.num_beams > 1 && (o.do_sample || o.stop)) {
    fail_usage("generate", "beams cannot be sampled or end at a text",
               "set num_beams to 1, or leave do_sample and stop out");
  }
  if (o.guide && (o.do_sample || o.stop || !o.eos_ids.empty())) {
    fail_usage("generate", "guided beams have a fixed length",
               "leave do_sample, stop and eos_ids out");
  }
  const int64_t window = model.config().max_positions;
  check_ids(o.banned_ids, model.config().vocab_size);
  for (size_t p = 0; p < prompts.size(); ++p) {
    const std::vector<int64_t>& prompt = prompts[p];
    if (prompt.empty()) {
      fail_usage("generate", "a prompt has no tokens", "give at least one");
    }
    const auto length = static_cast<int64_t>(prompt.size());
    // The last new token is never read.
    if (length + length_of(o, p) - 1 > window) {
      fail_usage("generate",
                 fmt::format("a prompt of {} tokens and {} new ones exceed the "
                             "model's window of {}",
                             length, length_of(o, p), window),
                 "shorten the prompt or ask for fewer new tokens");
    }
    for (const int64_t id : prompt) {
      if (id < 0 || id >= model.config().vocab_size) {
        fail_input("generate",
                   fmt::format("token id {} is not below the model's "
                               "vocabulary of {}",
                               id, model.config().vocab_size),
                   "the tokenizer and the model do not belong together");
      }
    }
  }
}

// Prompts by what they still need, then by length: equal ones share a batch and
// end together.
std::vector<size_t> by_length(const Prompts& prompts,
                              const GenerateOptions& options) {
  std::vector<size_t> order(prompts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(length_of(options, a), prompts[a].size()) >
           std::pair(length_of(options, b), prompts[b].size());
  });
  return order;
}

std::vector<std::vector<Sequence>> continued(const Model& model,
                                             const DecodeBatch& batch,
                                             const GenerateOptions& options,
                                             int64_t& tokens) {
  if (options.guide) return guided_search(model, batch, options, tokens);
  return options.num_beams == 1 ? token_by_token(model, batch, options, tokens)
                                : beam_search(model, batch, options, tokens);
}

}  // namespace

Generation generate(const Model& model, const Prompts& prompts,
                    const GenerateOptions& options) {
  const c10::InferenceMode inference;
  check(model, prompts, options);
  Generation result;
  result.sequences.resize(prompts.size());
  const std::vector<size_t> order = by_length(prompts, options);
  int64_t budget = options.batch_tokens > 0
                       ? options.batch_tokens
                       : default_batch_tokens(model.device());
  size_t next = 0;
  while (next < order.size()) {
    DecodeBatch batch;
    int64_t rows_tokens = 0;
    size_t end = next;
    while (end < order.size()) {
      const int64_t rows =
          std::max(options.num_beams, options.num_return_sequences);
      const auto cost = static_cast<int64_t>(prompts[order[end]].size()) +
                        length_of(options, order[end]) * rows;
      if (end > next && rows_tokens + cost > budget) break;
      rows_tokens += cost;
      batch.numbers.push_back(order[end] +
                              static_cast<size_t>(options.first_number));
      batch.lengths.push_back(length_of(options, order[end]));
      batch.prompts.push_back(prompts[order[end++]]);
    }
    std::vector<std::vector<Sequence>> found;
    int64_t computed = 0;
    const bool fits = try_with_memory(batch.prompts.size() > 1, [&] {
      found = continued(model, batch, options, computed);
    });
    if (!fits) {
      budget = std::max<int64_t>(1, rows_tokens / 2);
      continue;
    }
    result.tokens += computed;
    for (size_t i = 0; i < found.size(); ++i) {
      result.sequences[order[next + i]] = std::move(found[i]);
    }
    next = end;
    if (options.progress) options.progress(computed);
  }
  return result;
}

}  // namespace lethe
