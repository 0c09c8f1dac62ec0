#include "harness/stored/peer_names.h"

#include <map>

namespace lethe {
namespace {

const std::pair<const char*, const char*> kSplits[] = {{"forget", "forget"},
                                                       {"retain", "retain"},
                                                       {"ra", "real_authors"},
                                                       {"wf", "world_facts"}};

const std::pair<const char*, const char*> kAttacks[] = {
    {"gradnorm", "gradient_norm_mia"}};

std::string without_end(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.ends_with(end)
             ? text.substr(0, text.size() - end.size())
             : "";
}

PeerMeasure of_split(const std::string& split) {
  PeerMeasure m;
  m.split = split;
  m.role = split == "forget" ? "forget" : "retain";
  m.want = split == "forget" ? "low" : "high";
  return m;
}

// What stands behind "forget_" and the like.
std::optional<PeerMeasure> of_rest(PeerMeasure m, const std::string& rest) {
  const bool forget = m.split == "forget";
  if (rest == "Q_A_Prob" || rest == "Q_A_Prob_normalised") {
    m.probe = "teacher_forced";
    m.metric = m.field = "probability";
    return m;
  }
  if (rest == "Q_A_ROUGE") {
    m.probe = "greedy_generation";
    m.metric = "rouge_l";
    m.options = {{"stemmer", true}};
    m.field = "recall";
    return m;
  }
  if (rest == "truth_ratio" || rest == "Truth_Ratio") {
    m.probe = "teacher_forced";
    m.metric = "truth_ratio";
    m.field = forget ? "closer_to_1_better" : "true_better";
    m.want = "high";
    return m;
  }
  return {};
}

}  // namespace

std::string peer_prefix(const std::string& split) {
  for (const auto& [prefix, own] : kSplits) {
    if (split == own) return prefix;
  }
  return split;
}

std::string peer_attack(const std::string& probe) {
  for (const auto& [peer, own] : kAttacks) {
    if (probe == own) return "mia_" + std::string(peer);
  }
  const std::string name = without_end(probe, "_mia");
  return name.empty() ? "" : "mia_" + name;
}

std::string attack_of_peer(const std::string& name) {
  if (name.rfind("mia_", 0) != 0 || name.size() == 4) return "";
  const std::string own = name.substr(4);
  for (const auto& [peer, ours] : kAttacks) {
    if (own == peer) return ours;
  }
  return own + "_mia";
}

std::optional<PeerMeasure> measure_of_peer(const std::string& name) {
  for (const auto& [prefix, split] : kSplits) {
    const std::string begin = std::string(prefix) + "_";
    if (name.rfind(begin, 0) != 0) continue;
    const auto found = of_rest(of_split(split), name.substr(begin.size()));
    if (found) return found;
  }
  static const std::map<std::string, PeerMeasure> others = {
      {"forget_quality",
       {"teacher_forced", "forget_quality", Json::object(), "p", "forget",
        "forget", "high"}},
      {"model_utility",
       {"imported", "model_utility", Json::object(), "model_utility", "utility",
        "retain", "high"}},
      {"privleak",
       {"min_k_mia", "privleak", Json::object(), "privleak", "forget+holdout",
        "forget", "near"}}};
  const auto found = others.find(name);
  if (found != others.end()) return found->second;
  const std::string attack = attack_of_peer(name);
  if (attack.empty()) return {};
  PeerMeasure m;
  m.probe = attack;
  m.metric = m.field = "auroc";
  m.split = "forget+holdout";
  m.role = "forget";
  m.want = "near";
  return m;
}

}  // namespace lethe
