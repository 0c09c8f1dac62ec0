#include "harness/text/component.h"

namespace lethe {
namespace {

// The published tokenizers nest at most two deep.
constexpr int kMaxDepth = 8;

// They write one character, U+2581 or a space.
constexpr size_t kMaxText = 32;

}  // namespace

std::string component_type(const Json& component, const Place& place) {
  return require_string(component, "type", place.where());
}

void refuse_type(const std::string& type, const Place& place,
                 const std::vector<std::string>& supported) {
  std::string names;
  for (const auto& name : supported) {
    names += (names.empty() ? "" : ", ") + name;
  }
  fail_input(place.file,
             fmt::format("{} type \"{}\" is not supported", place.kind, type),
             "use a tokenizer made of the supported ones (" + names + ")");
}

void refuse_option(const std::string& option, const Place& place) {
  fail_input(place.file,
             fmt::format("{} option {} is not supported", place.kind, option),
             "use a tokenizer without it");
}

bool require_flag(const Json& component, const std::string& key,
                  const Place& place) {
  const Json& flag = require(component, key, place.where());
  if (!flag.is_boolean()) {
    fail_input(place.where(), fmt::format("\"{}\" is not a boolean", key),
               "it must be true or false");
  }
  return flag.get<bool>();
}

bool flag_or(const Json& component, const std::string& key, bool fallback,
             const Place& place) {
  return component.contains(key) ? require_flag(component, key, place)
                                 : fallback;
}

std::string require_literal_pattern(const Json& component, const Place& place) {
  const Json& pattern = require(component, "pattern", place.where());
  if (pattern.is_object() && pattern.contains("Regex")) {
    refuse_option("pattern Regex " + pattern["Regex"].dump(), place);
  }
  const std::string text = require_string(pattern, "String", place.where());
  if (text.empty()) refuse_option("pattern String \"\"", place);
  return text;
}

std::string require_short_text(const Json& component, const std::string& key,
                               const Place& place) {
  std::string text = require_string(component, key, place.where());
  if (text.size() > kMaxText) {
    fail_input(place.where(),
               fmt::format("\"{}\" has {} bytes", key, text.size()),
               fmt::format("at most {} are supported", kMaxText));
  }
  return text;
}

void check_growth(size_t before, size_t after, const Place& place) {
  if (after / 16 <= before || after <= (size_t{1} << 16)) return;
  fail_input(place.where(), fmt::format("makes {} bytes of {}", after, before),
             "check its steps");
}

void for_each_component(
    const Json& sequence, const std::string& key, const Place& place,
    const std::function<void(const Json&, const Place&)>& visit) {
  const Json& list = require(sequence, key, place.where());
  if (!list.is_array()) {
    fail_input(place.where(), fmt::format("\"{}\" is not a list", key),
               "it must be a list of components");
  }
  if (place.depth >= kMaxDepth) {
    fail_input(place.where(),
               fmt::format("sequences are nested deeper than {}", kMaxDepth),
               "flatten them");
  }
  Place inside = place;
  ++inside.depth;
  for (const Json& component : list) visit(component, inside);
}

}  // namespace lethe
