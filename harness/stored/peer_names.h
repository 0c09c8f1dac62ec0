// Which of our measures is which of open-unlearning's.
#pragma once

#include <optional>
#include <string>

#include "harness/base/json.h"

namespace lethe {

struct PeerMeasure {
  std::string probe, metric;
  Json options = Json::object();
  std::string field, split, role, want;
};

// "forget_Q_A_Prob" is teacher_forced's probability on the split forget; "ra"
// and "wf" are the splits real_authors and world_facts. nullopt for names that
// mean nothing here.
std::optional<PeerMeasure> measure_of_peer(const std::string& name);

// "mia_loss" of "loss_mia", and back. Empty when it is neither.
std::string peer_attack(const std::string& probe);
std::string attack_of_peer(const std::string& name);

// "ra" of "real_authors", "wf" of "world_facts", else the split itself.
std::string peer_prefix(const std::string& split);

}  // namespace lethe
