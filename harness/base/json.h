// JSON in and out, and plugin options bound from it.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/base/names.h"

// What nlohmann_json has from 3.11 on; Ubuntu 22.04 has 3.10. Keys that are
// absent keep the default of the struct.
#ifndef NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT
#define LETHE_JSON_FROM(key) \
  nlohmann_json_t.key = nlohmann_json_j.value(#key, nlohmann_json_default.key);
#define NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Type, ...)           \
  inline void to_json(nlohmann::json& nlohmann_json_j,                       \
                      const Type& nlohmann_json_t) {                         \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__)) \
  }                                                                          \
  inline void from_json(const nlohmann::json& nlohmann_json_j,               \
                        Type& nlohmann_json_t) {                             \
    const Type nlohmann_json_default{};                                      \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(LETHE_JSON_FROM, __VA_ARGS__))  \
  }
#endif

// Made once, in json.cpp, and not in each of hundreds of files: an eighth of
// their compile time.
extern template class nlohmann::basic_json<>;
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace lethe {

using Json = nlohmann::json;
// Keeps the order in which keys were added: for everything people read.
using OrderedJson = nlohmann::ordered_json;

// The parsed text. `where` names the source in errors.
// Throws: input error with line and column; duplicate keys are refused.
Json parse_json(const std::string& text, const std::string& where);

// As parse_json, with // and /* */ comments allowed (suites, tasks).
Json parse_json_with_comments(const std::string& text,
                              const std::string& where);

// The parsed file. Throws: usage error if absent, input error if longer than
// `max_bytes`, malformed, or with duplicate keys.
Json read_json(const std::string& path, size_t max_bytes = 256u << 20);

// The value at `key`. Throws: input error that names `where`, the key and the
// type wanted.
const Json& require(const Json& object, const std::string& key,
                    const std::string& where);
std::string require_string(const Json& object, const std::string& key,
                           const std::string& where);
int64_t require_int(const Json& object, const std::string& key,
                    const std::string& where);
double require_number(const Json& object, const std::string& key,
                      const std::string& where);

// Throws a usage error with near names unless every key of `given` is one of
// `allowed`.
void reject_unknown_keys(const Json& given,
                         const std::vector<std::string>& allowed,
                         const std::string& where);

// Throws a usage error unless `given` is an object whose keys are all in
// `defaults` and whose values have the type of the default's value (an integer
// where a number is wanted is fine; null is allowed where the default is null).
void check_options(const Json& given, const Json& defaults,
                   const std::string& where);

// The options as a JSON object with every default.
template <class Options>
Json defaults() {
  return Json(Options{});
}

// `given` bound to an options struct declared with
// NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT.
// Throws: usage error on an unknown key (with near names) or a wrong type.
template <class Options>
Options parse(const Json& given, const std::string& where = "options") {
  const Json object = given.is_null() ? Json::object() : given;
  check_options(object, defaults<Options>(), where);
  return object.get<Options>();
}

// For plugins without options: throws if `given` holds any key.
inline void reject_options(const Json& given) {
  check_options(given.is_null() ? Json::object() : given, Json::object(),
                "options");
}

// The value of `a.b=value` on a command line: JSON if it parses, else text.
Json parse_value(const std::string& text);

// One line with sorted keys: the canonical form that hashes are taken of.
std::string canonical(const Json& value);

}  // namespace lethe
