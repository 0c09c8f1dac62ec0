// Reading the components of a tokenizer.json: objects with a "type", some of
// which hold a list of further components.
//
// A component is a small class behind one of four interfaces (normalizer.h,
// pre_tokenizer.h, model.h, decoder.h) or a template (post_processor.h). To add
// one, write its class in a file of its own and name it in the make_...
// function of its interface, which refuses every name that it does not know.
#pragma once

#include <functional>
#include <string>

#include "harness/base/json.h"

namespace lethe {

// Where a component stands in the file.
struct Place {
  std::string file;  // the path, for errors
  std::string kind;  // "normalizer", "pre_tokenizer", "decoder", ...
  int depth = 0;     // how many Sequences it is inside of

  // "tokenizer.json: pre_tokenizer" and the like.
  std::string where() const { return file + ": " + kind; }
};

// The component's type. Throws: input error unless it is an object with one.
std::string component_type(const Json& component, const Place& place);

// Throws an input error that names the type and those that are supported.
[[noreturn]] void refuse_type(const std::string& type, const Place& place,
                              const std::vector<std::string>& supported);

// Throws an input error: an option of a supported component is not supported.
[[noreturn]] void refuse_option(const std::string& option, const Place& place);

// The flag at `key`. Throws: input error unless it is true or false.
bool require_flag(const Json& component, const std::string& key,
                  const Place& place);
// As above, `fallback` if the key is absent.
bool flag_or(const Json& component, const std::string& key, bool fallback,
             const Place& place);

// The text of {"String": text} at "pattern". Throws: input error if it is
// empty, or a regular expression.
std::string require_literal_pattern(const Json& component, const Place& place);

// The text at `key`. Throws: input error if it has more than 32 bytes: it is
// written many times over.
std::string require_short_text(const Json& component, const std::string& key,
                               const Place& place);

// Throws an input error if steps made a text more than 16 times (and 64 KiB)
// longer: a few of them could fill the memory.
void check_growth(size_t before, size_t after, const Place& place);

// Calls `visit` for each component of the list at `key`, one level deeper.
// Throws: input error if nested too deep, or if it is not a list.
void for_each_component(
    const Json& sequence, const std::string& key, const Place& place,
    const std::function<void(const Json&, const Place&)>& visit);

}  // namespace lethe
