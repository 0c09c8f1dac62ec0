#include <fmt/core.h>

#include <filesystem>

#include "harness/base/hash.h"
#include "harness/base/version.h"
#include "results/gate/writers.h"

namespace lethe {
namespace {

// Text without markup: SARIF's messages link [text](target) and fill {0}.
std::string plain(const std::string& text) {
  std::string safe;
  for (const char c : printable(text, 2000)) {
    if (c == '[' || c == ']' || c == '\\') safe += '\\';
    if (c == '{' || c == '}') safe += c;
    safe += c;
  }
  return safe;
}

// A path as a URI reference: relative where it lies below the working folder.
std::string uri_of(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path absolute = fs::absolute(path).lexically_normal();
  const fs::path relative = absolute.lexically_relative(fs::current_path());
  const bool below = !relative.empty() && *relative.begin() != "..";
  const std::string text = (below ? relative : absolute).generic_string();
  std::string uri = below ? "" : "file://";
  for (const unsigned char c : text) {
    const bool plain_character =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
        (c >= 'a' && c <= 'z') ||
        std::string("-._~/").find(static_cast<char>(c)) != std::string::npos;
    uri += plain_character ? std::string(1, static_cast<char>(c))
                           : fmt::format("%{:02X}", c);
  }
  return uri;
}

// Stable over runs, so that a reader knows an alert again.
std::string fingerprint(const GateReport& report, const GateCheck& check) {
  return short_hash(fmt::format(
      "{}\x1F{}\x1F{}\x1F{}\x1F{}", report.gates[check.gate].name, check.rule,
      check.row, check.metric, bound_key(check.bound.kind)));
}

std::string rule_id(const GateReport& report, size_t gate, size_t rule) {
  const std::string name = printable(report.gates[gate].name, 100);
  return rule < report.gates[gate].rules.size()
             ? fmt::format("{}/{}", name, rule)
             : name + "/run";
}

OrderedJson rules_json(const GateReport& report) {
  OrderedJson rules = OrderedJson::array();
  for (size_t g = 0; g < report.gates.size(); ++g) {
    for (size_t r = 0; r <= report.gates[g].rules.size(); ++r) {
      GateCheck check;
      check.gate = g;
      check.rule = r;
      check.title = "the run is finished and none of its cells failed";
      const std::string name = plain(report.rule_name(check));
      rules.push_back({{"id", rule_id(report, g, r)},
                       {"shortDescription", {{"text", name}}},
                       {"fullDescription", {{"text", name}}},
                       {"help", {{"text", name}}},
                       {"defaultConfiguration", {{"level", "error"}}}});
    }
  }
  return rules;
}

size_t rule_index(const GateReport& report, const GateCheck& check) {
  size_t index = check.rule;
  for (size_t g = 0; g < check.gate; ++g) {
    index += report.gates[g].rules.size() + 1;
  }
  return index;
}

// Undecidable is no pass: it is reported as an error too.
OrderedJson result_json(const GateReport& report, const GateCheck& check) {
  OrderedJson json;
  json["ruleId"] = rule_id(report, check.gate, check.rule);
  json["ruleIndex"] = rule_index(report, check);
  json["kind"] = "fail";
  json["level"] = "error";
  json["message"]["text"] = plain(
      fmt::format("{}: {} {}: {} (value {}, n {})", verdict_text(check.verdict),
                  gate_subject(check), bound_text(check.bound), check.reason,
                  gate_value(check, check.value.value), check.value.n));
  const std::string uri = uri_of(report.gates[check.gate].source);
  json["locations"] =
      OrderedJson::array({{{"physicalLocation",
                            {{"artifactLocation", {{"uri", uri}}},
                             {"region", {{"startLine", 1}}}}}}});
  json["partialFingerprints"]["primaryLocationLineHash"] =
      fingerprint(report, check);
  json["properties"]["verdict"] = verdict_text(check.verdict);
  return json;
}

}  // namespace

std::string gate_sarif(const GateReport& report) {
  OrderedJson run;
  run["tool"]["driver"] = {{"name", "lethe"},
                           {"semanticVersion", version()},
                           {"rules", rules_json(report)}};
  run["invocations"] = OrderedJson::array(
      {{{"executionSuccessful", true}, {"exitCode", report.exit_code()}}});
  run["results"] = OrderedJson::array();
  for (const GateCheck& check : report.checks) {
    if (check.verdict != Verdict::pass) {
      run["results"].push_back(result_json(report, check));
    }
  }
  run["properties"]["gate"] = gate_json(report);
  OrderedJson json;
  json["$schema"] =
      "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
      "sarif-schema-2.1.0.json";
  json["version"] = "2.1.0";
  json["runs"] = OrderedJson::array({run});
  return json.dump(1, ' ', true, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace lethe
