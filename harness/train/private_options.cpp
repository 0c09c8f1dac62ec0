#include "harness/train/private_options.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "harness/base/log.h"
#include "harness/base/privacy.h"
#include "harness/base/rng.h"

namespace lethe {
namespace {

// Rows by document, in the order of their first rows.
std::vector<std::vector<int64_t>> documents_of(const TrainingSet& rows) {
  std::vector<std::vector<int64_t>> documents;
  std::unordered_map<size_t, size_t> places;
  for (int64_t row = 0; row < rows.size(); ++row) {
    const size_t example = rows.rows()[row].example;
    const auto [found, fresh] = places.try_emplace(example, documents.size());
    if (fresh) documents.emplace_back();
    documents[found->second].push_back(row);
  }
  return documents;
}

void in_range(bool good, const std::string& key, const std::string& range) {
  if (!good) {
    fail_usage("training option " + key, "is out of range", "give " + range);
  }
}

// What the promise does not survive, or what is not computed with it.
void refuse_beside(const TrainOptions& o) {
  const auto refuse = [](bool wanted, const char* key, const char* why,
                         const char* cure) {
    if (wanted) fail_usage(fmt::format("training option {}", key), why, cure);
  };
  refuse(o.clip > 0 && o.clip != TrainOptions().clip, "clip",
         "clips the sum of all gradients, and dp_clip those of each document",
         "give dp_clip alone");
  refuse(o.fused_step, "fused_step",
         "takes its steps before the noise is there", "leave it out");
  refuse(o.sam_rho > 0, "sam_rho", "is not computed with DP-SGD",
         "leave it out");
  refuse(o.rs_sigma > 0, "rs_sigma", "is not computed with DP-SGD",
         "leave it out");
  refuse(o.saliency_percentile > 0, "saliency_percentile",
         "picks weights by gradients without noise", "leave it out");
  for (const auto& [split, times] : o.repeat.items()) {
    refuse(times.is_number() && times.get<double>() > 1, "repeat",
           "shows a document more often than DP-SGD counts it",
           "give more epochs");
  }
  refuse(o.dedup != "none", "dedup",
         "lets one document decide whether another is there, which DP-SGD does "
         "not count",
         "write the data without duplicates first: lethe data sanitise");
  refuse(std::count(o.scrub.begin(), o.scrub.end(), "name") > 0, "scrub",
         "of names judges all documents together, which DP-SGD does not count",
         "leave \"name\" out");
  refuse(o.dp_noise > 0 && o.dp_epsilon > 0, "dp_epsilon",
         "and dp_noise both say how much noise is added", "give one of them");
}

}  // namespace

bool is_private(const TrainOptions& o) {
  return o.dp_noise > 0 || o.dp_epsilon > 0;
}

void settle_privacy(TrainOptions& o, const Json& given) {
  in_range(o.dp_noise >= 0 && std::isfinite(o.dp_noise), "dp_noise",
           "0 (off) or more");
  in_range(o.dp_epsilon >= 0 && std::isfinite(o.dp_epsilon), "dp_epsilon",
           "0 (off) or more");
  in_range(o.dp_clip > 0 && std::isfinite(o.dp_clip), "dp_clip", "more than 0");
  in_range(o.dp_delta > 0 && o.dp_delta < 1, "dp_delta",
           "a number between 0 and 1");
  if (is_private(o)) {
    refuse_beside(o);
    o.clip = 0;
    return;
  }
  // Off by name: a row of a grid, or a method beside private ones.
  if (given.contains("dp_noise") || given.contains("dp_epsilon")) return;
  const Json known = TrainOptions();
  for (const char* key : {"dp_clip", "dp_delta"}) {
    if (!given.contains(key) || given[key] == known[key]) continue;
    fail_usage(fmt::format("training option {}", key),
               "is read by DP-SGD, which is off",
               "give dp_noise or dp_epsilon with it");
  }
}

Json training_over(Json base, const Json& over) {
  if (over.contains("dp_noise") || over.contains("dp_epsilon")) {
    base.erase("dp_noise");
    base.erase("dp_epsilon");
  }
  base.update(over);
  return base;
}

void check_privacy(const TrainOptions& o,
                   const std::vector<std::string>& splits) {
  if (!is_private(o)) return;
  for (const std::string& split : splits) {
    if (std::count(splits.begin(), splits.end(), split) == 1) continue;
    fail_usage("model.train.splits", "names " + split + " twice",
               "DP-SGD counts a document once: name it once, and give more "
               "epochs");
  }
  if (o.seed > int64_t{1} << 48) return;
  log_warning(fmt::format(
      "the noise follows from seed {}, which can be guessed: before the model "
      "is given away, train with --set seed=N of 60 random bits, kept secret",
      o.seed));
}

int64_t drawn_units(const TrainOptions& o, const TrainingSet& rows) {
  return is_private(o) ? static_cast<int64_t>(documents_of(rows).size())
                       : rows.size();
}

double PrivacyPlan::epsilon(int64_t steps) const {
  PrivacyAccountant accountant;
  accountant.add({rate, noise}, steps);
  return accountant.spent(delta).epsilon;
}

PrivacyPlan privacy_plan(const TrainOptions& o, const TrainingSet& rows) {
  PrivacyPlan plan;
  plan.documents = drawn_units(o, rows);
  const auto n = static_cast<double>(plan.documents);
  if (o.dp_delta >= 1 / n) {
    fail_usage("training option dp_delta",
               fmt::format("is {}, and with {} documents that promises no one "
                           "of them anything",
                           o.dp_delta, plan.documents),
               fmt::format("give less than {:.3g}", 1 / n));
  }
  plan.expected = std::min(n, static_cast<double>(o.batch * o.accumulate));
  plan.rate = plan.expected / n;
  plan.clip = o.dp_clip;
  plan.delta = o.dp_delta;
  plan.noise = o.dp_noise > 0 ? o.dp_noise
                              : noise_for({o.dp_epsilon, o.dp_delta}, plan.rate,
                                          total_steps(o, plan.documents));
  if (!std::isfinite(plan.epsilon(total_steps(o, plan.documents)))) {
    fail_usage("training option dp_noise",
               fmt::format("{} is too little for any epsilon", plan.noise),
               "give more");
  }
  return plan;
}

std::string privacy_sentence(const PrivacyPlan& plan, int64_t steps) {
  return fmt::format(
      "epsilon {:.4g} at delta {} for one of {} documents (noise {:.4g}, clip "
      "{}, rate {:.4g}, {} steps)",
      plan.epsilon(steps), plan.delta, plan.documents, plan.noise, plan.clip,
      plan.rate, steps);
}

std::vector<int64_t> rows_of_drawn(const TrainOptions& o,
                                   const TrainingSet& rows, int64_t step) {
  const auto documents = documents_of(rows);
  const double rate = static_cast<double>(o.batch * o.accumulate) /
                      static_cast<double>(documents.size());
  Rng rng(static_cast<uint64_t>(o.seed), fmt::format("poisson:{}", step));
  std::vector<int64_t> keys;
  for (const std::vector<int64_t>& document : documents) {
    if (rng.uniform() >= rate) continue;
    keys.insert(keys.end(), document.begin(), document.end());
  }
  return keys;
}

std::vector<std::vector<int64_t>> document_passes(
    const TrainingSet& rows, const std::vector<int64_t>& keys, int64_t batch) {
  const auto document = [&](int64_t key) { return rows.rows()[key].example; };
  std::vector<std::vector<int64_t>> passes;
  for (const int64_t key : keys) {
    const bool fits = !passes.empty() &&
                      static_cast<int64_t>(passes.back().size()) < batch &&
                      document(passes.back().front()) == document(key);
    if (!fits) passes.emplace_back();
    passes.back().push_back(key);
  }
  return passes;
}

}  // namespace lethe
