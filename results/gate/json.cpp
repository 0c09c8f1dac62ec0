#include <cmath>

#include "results/gate/writers.h"

namespace lethe {
namespace {

OrderedJson number(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr);
}

OrderedJson pair(double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return nullptr;
  return OrderedJson::array({low, high});
}

OrderedJson text(const std::string& value) {
  return value.empty() ? OrderedJson(nullptr) : OrderedJson(value);
}

OrderedJson check_json(const GateReport& report, const GateCheck& check) {
  const Gate& gate = report.gates[check.gate];
  const bool has_rule = check.rule < gate.rules.size();
  OrderedJson json;
  json["rule"] = report.rule_name(check);
  json["metric"] = check.metric;
  json["value"] = number(check.value.value);
  json["ci95"] = pair(check.value.low, check.value.high);
  json["threshold"] = number(check.bound.threshold);
  json["n"] = check.value.n;
  json["verdict"] = verdict_text(check.verdict);
  json["reason"] = check.reason;
  json["gate"] = gate.name;
  json["row"] = text(check.row);
  json["bound"] = bound_key(check.bound.kind);
  json["unit"] = text(check.unit);
  json["interval"] = pair(check.low, check.high);
  json["level"] = gate.level;
  json["ci_method"] = check.value.ci_method;
  json["vs"] = text(has_rule ? gate.rules[check.rule].versus : "");
  json["measured"] = number(check.measured);
  json["compared_with"] = number(check.compared_with);
  json["p"] = number(check.p);
  json["p_corrected"] = number(check.p_corrected);
  return json;
}

}  // namespace

OrderedJson gate_json(const GateReport& report) {
  OrderedJson json;
  json["verdict"] = verdict_text(report.verdict());
  json["exit_code"] = report.exit_code();
  json["run"] = report.run;
  json["baseline"] = text(report.baseline);
  json["gates"] = OrderedJson::array();
  for (const Gate& gate : report.gates) {
    json["gates"].push_back({{"gate", gate.name}, {"version", gate.version}});
  }
  json["rules"] = OrderedJson::array();
  for (const GateCheck& check : report.checks) {
    json["rules"].push_back(check_json(report, check));
  }
  json["remarks"] = report.remarks;
  return json;
}

}  // namespace lethe
