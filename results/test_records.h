// Small records for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"

namespace lethe {

// A record of `method` (which is its label too), complete but for the measure.
inline Record test_record(const std::string& method, int64_t seed = 0) {
  Record r;
  r.run = "r1";
  r.suite = "quickstart";
  r.label = method;
  r.method = method;
  r.model_hash = method + std::to_string(seed);
  r.device = "cpu";
  r.dtype = "float32";
  r.seed = seed;
  return r;
}

// `base` with the value of greedy_extraction.exact_match on forget, n = 100.
inline Record extraction(Record base, double value) {
  base.probe = "greedy_extraction";
  base.metric = base.field = "exact_match";
  base.split = "forget";
  base.want = "low";
  base.target = "reference";
  base.unit = "fraction";
  base.data_hash = "d1";
  base.items_hash = "i1";
  base.value = value;
  base.ci_low = value - 0.01;
  base.ci_high = value + 0.05;
  base.ci_method = "wilson";
  base.n = base.n_expected = 100;
  return base;
}

// `base` with teacher_forced.perplexity on retain, no interval.
inline Record perplexity(Record base, double value) {
  base.probe = "teacher_forced";
  base.metric = base.field = "perplexity";
  base.split = "retain";
  base.want = "low";
  base.unit = "perplexity";
  base.value = value;
  base.n = base.n_expected = 50;
  return base;
}

// `base` with the accuracy of the task arc_easy.
inline Record accuracy(Record base, double value) {
  base.task = "arc_easy";
  base.metric = base.field = "acc";
  base.split = "test";
  base.want = "high";
  base.unit = "fraction";
  base.value = value;
  base.n = base.n_expected = 570;
  return base;
}

inline Record seconds(Record base, double value) {
  base.metric = "cost";
  base.field = "seconds";
  base.unit = "seconds";
  base.value = value;
  return base;
}

// The record `r` without a value, for the reason given.
inline Record missing(Record r, const std::string& status,
                      const std::string& message) {
  r.value = r.ci_low = r.ci_high = std::numeric_limits<double>::quiet_NaN();
  r.n = 0;
  r.status = status;
  r.message = message;
  return r;
}

// none, retrain and npo with extraction, perplexity, accuracy and seconds.
inline std::vector<Record> small_board() {
  std::vector<Record> records;
  const auto add = [&](const std::string& method, double em, double ppl,
                       double acc, double time) {
    const Record base = test_record(method);
    records.push_back(extraction(base, em));
    records.push_back(perplexity(base, ppl));
    records.push_back(accuracy(base, acc));
    records.push_back(seconds(base, time));
  };
  add("none", 0.9, 12, 0.4, 0);
  add("retrain", 0.1, 14, 0.44, 60);
  add("npo", 0.3, 13, 0.43, 31.25);
  return records;
}

}  // namespace lethe
