#include "harness/app/output.h"

#include <cmath>
#include <cstdio>

#include "harness/base/error.h"

namespace lethe {

OrderedJson number_json(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

OrderedJson estimate_json(const Estimate& e) {
  OrderedJson json;
  json["value"] = number_json(e.value);
  json["n"] = e.n;
  json["ci95"] = std::isfinite(e.ci95.low)
                     ? OrderedJson::array({e.ci95.low, e.ci95.high})
                     : OrderedJson();
  if (!e.reason.empty()) json["reason"] = e.reason;
  if (!e.note.empty()) json["note"] = e.note;
  return json;
}

void print_json(const OrderedJson& row) {
  const std::string line =
      row.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  if (std::fputs(line.c_str(), stdout) < 0) {
    fail_runtime("stdout", "cannot write", "check where it goes");
  }
}

}  // namespace lethe
