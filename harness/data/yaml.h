// YAML as data, as PyYAML's safe loader on libyaml reads it (YAML 1.1: `no` is
// false, 010 is 8), with the place of every value. Bounded: the files come from
// elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

constexpr size_t kMaxYaml = 256u << 10;  // bytes of a file

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, boolean, integer, real, text, list, map, tagged };

  Kind kind = Kind::null;
  std::string where;  // "file:line"
  // Of scalars as they are written; of `tagged` what follows the tag.
  std::string text;
  std::string tag;      // of `tagged`: "!function"
  int64_t integer = 0;  // of integers; of booleans 0 or 1
  double real = 0;      // of integers too
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;  // of maps, in order

  bool is(Kind other) const { return kind == other; }
  // The value of a key of a map; nullptr where there is none.
  const YamlNode* find(const std::string& key) const;
  // "a list", "true", "the text \"x\"": for errors.
  std::string shown() const;
};

struct YamlEntry {
  std::string key;
  YamlNode value;
};

// The one document of the text. An alias stands for a copy of its value.
// Throws: input error "<where>:LINE: ..." when it is no YAML, longer than
// kMaxYaml, nested deeper than 64, has more than 20,000 values with all aliases
// written out, a key twice, or what is not data: tags other than those of
// scalars and !function, merge keys, keys that are no scalars.
YamlNode parse_yaml(const std::string& text, const std::string& where);

}  // namespace lethe
