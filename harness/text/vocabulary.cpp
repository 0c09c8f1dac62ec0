#include "harness/text/vocabulary.h"

#include <fmt/core.h>

#include "harness/base/error.h"

namespace lethe {

void Vocabulary::add(const std::string& token, int64_t id,
                     const std::string& file) {
  if (id < 0 || id >= kMaxTokenIds) {
    fail_input(file, fmt::format("token \"{}\" has id {}", token, id),
               fmt::format("ids are from 0 to {}", kMaxTokenIds - 1));
  }
  if (const std::string* other = this->token(id)) {
    fail_input(
        file,
        fmt::format("id {} belongs to \"{}\" and to \"{}\"", id, *other, token),
        "give each token an id of its own");
  }
  const auto [entry, added] = ids_.emplace(token, static_cast<uint32_t>(id));
  if (!added) {
    fail_input(
        file,
        fmt::format("token \"{}\" has ids {} and {}", token, entry->second, id),
        "list each token once");
  }
  const auto index = static_cast<size_t>(id);
  if (index >= tokens_.size()) tokens_.resize(index + 1);
  tokens_[index] = &entry->first;
}

std::optional<uint32_t> Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

const std::string* Vocabulary::token(int64_t id) const {
  if (id < 0 || id >= id_limit()) return nullptr;
  return tokens_[static_cast<size_t>(id)];
}

}  // namespace lethe
