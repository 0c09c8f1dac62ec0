// Reading the keys of a file that people write, each with its type; what is
// left over is an error with near names.
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/base/error.h"
#include "harness/base/json.h"

namespace lethe {

inline bool whole_number(const Json& value) {
  return value.is_number_integer() && value.get<int64_t>() >= 0;
}

// Reads the keys of one object: each is asked for once.
class Keys {
 public:
  // `json` must outlive this. Throws: usage error when it is no object.
  Keys(const Json& json, std::string where)
      : json_(json), where_(std::move(where)) {
    if (!json.is_object()) {
      fail_usage(where_, "is no object", "write {\"key\": value}");
    }
  }

  // Leaves `value` as it is where the key is absent.
  template <class T>
  void get(const std::string& key, T& value) {
    known_.push_back(key);
    if (!json_.contains(key)) return;
    if constexpr (std::is_same_v<T, int64_t>) {
      if (!whole_number(json_.at(key))) {
        fail_usage(where_ + "." + key, "is " + shown(key),
                   "give a whole number from 0");
      }
    }
    try {
      value = json_.at(key).get<T>();
    } catch (const Json::exception&) {
      fail_usage(where_ + "." + key, "has the wrong type: " + shown(key),
                 "give " + Json(value).dump() + " or alike");
    }
  }

  void need(const std::string& key, std::string& value) {
    get(key, value);
    if (value.empty()) {
      fail_usage(where_, "has no \"" + key + "\"", "add it");
    }
  }

  // A string, or a list of strings.
  void names(const std::string& key, std::vector<std::string>& value) {
    if (json_.contains(key) && json_.at(key).is_string()) {
      known_.push_back(key);
      value = {json_.at(key).get<std::string>()};
    } else {
      get(key, value);
    }
  }

  const Json* raw(const std::string& key) {
    known_.push_back(key);
    return json_.contains(key) ? &json_.at(key) : nullptr;
  }

  void done() const { reject_unknown_keys(json_, known_, where_); }
  std::string where(const std::string& key) const { return where_ + "." + key; }

 private:
  std::string shown(const std::string& key) const {
    return json_.at(key).dump().substr(0, 60);
  }

  const Json& json_;
  std::string where_;
  std::vector<std::string> known_;
};

// Throws: usage error with near names unless `value` is among `allowed`.
inline void one_of(const std::string& value,
                   const std::vector<std::string>& allowed,
                   const std::string& where) {
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    fail_usage(where, "is \"" + value + "\"", suggest(value, allowed));
  }
}

}  // namespace lethe
