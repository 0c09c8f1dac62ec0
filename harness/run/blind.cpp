#include "harness/run/blind.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

struct Kind {
  bool blind = false;
  std::string headline;
};

Kind kind_of(const std::string& name, const Json& set) {
  const auto probe = Registry<Probe>::make(name, set);
  const std::vector<std::string> metrics = probe->metrics();
  return {probe->blind(), metrics.empty() ? "" : metrics.front()};
}

bool is_blind(const std::string& name) {
  return kind_of(name, Json::object()).blind;
}

bool asked(const Suite& suite, const std::string& name,
           const std::vector<std::string>& on) {
  return std::any_of(suite.attacks.begin(), suite.attacks.end(),
                     [&](const ProbeSpec& probe) {
                       return probe.name == name && probe.on == on;
                     });
}

// Same cell, splits and metric.
using Group = std::tuple<std::string, std::string, std::string>;

bool compared(const Record& record) {
  return record.status == "ok" && !record.probe.empty() && record.finite() &&
         record.field == kind_of(record.probe, record.probe_options).headline;
}

// The best of the probes that ask the model.
std::map<Group, Record> best_of(const std::vector<Record>& records) {
  std::map<Group, Record> best;
  for (const Record& record : records) {
    if (!compared(record) || is_blind(record.probe)) continue;
    const Group group{record.cell, record.split, record.metric};
    const auto [place, first] = best.emplace(group, record);
    if (!first && record.value > place->second.value) place->second = record;
  }
  return best;
}

}  // namespace

Suite with_blind_baselines(Suite suite) {
  std::map<std::string, std::string> baselines;  // by headline metric
  for (const std::string& name : Registry<Probe>::names()) {
    const Kind kind = kind_of(name, Json::object());
    if (kind.blind) baselines[kind.headline] = name;
  }
  const std::vector<ProbeSpec> given = suite.attacks;
  for (const ProbeSpec& probe : given) {
    const Kind kind = kind_of(probe.name, probe.set);
    const auto found = baselines.find(kind.headline);
    const bool judged = found != baselines.end() && !kind.blind;
    if (judged && !asked(suite, found->second, probe.on)) {
      suite.attacks.push_back({found->second, probe.on, Json::object()});
    }
  }
  return suite;
}

std::vector<std::string> mark_blind_wins(std::vector<Record>& records) {
  const std::map<Group, Record> best = best_of(records);
  std::map<std::string, std::string> sentences;  // by splits
  for (Record& record : records) {
    if (!compared(record) || !is_blind(record.probe)) continue;
    const auto found = best.find({record.cell, record.split, record.metric});
    if (found == best.end() || found->second.value > record.value ||
        !(record.ci_low > 0.5)) {
      continue;
    }
    record.message = fmt::format(
        "without asking the model {} is {:.3f} ({:.3f} to {:.3f}), the best "
        "attack ({}) has {:.3f}: the split is flawed, membership scores on it "
        "tell texts apart, not what was learnt",
        record.metric, record.value, record.ci_low, record.ci_high,
        found->second.probe, found->second.value);
    sentences.emplace(record.split, record.split + ": " + record.message);
  }
  std::vector<std::string> all;
  for (const auto& [split, sentence] : sentences) all.push_back(sentence);
  return all;
}

}  // namespace lethe
