// Tokens and their ids.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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
  int64_t id_limit() const { return id_limit_; }

  // Every id and its token, in the order of ids.
  std::vector<std::pair<uint32_t, const std::string*>> by_id() const;

 private:
  IdMap ids_;
  // By id, pointing into ids_. Ids far above the number of tokens so far are in
  // the map: a short file with a high id takes no room for those between.
  std::vector<const std::string*> near_;
  std::unordered_map<int64_t, const std::string*> far_;
  int64_t id_limit_ = 0;
};

}  // namespace lethe
