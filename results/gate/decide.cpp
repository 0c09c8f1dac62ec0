#include "results/gate/decide.h"

#include <fmt/core.h>

#include <cmath>

#include "harness/base/one_sided_tests.h"

namespace lethe {
namespace {

bool lower_bound(const Bound& bound) { return bound.kind == BoundKind::min; }

// Beyond the bound; a value at the bound is within.
bool beyond(double value, const Bound& bound) {
  return lower_bound(bound) ? value < bound.threshold : value > bound.threshold;
}

const char* side(const Bound& bound) {
  return lower_bound(bound) ? "below" : "above";
}

std::string number(double value) { return fmt::format("{:.6g}", value); }

std::string interval_text(const GateCheck& check) {
  return fmt::format("[{:.4g}, {:.4g}]", check.low, check.high);
}

void decide_by_value(GateCheck& check) {
  const bool fails = beyond(check.value.value, check.bound);
  check.verdict = fails ? Verdict::fail : Verdict::pass;
  if (fails) {
    check.reason =
        fmt::format("{} is {} {}", number(check.value.value), side(check.bound),
                    number(check.bound.threshold));
  }
}

void set_interval(GateCheck& check, double level) {
  if (!check.value.has_interval()) return;
  const Bounds bounds = interval_at(check.value, level);
  check.low = bounds.low;
  check.high = bounds.high;
}

void decide_by_interval(GateCheck& check, bool rejected) {
  const bool low_beyond = beyond(check.low, check.bound);
  const bool high_beyond = beyond(check.high, check.bound);
  if (!low_beyond && !high_beyond && beyond(check.value.value, check.bound)) {
    check.reason =
        fmt::format("the value {} lies outside of its own interval {}",
                    number(check.value.value), interval_text(check));
  } else if (!low_beyond && !high_beyond) {
    check.verdict = Verdict::pass;
  } else if (low_beyond && high_beyond && rejected) {
    check.verdict = Verdict::fail;
    check.reason =
        fmt::format("the whole interval {} lies {} {}", interval_text(check),
                    side(check.bound), number(check.bound.threshold));
  } else if (low_beyond && high_beyond) {
    check.reason = fmt::format(
        "the interval {} lies {} {}, but not after the correction",
        interval_text(check), side(check.bound), number(check.bound.threshold));
  } else {
    check.reason = fmt::format(
        "the interval {} holds {}: measure more items, or write \"ci\": "
        "\"point\"",
        interval_text(check), number(check.bound.threshold));
  }
}

// The chance of a value this far beyond the bound by luck.
double p_of(const GateCheck& check) {
  return lower_bound(check.bound) ? p_below(check.value, check.bound.threshold)
                                  : p_above(check.value, check.bound.threshold);
}

void correct(const GateRule& rule, std::vector<GateCheck*>& checks) {
  std::vector<double> p;
  for (GateCheck* check : checks) p.push_back(check->p = p_of(*check));
  const std::vector<double> corrected =
      rule.correct == "holm" ? holm(p) : benjamini_hochberg(p);
  for (size_t i = 0; i < checks.size(); ++i) {
    checks[i]->p_corrected = corrected[i];
  }
}

}  // namespace

void decide(const GateRule& rule, double level,
            std::vector<GateCheck>& checks) {
  std::vector<GateCheck*> open;
  for (GateCheck& check : checks) {
    if (!check.reason.empty()) continue;
    set_interval(check, level);
    if (!std::isfinite(check.value.value)) {
      check.reason = "no value";
    } else if (rule.point) {
      decide_by_value(check);
    } else if (!check.value.has_interval()) {
      check.reason =
          "it has no interval: write \"ci\": \"point\" to decide by the value";
    } else {
      open.push_back(&check);
    }
  }
  if (!rule.correct.empty()) correct(rule, open);
  for (GateCheck* check : open) {
    const bool rejected =
        rule.correct.empty() || check->p_corrected <= (1 - level) / 2;
    decide_by_interval(*check, rejected);
    if (rule.correct.empty() || check->reason.empty()) continue;
    check->reason += fmt::format("; p {:.2g}, {:.2g} corrected over {} values",
                                 check->p, check->p_corrected, open.size());
  }
}

void decide_exact(GateCheck& check) {
  if (!check.reason.empty()) return;
  decide_by_value(check);
}

}  // namespace lethe
