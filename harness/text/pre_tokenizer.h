// Pre-tokenizers: how a text is cut into the pieces that the model encodes.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/text/component.h"
#include "harness/text/pattern.h"

namespace lethe {

// The pieces of one text, in order. A step replaces `views`, and keeps text
// that it wrote itself in `written`.
struct Pieces {
  std::vector<std::string_view> views;
  std::vector<std::string_view> next;  // room for a step to build its result
  std::vector<Span> spans;             // and for what it finds
  std::deque<std::string> written;
  // A piece that starts here stems from the text's very start; see Draft.
  std::string_view origin;

  // `origin_size`: the bytes of `text` that stem from there.
  void start(std::string_view text, size_t origin_size) {
    views.assign(1, text);
    written.clear();
    origin = text.substr(0, origin_size);
  }

  bool at_origin(std::string_view piece) const {
    return piece.data() >= origin.data() &&
           piece.data() < origin.data() + origin.size();
  }

  // Puts `text`, which is kept, in the place of a piece. Its first character
  // is where the piece was.
  void rewrite(std::string text, std::string_view* piece);
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

// cut_pre_tokenizer.cpp: the steps that cut a text at what they find, null if
// the type is none of them. `names` gets the types.
std::unique_ptr<const PreTokenizer> make_cut(const std::string& type,
                                             const Json& json,
                                             const Place& place,
                                             std::vector<std::string>* names);

}  // namespace lethe
