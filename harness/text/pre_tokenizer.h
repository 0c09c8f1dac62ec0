// Pre-tokenizers: how a text is cut into the pieces that the model encodes.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/text/component.h"

namespace lethe {

// The pieces of one text, in order. A step replaces `views`, and keeps text
// that it wrote itself in `written`.
struct Pieces {
  std::vector<std::string_view> views;
  std::vector<std::string_view> next;  // room for a step to build its result
  std::deque<std::string> written;

  void start(std::string_view text) {
    views.assign(1, text);
    written.clear();
  }
};

// Immutable, so safe in threads.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Cuts each piece into pieces. Texts are valid UTF-8.
  virtual void split(Pieces* pieces) const = 0;
};

struct PreTokenization {
  std::unique_ptr<const PreTokenizer> steps;  // null: the text is one piece
  // The pieces are plain bytes, and the last step would have written each byte
  // as a character of the byte alphabet: the model reads its vocabulary so.
  bool bytes = false;
};

// The pre-tokenizer of a tokenizer.json. A ByteLevel step at the very end
// leaves its writing to the model if `may_leave_bytes`.
// Throws: input error if a type or option is unknown or malformed.
PreTokenization make_pre_tokenizer(const Json& json, const Place& place,
                                   bool may_leave_bytes);

}  // namespace lethe
