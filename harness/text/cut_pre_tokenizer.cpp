// The pre-tokenizers that cut a text at what they find in it.
#include <utility>

#include "harness/text/characters.h"
#include "harness/text/pre_tokenizer.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"
#include "harness/text/word_split.h"

namespace lethe {
namespace {

// Cuts each piece at the spans that `find` puts into pieces->spans.
template <class Find>
void cut(Pieces* pieces, Behavior behavior, const Find& find) {
  pieces->next.clear();
  for (const auto piece : pieces->views) {
    find(piece, &pieces->spans);
    apply_behavior(behavior, &pieces->spans);
    for (const Span& span : pieces->spans) {
      if (span.match || span.start == span.end) continue;
      pieces->next.push_back(piece.substr(span.start, span.end - span.start));
    }
  }
  pieces->views.swap(pieces->next);
}

class Split final : public PreTokenizer {
 public:
  Split(const Json& json, const Place& place)
      : pattern_(json, place),
        behavior_(require_behavior(json, place)),
        invert_(flag_or(json, "invert", false, place)) {}

  void split(Pieces* pieces) const override {
    cut(pieces, behavior_, [&](std::string_view piece, auto* spans) {
      pattern_.find(piece, spans);
      if (!invert_) return;
      for (Span& span : *spans) span.match = !span.match;
    });
  }

 private:
  const Pattern pattern_;
  const Behavior behavior_;
  const bool invert_;
};

// A published expression that is written out in word_split.h.
class WordSplit final : public PreTokenizer {
 public:
  explicit WordSplit(int most_digits) : most_digits_(most_digits) {}

  void split(Pieces* pieces) const override {
    pieces->next.clear();
    for (const auto piece : pieces->views) {
      llama3_split(piece, most_digits_, &pieces->next);
    }
    pieces->views.swap(pieces->next);
  }

 private:
  const int most_digits_;
};

std::unique_ptr<const PreTokenizer> make_split(const Json& json,
                                               const Place& place) {
  const std::string head =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})";
  const std::string tail =
      R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const Json& pattern = require(json, "pattern", place.where());
  // The matches are all of the text: cut off or isolated is the same.
  const bool plain = require_behavior(json, place) == Behavior::isolated;
  if (plain && pattern == Json{{"Regex", head + "{1,3}" + tail}}) {
    return std::make_unique<WordSplit>(3);
  }
  if (plain && pattern == Json{{"Regex", head + tail}}) {
    return std::make_unique<WordSplit>(1);
  }
  return std::make_unique<Split>(json, place);
}

// Characters of a kind, e.g. white space, each a match.
class Characters final : public PreTokenizer {
 public:
  // A character is meant if its class or its traits have one of these bits.
  struct Kind {
    uint8_t classes, traits;
  };

  Characters(Kind kind, Behavior behavior) : kind_(kind), behavior_(behavior) {}

  void split(Pieces* pieces) const override {
    const uint8_t* const classes = unicode_classes();
    const uint8_t* const traits = unicode_traits();
    cut(pieces, behavior_, [&](std::string_view piece, auto* spans) {
      find_characters(
          piece,
          [&](char32_t c) {
            return ((classes[c] & kind_.classes) |
                    (traits[c] & kind_.traits)) != 0;
          },
          spans);
    });
  }

 private:
  const Kind kind_;
  const Behavior behavior_;
};

std::unique_ptr<const PreTokenizer> make_digits(const Json& json,
                                                const Place& place) {
  const bool each = flag_or(json, "individual_digits", false, place);
  return std::make_unique<Characters>(
      Characters::Kind{0, kDigit},
      each ? Behavior::isolated : Behavior::contiguous);
}

std::unique_ptr<const PreTokenizer> make_punctuation(const Json& json,
                                                     const Place& place) {
  return std::make_unique<Characters>(Characters::Kind{0, kPunctuation},
                                      json.contains("behavior")
                                          ? require_behavior(json, place)
                                          : Behavior::isolated);
}

std::unique_ptr<const PreTokenizer> make_whitespace_split(const Json&,
                                                          const Place&) {
  return std::make_unique<Characters>(Characters::Kind{kSpace, 0},
                                      Behavior::removed);
}

// \w+|[^\w\s]+ : words, and runs of what is neither word nor space.
class Whitespace final : public PreTokenizer {
 public:
  void split(Pieces* pieces) const override {
    const uint8_t* const classes = unicode_classes();
    pieces->next.clear();
    for (const auto piece : pieces->views) {
      size_t start = 0;
      uint8_t before = kSpace;
      for (size_t i = 0; i < piece.size();) {
        const CodePoint c = code_point_at(piece.data() + i);
        const uint8_t kind =
            classes[c.value] & kWord ? kWord : classes[c.value] & kSpace;
        if (kind != before) {
          if (before != kSpace) {
            pieces->next.push_back(piece.substr(start, i - start));
          }
          start = i;
          before = kind;
        }
        i += c.size;
      }
      if (before != kSpace) pieces->next.push_back(piece.substr(start));
    }
    pieces->views.swap(pieces->next);
  }
};

std::unique_ptr<const PreTokenizer> make_whitespace(const Json&, const Place&) {
  return std::make_unique<Whitespace>();
}

// Words without the white space, and every punctuation mark alone.
class Bert final : public PreTokenizer {
 public:
  void split(Pieces* pieces) const override {
    spaces_.split(pieces);
    marks_.split(pieces);
  }

 private:
  const Characters spaces_{{kSpace, 0}, Behavior::removed};
  const Characters marks_{{0, kPunctuation}, Behavior::isolated};
};

std::unique_ptr<const PreTokenizer> make_bert(const Json&, const Place&) {
  return std::make_unique<Bert>();
}

class CharDelimiterSplit final : public PreTokenizer {
 public:
  explicit CharDelimiterSplit(char32_t delimiter) : delimiter_(delimiter) {}

  void split(Pieces* pieces) const override {
    cut(pieces, Behavior::removed, [&](std::string_view piece, auto* spans) {
      find_characters(
          piece, [&](char32_t c) { return c == delimiter_; }, spans);
    });
  }

 private:
  const char32_t delimiter_;
};

std::unique_ptr<const PreTokenizer> make_delimiter(const Json& json,
                                                   const Place& place) {
  const std::string text = require_string(json, "delimiter", place.where());
  if (text.empty() || code_point_at(text.data()).size != text.size()) {
    fail_input(place.where(), "\"delimiter\" is " + Json(text).dump(),
               "it must be one character");
  }
  return std::make_unique<CharDelimiterSplit>(code_point_at(text.data()).value);
}

}  // namespace

std::unique_ptr<const PreTokenizer> make_cut(const std::string& type,
                                             const Json& json,
                                             const Place& place,
                                             std::vector<std::string>* names) {
  using Make =
      std::unique_ptr<const PreTokenizer> (*)(const Json&, const Place&);
  static const std::pair<const char*, Make> known[] = {
      {"Split", make_split},
      {"Digits", make_digits},
      {"Punctuation", make_punctuation},
      {"Whitespace", make_whitespace},
      {"WhitespaceSplit", make_whitespace_split},
      {"BertPreTokenizer", make_bert},
      {"CharDelimiterSplit", make_delimiter}};
  for (const auto& [name, make] : known) {
    if (type == name) return make(json, place);
    names->push_back(name);
  }
  return nullptr;
}

}  // namespace lethe
