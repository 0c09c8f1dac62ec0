// The keys of an lm-eval task: which are read, and which refused.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/data/yaml.h"

namespace lethe {

// Access to one map. Every error names the file, the line and the key.
class LmEvalKeys {
 public:
  // `prefix` stands before the keys in errors: "generation_kwargs.".
  explicit LmEvalKeys(const YamlNode& map, std::string prefix = "");

  // The value; nullptr where it is absent or null.
  const YamlNode* find(const std::string& key) const;
  // "FILE:LINE: KEY".
  std::string where(const std::string& key) const;
  // Throws: input error.
  [[noreturn]] void refuse(const std::string& key, const std::string& what,
                           const std::string& cure) const;

  // Values of one type. Throws: input error when it is another; null has no
  // type.
  std::string text(const std::string& key, const std::string& otherwise) const;
  int64_t integer(const std::string& key, int64_t otherwise) const;
  bool flag(const std::string& key, bool otherwise) const;
  // A text, or a list of texts.
  std::vector<std::string> texts(const std::string& key) const;

  // Throws: input error for the first key that is none of `known`.
  void only(const std::vector<std::string>& known) const;

  const YamlNode& map() const { return map_; }

 private:
  const YamlNode* raw(const std::string& key) const { return map_.find(key); }

  const YamlNode& map_;
  std::string prefix_;
};

// Throws: input error for the first key of a task that cannot be converted:
// code, groups, images, and what lm-eval does not know.
void refuse_lm_eval_keys(const LmEvalKeys& keys);

}  // namespace lethe
