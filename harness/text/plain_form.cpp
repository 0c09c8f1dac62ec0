#include "harness/text/plain_form.h"

#include <unicode/unistr.h>

#include <limits>

#include "harness/base/error.h"
#include "harness/base/names.h"
#include "harness/text/characters.h"
#include "harness/text/grapheme.h"
#include "harness/text/normal_form.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// The next form of a text, written from its beginning to its end.
class Rewriting {
 public:
  explicit Rewriting(const PlainForm& from) : from_(from) {
    to_.text.reserve(from.text.size());
    to_.begin.reserve(from.text.size());
    to_.end.reserve(from.text.size());
  }

  // `piece` in place of the bytes [begin, end).
  void put(std::string_view piece, size_t begin, size_t end) {
    const bool same =
        std::string_view(from_.text).substr(begin, end - begin) == piece;
    for (size_t i = 0; i < piece.size(); ++i) {
      to_.begin.push_back(from_.begin[same ? begin + i : begin]);
      to_.end.push_back(from_.end[same ? begin + i : end - 1]);
    }
    to_.text += piece;
  }

  PlainForm take() { return std::move(to_); }

 private:
  const PlainForm& from_;
  PlainForm to_;
};

// Each character of `from` becomes what `rule` makes of it.
template <class Rule>
PlainForm by_character(const PlainForm& from, const Rule& rule) {
  Rewriting to(from);
  for (size_t i = 0; i < from.text.size();) {
    const CodePoint c = code_point_at(from.text.data() + i);
    to.put(rule(c.value, std::string_view(from.text).substr(i, c.size)), i,
           i + c.size);
    i += c.size;
  }
  return to.take();
}

bool between(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

// Soft hyphen, joiners, what the Arabic letter mark and others say of
// direction, invisible operators, variation selectors, the byte order mark.
bool unseen(char32_t c) {
  return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x180E ||
         between(c, 0x200B, 0x200F) || between(c, 0x202A, 0x202E) ||
         between(c, 0x2060, 0x206F) || between(c, 0xFE00, 0xFE0F) ||
         c == 0xFEFF || between(c, 0xE0100, 0xE01EF);
}

// NFKC cluster by cluster, so that places are kept.
PlainForm composed(const PlainForm& from) {
  Rewriting to(from);
  const std::string_view text = from.text;
  const auto ascii = [&](size_t i) {
    return i >= text.size() || static_cast<uint8_t>(text[i]) < 0x80;
  };
  for (size_t i = 0; i < text.size();) {
    const size_t size =
        ascii(i) && ascii(i + 1) ? 1 : grapheme_size(text.substr(i));
    to.put(normal_form(text.substr(i, size), {true, true}), i, i + size);
    i += size;
  }
  return to.take();
}

PlainForm in_unicode(const PlainForm& from) {
  // Letters of Hangul that stood apart are one cluster the second time.
  return composed(
      composed(by_character(from, [](char32_t c, std::string_view own) {
        return unseen(c) ? std::string_view() : own;
      })));
}

PlainForm folded(const PlainForm& from) {
  return by_character(from, [](char32_t c, std::string_view) {
    if (c < 0x80) {
      const char small =
          static_cast<char>(between(c, 'A', 'Z') ? c - 'A' + 'a' : c);
      return std::string(1, small);
    }
    std::string text;
    icu::UnicodeString(static_cast<UChar32>(c)).foldCase().toUTF8String(text);
    return text;
  });
}

PlainForm with_plain_dashes(const PlainForm& from) {
  const uint8_t* const categories = unicode_categories();
  return by_character(from, [&](char32_t c, std::string_view own) {
    if (c < 0x80) return own;
    const bool dash = kCategoryNames[categories[c]] == "Pd" || c == 0x2212 ||
                      c == 0x02D7 || c == 0x207B || c == 0x208B || c == 0x2796;
    if (dash) return std::string_view("-");
    if (between(c, 0x2018, 0x201B) || c == 0x02BC || c == 0xFF07) {
      return std::string_view("'");
    }
    if (between(c, 0x201C, 0x201F) || c == 0xFF02) {
      return std::string_view("\"");
    }
    return own;
  });
}

PlainForm with_single_blanks(const PlainForm& from) {
  Rewriting to(from);
  const uint8_t* const classes = unicode_classes();
  const std::string_view text = from.text;
  bool begun = false;
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    size_t end = i + c.size;
    if ((classes[c.value] & kSpace) == 0) {
      to.put(text.substr(i, c.size), i, end);
      begun = true;
    } else {
      while (end < text.size()) {
        const CodePoint next = code_point_at(text.data() + end);
        if ((classes[next.value] & kSpace) == 0) break;
        end += next.size;
      }
      if (begun && end < text.size()) to.put(" ", i, end);
    }
    i = end;
  }
  return to.take();
}

}  // namespace

PlainSteps plain_steps(const std::vector<std::string>& names) {
  PlainSteps steps;
  for (const std::string& name : names) {
    bool* step = name == "unicode"      ? &steps.unicode
                 : name == "case"       ? &steps.letter_case
                 : name == "dashes"     ? &steps.dashes
                 : name == "whitespace" ? &steps.whitespace
                                        : nullptr;
    if (step == nullptr) {
      fail_usage("normalise", "\"" + name + "\" is unknown",
                 suggest(name, {"unicode", "case", "dashes", "whitespace"}));
    }
    if (*step) {
      fail_usage("normalise", "\"" + name + "\" is given twice",
                 "give it once");
    }
    *step = true;
  }
  return steps;
}

PlainForm plain_form(std::string_view text, const PlainSteps& steps) {
  if (text.size() >= std::numeric_limits<uint32_t>::max()) {
    fail_input("normalise", fmt::format("a text has {} bytes", text.size()),
               "cut it: at most 4 GiB");
  }
  PlainForm form;
  form.text = text;
  for (size_t i = 0; i < text.size(); ++i) {
    form.begin.push_back(static_cast<uint32_t>(i));
    form.end.push_back(static_cast<uint32_t>(i + 1));
  }
  if (steps.unicode) form = in_unicode(form);
  if (steps.letter_case) form = folded(form);
  // Some letters are of another form when they are small.
  if (steps.unicode && steps.letter_case) form = in_unicode(form);
  if (steps.dashes) form = with_plain_dashes(form);
  if (steps.whitespace) form = with_single_blanks(form);
  return form;
}

}  // namespace lethe
