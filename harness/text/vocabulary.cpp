#include "harness/text/vocabulary.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/error.h"

namespace lethe {
namespace {

constexpr size_t kAlwaysNear = size_t{1} << 16;  // ids

}  // namespace

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
  id_limit_ = std::max(id_limit_, id + 1);
  const auto index = static_cast<size_t>(id);
  if (index >= 4 * ids_.size() + kAlwaysNear) {
    far_[id] = &entry->first;
    return;
  }
  if (index >= near_.size()) near_.resize(index + 1);
  near_[index] = &entry->first;
}

std::optional<uint32_t> Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

const std::string* Vocabulary::token(int64_t id) const {
  if (id < 0 || id >= id_limit_) return nullptr;
  const auto index = static_cast<size_t>(id);
  if (index < near_.size() && near_[index] != nullptr) return near_[index];
  const auto found = far_.find(id);
  return found == far_.end() ? nullptr : found->second;
}

std::vector<std::pair<uint32_t, const std::string*>> Vocabulary::by_id() const {
  std::vector<std::pair<uint32_t, const std::string*>> all;
  for (const auto& [token, id] : ids_) all.emplace_back(id, &token);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace lethe
