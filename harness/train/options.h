// The keys of training that `train`, `unlearn` and suites share.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

struct SanitiseOptions;

struct TrainOptions {
  double lr = 1e-5;
  int64_t steps = 0;  // optimiser steps; 0: from epochs
  double epochs = 1;  // passes over the data (over forget, when unlearning)
  int64_t batch = 8;  // rows a backward pass
  int64_t accumulate =
      1;  // backward passes a step; the loss is as of one batch
  int64_t sequence_length = 0;      // tokens a row; 0: the model's window
  double warmup = 0;                // steps, or below 1 a share of all steps
  std::string schedule = "linear";  // linear, cosine or constant after warmup
  double weight_decay = 0;          // decoupled, on every weight
  std::vector<double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double clip = 1.0;  // largest gradient norm; 0: no clipping
  // DP-SGD: see private_options.h. Noise of this deviation (times dp_clip), or
  // as much as keeps a run within dp_epsilon; both 0: off. clip is then not
  // applied.
  double dp_noise = 0;
  double dp_epsilon = 0;
  double dp_clip = 1.0;    // largest gradient norm of one document, > 0
  double dp_delta = 1e-5;  // below 1 / documents
  // adamw, adamw_8bit or adamw_factored: see optimiser.h.
  std::string optimiser = "adamw";
  // Of weights below float32 and of moments below it: stochastic (right on
  // average), nearest, or master (float32 copies of the weights are trained,
  // which the weights are the nearest of).
  std::string rounding = "stochastic";
  // Each weight takes its step within the backward pass, and its gradient is
  // freed. Needs clip 0 and accumulate 1.
  bool fused_step = false;
  // Blocks are computed again in the backward pass in place of being kept.
  bool activation_checkpointing = false;
  // See smoothing.h; of the term "forget", in the norm of all weights. 0: off
  double sam_rho = 0;   // >= 0
  double rs_sigma = 0;  // >= 0
  int64_t seed = 0;
  int64_t lora_rank = 0;  // 0: full fine-tuning
  double lora_alpha = 0;  // scale = alpha / rank; 0: twice the rank
  // Layers with matrices: names or their ends; "all-linear": all of the blocks.
  std::vector<std::string> lora_targets = {"all-linear"};
  bool lora_merge = true;                  // false: only the adapter is written
  std::vector<int64_t> train_layers;       // numbers from 0; empty: all
  std::vector<std::string> train_modules;  // parts of names; empty: all
  // Only what the forget gradient picks is trained: what lies above this
  // percentile of all gradient norms; 0: everything.
  double saliency_percentile = 0;
  std::string saliency_unit = "module";  // or weight
  std::string label_mask = "answer";     // answer: only the completion, or all
  // nll, or goldfish: a token in k is left out of the loss (see goldfish.h).
  std::string loss = "nll";
  int64_t k = 4, h = 13;      // h: tokens that the mask "hash" hashes
  std::string mask = "hash";  // hash, static, or random: anew at each visit
  int64_t start = 0;          // of static: the first target left out
  int64_t table_seed = 2971215073;  // of hash
  std::string form = "published";   // of hash: published, or preceding
  std::string hash = "product";     // of hash: product, or minhash
  int64_t shingle = 3;              // of minhash: tokens in a row
  // Of hash: what is done to a text before (text/plain_form.h); empty: nothing.
  std::vector<std::string> normalise;
  std::string goldfish_on = "all";  // or flagged: rows with "goldfish": true
  // Steps in which tokens are left out, both included; to 0: the last.
  int64_t goldfish_from = 1, goldfish_to = 0;
  Json repeat =
      Json::object();  // {"split": n}: rows of a split n times an epoch
  // Of the data of a model that is trained anew: see sanitise/sanitise.h.
  std::string dedup = "none";      // none, exact or near
  double dedup_threshold = 0.8;    // of near: Jaccard similarity
  std::vector<std::string> scrub;  // email, url, number, name
  int64_t eval_every = 0;          // steps; 0: never
  // Of the original model's states that are kept at once, on the CPU.
  int64_t original_bytes = int64_t{2} << 30;
  double checkpoint_seconds = 30;  // 0: no checkpoints
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    TrainOptions, lr, steps, epochs, batch, accumulate, sequence_length, warmup,
    schedule, weight_decay, betas, eps, clip, dp_noise, dp_epsilon, dp_clip,
    dp_delta, optimiser, rounding, fused_step, activation_checkpointing,
    sam_rho, rs_sigma, seed, lora_rank, lora_alpha, lora_targets, lora_merge,
    train_layers, train_modules, saliency_percentile, saliency_unit, label_mask,
    loss, k, h, mask, start, table_seed, form, hash, shingle, normalise,
    goldfish_on, goldfish_from, goldfish_to, repeat, dedup, dedup_threshold,
    scrub, eval_every, original_bytes, checkpoint_seconds)

// `given` over the defaults. Throws: usage error for an unknown key, a value
// out of range, or options that exclude each other.
TrainOptions parse_train_options(const Json& given);

// What of them says how data are sanitised.
SanitiseOptions sanitise_options(const TrainOptions& options);

// Number of optimiser steps for `rows` rows (or documents: see drawn_units).
int64_t total_steps(const TrainOptions& options, int64_t rows);

// Learning rate of step 1..total, as transformers' schedulers give it.
double learning_rate(const TrainOptions& options, int64_t step, int64_t total);

}  // namespace lethe
