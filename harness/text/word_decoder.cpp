// The decoders that put spaces between words.
#include <utility>

#include "harness/text/decoder.h"
#include "harness/text/metaspace.h"
#include "harness/text/replace.h"

namespace lethe {
namespace {

// Tokens with the prefix continue a word, before others goes a space.
class WordPiece final : public Decoder {
 public:
  WordPiece(const Json& json, const Place& place)
      : prefix_(require_short_text(json, "prefix", place)),
        cleanup_(require_flag(json, "cleanup", place)) {}

  void decode(std::vector<std::string>* tokens) const override {
    bool first = true;
    for (auto& token : *tokens) {
      if (!first) {
        if (token.compare(0, prefix_.size(), prefix_) == 0) {
          token.erase(0, prefix_.size());
        } else {
          token.insert(0, 1, ' ');
        }
      }
      first = false;
      if (cleanup_) token = clean(std::move(token));
    }
  }

 private:
  // Takes away spaces that English has not, in the peer's order.
  static std::string clean(std::string text) {
    static const std::pair<const char*, const char*> steps[] = {
        {" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
        {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
        {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (const auto& [from, to] : steps) {
      text = replaced(std::move(text), from, to);
    }
    return text;
  }

  const std::string prefix_;
  const bool cleanup_;
};

// Each space character becomes a space, or nothing in the first token.
class Metaspace final : public Decoder {
 public:
  Metaspace(const Json& json, const Place& place)
      : space_(metaspace_character(json, place)),
        drops_first_(metaspace_scheme(json, place) != "never") {}

  void decode(std::vector<std::string>* tokens) const override {
    bool first = true;
    for (auto& token : *tokens) {
      token =
          replaced(std::move(token), space_, first && drops_first_ ? "" : " ");
      first = false;
    }
  }

 private:
  const std::string space_;
  const bool drops_first_;
};

// The suffix of a word's last token becomes a space, nothing at the end.
class BpeDecoder final : public Decoder {
 public:
  BpeDecoder(const Json& json, const Place& place)
      : suffix_(require_short_text(json, "suffix", place)) {
    if (suffix_.empty()) refuse_option("suffix \"\"", place);
  }

  void decode(std::vector<std::string>* tokens) const override {
    size_t left = tokens->size();
    for (auto& token : *tokens) {
      token = replaced(std::move(token), suffix_, --left > 0 ? " " : "");
    }
  }

 private:
  const std::string suffix_;
};

template <class Type>
std::unique_ptr<const Decoder> make(const Json& json, const Place& place) {
  return std::make_unique<Type>(json, place);
}

}  // namespace

std::unique_ptr<const Decoder> make_word_decoder(
    const std::string& type, const Json& json, const Place& place,
    std::vector<std::string>* names) {
  using Make = std::unique_ptr<const Decoder> (*)(const Json&, const Place&);
  static const std::pair<const char*, Make> known[] = {
      {"WordPiece", make<WordPiece>},
      {"Metaspace", make<Metaspace>},
      {"BPEDecoder", make<BpeDecoder>}};
  for (const auto& [name, maker] : known) {
    if (type == name) return maker(json, place);
    names->push_back(name);
  }
  return nullptr;
}

}  // namespace lethe
