#include "harness/text/normalizer.h"

#include <utility>
#include <vector>

#include "harness/text/byte_level.h"
#include "harness/text/characters.h"
#include "harness/text/normal_form.h"
#include "harness/text/pattern.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Rewrites a text character by character: write(code point, its bytes, text).
template <class Write>
void rewrite(Draft* draft, const Write& write) {
  std::string out;
  out.reserve(draft->text.size() + 16);
  const std::string_view text = draft->text;
  size_t origin = 0;
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    write(c.value, text.substr(i, c.size), &out);
    i += c.size;
    if (i <= draft->origin) origin = out.size();
  }
  draft->text = std::move(out);
  draft->origin = origin;
}

class Sequence final : public Normalizer {
 public:
  Sequence(const Json& json, const Place& place) : place_(place) {
    for_each_component(json, "normalizers", place,
                       [&](const Json& part, const Place& inside) {
                         parts_.push_back(make_normalizer(part, inside));
                         if (!parts_.back()) parts_.pop_back();
                       });
  }

  void normalize(Draft* draft) const override {
    const size_t before = draft->text.size();
    for (const auto& part : parts_) {
      part->normalize(draft);
      check_growth(before, draft->text.size(), place_);
    }
  }

 private:
  const Place place_;
  std::vector<std::unique_ptr<const Normalizer>> parts_;
};

// Puts a text in front of every text that is not empty.
class Prepend final : public Normalizer {
 public:
  Prepend(const Json& json, const Place& place)
      : prepend_(require_short_text(json, "prepend", place)) {}

  void normalize(Draft* draft) const override {
    if (draft->text.empty()) return;
    draft->text.insert(0, prepend_);
    if (draft->origin > 0) draft->origin += prepend_.size();
  }

 private:
  const std::string prepend_;
};

class Replace final : public Normalizer {
 public:
  Replace(const Json& json, const Place& place)
      : pattern_(json, place),
        content_(require_short_text(json, "content", place)),
        place_(place) {
    pattern_.require_text(place);
  }

  void normalize(Draft* draft) const override {
    const size_t before = draft->text.size();
    draft->text =
        pattern_.replaced(std::move(draft->text), content_, &draft->origin);
    check_growth(before, draft->text.size(), place_);
  }

 private:
  const Pattern pattern_;
  const std::string content_;
  const Place place_;
};

// NFC, NFD, NFKC, NFKD.
class Form final : public Normalizer {
 public:
  explicit Form(NormalForm form) : form_(form) {}

  void normalize(Draft* draft) const override { apply(form_, draft); }

  static void apply(NormalForm form, Draft* draft) {
    const std::string_view text = draft->text;
    const size_t origin =
        normal_form(text.substr(0, draft->origin), form).size();
    draft->text = normal_form(text, form);
    draft->origin = std::min(origin, draft->text.size());
  }

 private:
  const NormalForm form_;
};

void lower(Draft* draft) {
  rewrite(draft, [](char32_t c, std::string_view, std::string* out) {
    append_lower(c, out);
  });
}

void remove_traits(uint8_t traits, Draft* draft) {
  const uint8_t* const table = unicode_traits();
  rewrite(draft, [&](char32_t c, std::string_view bytes, std::string* out) {
    if ((table[c] & traits) == 0) *out += bytes;
  });
}

class Lowercase final : public Normalizer {
 public:
  void normalize(Draft* draft) const override { lower(draft); }
};

class StripAccents final : public Normalizer {
 public:
  void normalize(Draft* draft) const override { remove_traits(kMark, draft); }
};

class ByteLevel final : public Normalizer {
 public:
  void normalize(Draft* draft) const override {
    rewrite(draft, [](char32_t, std::string_view bytes, std::string* out) {
      for (const char byte : bytes) {
        *out += byte_alphabet().character(static_cast<uint8_t>(byte));
      }
    });
  }
};

// Takes white space off the ends.
class Strip final : public Normalizer {
 public:
  Strip(const Json& json, const Place& place)
      : left_(require_flag(json, "strip_left", place)),
        right_(require_flag(json, "strip_right", place)) {}

  void normalize(Draft* draft) const override {
    const uint8_t* const classes = unicode_classes();
    std::string& text = draft->text;
    size_t start = 0, end = text.size();
    while (left_ && start < end) {
      const CodePoint c = code_point_at(text.data() + start);
      if (!(classes[c.value] & kSpace)) break;
      start += c.size;
    }
    while (right_ && end > start) {
      const CodePoint c = code_point_before(text.data() + end);
      if (!(classes[c.value] & kSpace)) break;
      end -= c.size;
    }
    text.resize(end);
    text.erase(0, start);
    draft->origin -= std::min(draft->origin, start);
    draft->origin = std::min(draft->origin, text.size());
  }

 private:
  const bool left_, right_;
};

// The normalization of Google's machine translation, as in sentencepiece.
class Nmt final : public Normalizer {
 public:
  void normalize(Draft* draft) const override {
    rewrite(draft, [](char32_t c, std::string_view bytes, std::string* out) {
      if (space(c)) {
        *out += ' ';
      } else if (!noise(c)) {
        *out += bytes;
      }
    });
  }

 private:
  static bool space(char32_t c) {
    return c == 0x9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 ||
           (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 ||
           c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
  }
  static bool noise(char32_t c) {
    return (c >= 0x1 && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
  }
};

class Bert final : public Normalizer {
 public:
  Bert(const Json& json, const Place& place)
      : clean_(require_flag(json, "clean_text", place)),
        chinese_(require_flag(json, "handle_chinese_chars", place)),
        lower_(require_flag(json, "lowercase", place)) {
    const Json accents = json.value("strip_accents", Json());
    accents_ =
        accents.is_null() ? lower_ : require_flag(json, "strip_accents", place);
  }

  void normalize(Draft* draft) const override {
    if (clean_) clean(draft);
    if (chinese_) part_chinese(draft);
    if (accents_) {
      Form::apply({.compatible = false, .composed = false}, draft);
      remove_traits(kBertMark, draft);
    }
    if (lower_) lower(draft);
  }

 private:
  static void clean(Draft* draft) {
    const uint8_t* const traits = unicode_traits();
    const uint8_t* const classes = unicode_classes();
    rewrite(draft, [&](char32_t c, std::string_view bytes, std::string* out) {
      if (traits[c] & kBertNoise) return;
      if (classes[c] & kSpace) {
        *out += ' ';
      } else {
        *out += bytes;
      }
    });
  }

  // Spaces around each character of the blocks of Chinese ideographs.
  static void part_chinese(Draft* draft) {
    rewrite(draft, [](char32_t c, std::string_view bytes, std::string* out) {
      if (!chinese(c)) {
        *out += bytes;
        return;
      }
      *out += ' ';
      *out += bytes;
      *out += ' ';
    });
  }

  // The blocks that the peer lists.
  static bool chinese(char32_t c) {
    return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x2A6DF) ||
           (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
           (c >= 0x2F800 && c <= 0x2FA1F);
  }

  const bool clean_, chinese_, lower_;
  bool accents_;
};

template <class Type>
std::unique_ptr<const Normalizer> make(const Json& json, const Place& place) {
  if constexpr (std::is_default_constructible_v<Type>) {
    return std::make_unique<Type>();
  } else {
    return std::make_unique<Type>(json, place);
  }
}

template <bool compatible, bool composed>
std::unique_ptr<const Normalizer> make_form(const Json&, const Place&) {
  return std::make_unique<Form>(NormalForm{compatible, composed});
}

}  // namespace

std::unique_ptr<const Normalizer> make_normalizer(const Json& json,
                                                  const Place& place) {
  if (json.is_null()) return nullptr;
  using Make = std::unique_ptr<const Normalizer> (*)(const Json&, const Place&);
  static const std::pair<const char*, Make> known[] = {
      {"Sequence", make<Sequence>},
      {"Prepend", make<Prepend>},
      {"Replace", make<Replace>},
      {"NFC", make_form<false, true>},
      {"NFD", make_form<false, false>},
      {"NFKC", make_form<true, true>},
      {"NFKD", make_form<true, false>},
      {"Lowercase", make<Lowercase>},
      {"StripAccents", make<StripAccents>},
      {"Strip", make<Strip>},
      {"Nmt", make<Nmt>},
      {"BertNormalizer", make<Bert>},
      {"ByteLevel", make<ByteLevel>},
      {"Precompiled", make_charsmap}};
  const std::string type = component_type(json, place);
  std::vector<std::string> names;
  for (const auto& [name, maker] : known) {
    if (type == name) return maker(json, place);
    names.push_back(name);
  }
  refuse_type(type, place, names);
}

}  // namespace lethe
