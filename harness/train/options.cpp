#include "harness/train/options.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "harness/sanitise/sanitise.h"
#include "harness/text/plain_form.h"
#include "harness/train/private_options.h"

namespace lethe {
namespace {

void in_range(bool good, const std::string& key, const std::string& range) {
  if (!good) {
    fail_usage("training option " + key, "is out of range", "give " + range);
  }
}

void one_of(const std::string& given, const std::string& key,
            const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), given) == known.end()) {
    fail_usage("training option " + key, "unknown value \"" + given + "\"",
               suggest(given, known));
  }
}

void check_optimiser(const TrainOptions& o) {
  one_of(o.optimiser, "optimiser", {"adamw", "adamw_8bit", "adamw_factored"});
  one_of(o.rounding, "rounding", {"stochastic", "nearest", "master"});
  in_range(o.sam_rho >= 0 && std::isfinite(o.sam_rho), "sam_rho",
           "a number from 0");
  in_range(o.rs_sigma >= 0 && std::isfinite(o.rs_sigma), "rs_sigma",
           "a number from 0");
  const auto refuse = [](bool wanted, const char* key, const char* why,
                         const char* cure) {
    if (wanted) fail_usage(std::string("training option ") + key, why, cure);
  };
  refuse(o.sam_rho > 0 && o.rs_sigma > 0, "rs_sigma",
         "and sam_rho are two ways to smooth one term", "give one of them");
  if (!o.fused_step) return;
  refuse(o.clip > 0, "fused_step",
         "steps are taken before the gradient's norm is known, and clip is "
         "not 0",
         "give \"clip\": 0");
  refuse(o.accumulate > 1, "fused_step",
         "steps are taken after one backward pass, and accumulate is above 1",
         "give \"accumulate\": 1");
  refuse(o.sam_rho > 0 || o.rs_sigma > 0, "fused_step",
         "sam_rho and rs_sigma need the gradients of all weights at once",
         "leave fused_step out");
}

int64_t warmup_steps(const TrainOptions& o, int64_t total) {
  return o.warmup < 1 ? static_cast<int64_t>(
                            std::ceil(o.warmup * static_cast<double>(total)))
                      : static_cast<int64_t>(o.warmup);
}

// What is trained.
void check_selection(const TrainOptions& o) {
  in_range(o.lora_rank >= 0 && o.lora_rank <= 1 << 16, "lora_rank",
           "0 (full fine-tuning) or more");
  in_range(o.lora_alpha >= 0, "lora_alpha", "0 (twice the rank) or more");
  in_range(!o.lora_targets.empty(), "lora_targets",
           "names of layers, or [\"all-linear\"]");
  in_range(std::all_of(o.train_layers.begin(), o.train_layers.end(),
                       [](int64_t layer) { return layer >= 0; }),
           "train_layers", "numbers from 0");
  in_range(o.saliency_percentile >= 0 && o.saliency_percentile < 100,
           "saliency_percentile", "a number in [0, 100)");
  one_of(o.saliency_unit, "saliency_unit", {"module", "weight"});
  if (o.fused_step && o.saliency_percentile > 0 &&
      o.saliency_unit == "weight") {
    fail_usage("fused_step", "leaves no moment to mask single weights",
               "use saliency_unit=module, or leave one of them out");
  }
  if (!o.lora_merge && o.lora_rank == 0) {
    fail_usage("lora_merge", "is false without LoRA", "give lora_rank");
  }
}

// What the goldfish loss leaves out.
void check_goldfish(const TrainOptions& o) {
  one_of(o.mask, "mask", {"hash", "static", "random"});
  one_of(o.form, "form", {"published", "preceding"});
  one_of(o.hash, "hash", {"product", "minhash"});
  one_of(o.goldfish_on, "goldfish_on", {"all", "flagged"});
  in_range(o.k >= 2, "k", "2 or more");
  in_range(o.h >= 1, "h", "1 or more");
  in_range(o.start >= 0, "start", "0 or more");
  in_range(o.table_seed >= 0, "table_seed", "0 or more");
  in_range(o.shingle >= 1 && (o.shingle <= o.h || o.hash == "product"),
           "shingle", fmt::format("1 to h, which is {}", o.h));
  in_range(o.goldfish_from >= 1, "goldfish_from", "1 or more");
  in_range(o.goldfish_to == 0 || o.goldfish_to >= o.goldfish_from,
           "goldfish_to", "0 (the last step), or a step from goldfish_from on");
  plain_steps(o.normalise);
}

// Options that a loss or mask does not read keep their defaults, which run.json
// spells out.
void check_loss(const TrainOptions& o, const Json& given) {
  one_of(o.loss, "loss", {"nll", "goldfish"});
  check_goldfish(o);
  const Json known = TrainOptions();
  const bool goldfish = o.loss == "goldfish", hash = o.mask == "hash";
  const auto reads = [&](const std::vector<const char*>& keys, bool read,
                         const std::string& reader) {
    for (const char* key : keys) {
      if (read || !given.contains(key) || given[key] == known[key]) continue;
      fail_usage(
          std::string("training option ") + key,
          goldfish ? "is not read by " + reader : "is the goldfish loss's",
          goldfish ? "leave it out" : "give loss=goldfish");
    }
  };
  reads({"k", "mask", "goldfish_on", "goldfish_from", "goldfish_to"}, goldfish,
        "");
  reads({"h", "table_seed", "form", "hash", "normalise"}, goldfish && hash,
        "mask=" + o.mask);
  reads({"shingle"}, goldfish && hash && o.hash == "minhash",
        hash ? "hash=product" : "mask=" + o.mask);
  reads({"start"}, goldfish && o.mask == "static", "mask=" + o.mask);
}

}  // namespace

TrainOptions parse_train_options(const Json& given) {
  auto o = parse<TrainOptions>(given, "training options");
  in_range(o.lr >= 0 && std::isfinite(o.lr), "lr", "a number from 0");
  in_range(o.steps >= 0, "steps", "0 or more");
  in_range(o.epochs > 0 || o.steps > 0, "epochs", "more than 0");
  in_range(o.batch >= 1 && o.batch <= 1 << 20, "batch", "at least 1");
  in_range(o.accumulate >= 1 && o.accumulate <= 1 << 20, "accumulate",
           "at least 1");
  in_range(o.sequence_length >= 0, "sequence_length", "0 or more");
  in_range(o.warmup >= 0, "warmup", "0 or more");
  in_range(o.betas.size() == 2 && o.betas[0] >= 0 && o.betas[0] < 1 &&
               o.betas[1] >= 0 && o.betas[1] < 1,
           "betas", "two numbers in [0, 1)");
  in_range(o.eps > 0, "eps", "more than 0");
  in_range(o.clip >= 0, "clip", "0 or more");
  one_of(o.schedule, "schedule", {"linear", "cosine", "constant"});
  one_of(o.label_mask, "label_mask", {"answer", "all"});
  settle_privacy(o, given);
  check_optimiser(o);
  check_selection(o);
  check_loss(o, given);
  check_sanitise_options(sanitise_options(o), "training option");
  for (const auto& [split, times] : o.repeat.items()) {
    in_range(times.is_number_integer() && times.get<int64_t>() >= 1,
             "repeat." + split, "a whole number from 1");
  }
  return o;
}

SanitiseOptions sanitise_options(const TrainOptions& o) {
  SanitiseOptions how;
  how.dedup = o.dedup;
  how.dedup_threshold = o.dedup_threshold;
  how.scrub = o.scrub;
  return how;
}

int64_t total_steps(const TrainOptions& o, int64_t rows) {
  if (o.steps > 0) return o.steps;
  const int64_t per_step = o.batch * o.accumulate;
  const int64_t per_epoch = (rows + per_step - 1) / per_step;
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(
                                  o.epochs * static_cast<double>(per_epoch))));
}

double learning_rate(const TrainOptions& o, int64_t step, int64_t total) {
  const int64_t warmup = warmup_steps(o, total);
  const int64_t done = step - 1;  // schedulers count finished steps
  if (done < warmup) {
    return o.lr * static_cast<double>(done) / static_cast<double>(warmup);
  }
  if (o.schedule == "constant") return o.lr;
  const double progress =
      static_cast<double>(done - warmup) /
      static_cast<double>(std::max<int64_t>(1, total - warmup));
  if (o.schedule == "cosine") {
    return o.lr *
           std::max(0.0, 0.5 * (1 + std::cos(std::numbers::pi * progress)));
  }
  return o.lr * std::max(0.0, 1 - progress);
}

}  // namespace lethe
