// Tokens and their ids.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lethe {

// Ids must be below this: an id indexes tables, and no vocabulary comes near.
constexpr int64_t kMaxTokenIds = int64_t{1} << 24;

// Lets a map of strings be searched with a view, without a copy.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
using IdMap =
    std::unordered_map<std::string, uint32_t, StringHash, std::equal_to<>>;

// Unique tokens with unique ids; ids may have gaps.
class Vocabulary {
 public:
  Vocabulary() = default;
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;

  // Throws: input error in the name of `file` unless 0 <= id < kMaxTokenIds
  // and neither the token nor the id is there already.
  void add(const std::string& token, int64_t id, const std::string& file);

  std::optional<uint32_t> find(std::string_view token) const;

  // Null if no token has the id.
  const std::string* token(int64_t id) const;

  // The number of tokens.
  size_t size() const { return ids_.size(); }

  // The highest id + 1, 0 if empty.
  int64_t id_limit() const { return static_cast<int64_t>(tokens_.size()); }

 private:
  IdMap ids_;
  std::vector<const std::string*> tokens_;  // by id, pointing into ids_
};

}  // namespace lethe
