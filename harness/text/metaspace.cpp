#include "harness/text/metaspace.h"

#include "harness/text/utf8.h"

namespace lethe {

std::string metaspace_character(const Json& json, const Place& place) {
  const std::string text = require_string(json, "replacement", place.where());
  if (text.empty() || code_point_at(text.data()).size != text.size()) {
    fail_input(place.where(), "\"replacement\" is " + Json(text).dump(),
               "it must be one character");
  }
  return text;
}

std::string metaspace_scheme(const Json& json, const Place& place) {
  const bool add = flag_or(json, "add_prefix_space", true, place);
  const Json written = json.value("prepend_scheme", Json());
  if (written.is_null()) return add ? "always" : "never";
  const std::string scheme =
      require_string(json, "prepend_scheme", place.where());
  if (scheme != "always" && scheme != "first" && scheme != "never") {
    refuse_option("prepend_scheme " + Json(scheme).dump(), place);
  }
  if (!add && scheme != "never") {
    fail_input(place.where(), "has no add_prefix_space, but a prepend_scheme",
               "make it \"never\"");
  }
  return scheme;
}

}  // namespace lethe
