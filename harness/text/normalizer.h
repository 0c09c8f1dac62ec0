// Normalizers: what is done to a text before it is split.
#pragma once

#include <memory>
#include <string>

#include "harness/text/component.h"

namespace lethe {

// A text on its way through normalizers.
struct Draft {
  std::string text;
  // Its first bytes that stem from the very first character of the text given
  // to the tokenizer; 0 if they were taken away, or for a later part. Metaspace
  // with prepend_scheme "first" asks for it.
  size_t origin = 0;
};

// Immutable, so safe in threads.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // Normalizes the text; valid UTF-8 in and out.
  virtual void normalize(Draft* draft) const = 0;
};

// The normalizer of a tokenizer.json, null if the file has null there.
// Throws: input error if a type or option is unknown or malformed.
std::unique_ptr<const Normalizer> make_normalizer(const Json& json,
                                                  const Place& place);

// normalizer_charsmap.cpp: sentencepiece's "Precompiled".
std::unique_ptr<const Normalizer> make_charsmap(const Json& json,
                                                const Place& place);

}  // namespace lethe
