// Normalizers: what is done to a text before it is split.
#pragma once

#include <memory>
#include <string>

#include "harness/text/component.h"

namespace lethe {

// Immutable, so safe in threads.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // The normalized text; valid UTF-8 in and out.
  virtual std::string normalize(std::string text) const = 0;
};

// The normalizer of a tokenizer.json, null if the file has null there.
// Throws: input error if a type or option is unknown or malformed.
std::unique_ptr<const Normalizer> make_normalizer(const Json& json,
                                                  const Place& place);

}  // namespace lethe
