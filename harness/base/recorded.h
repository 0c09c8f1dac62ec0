// Estimates on their way into records.
#pragma once

#include "harness/base/record.h"
#include "harness/base/statistics.h"

namespace lethe {

// Sets the record's ci95.
inline void put_interval(Record& record, const Interval& interval) {
  record.ci_low = interval.low;
  record.ci_high = interval.high;
  record.ci_method = interval.method;
}

// Sets value, n and ci95; messages are the caller's.
inline void put_estimate(Record& record, const Estimate& estimate) {
  record.value = estimate.value;
  record.n = estimate.n;
  put_interval(record, estimate.ci95);
}

}  // namespace lethe
