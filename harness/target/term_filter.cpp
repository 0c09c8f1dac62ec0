#include "harness/target/term_filter.h"

#include "harness/anchors/words.h"
#include "harness/base/error.h"
#include "harness/text/plain_form.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

std::string normal(const std::string& text) {
  return plain_form(repaired_utf8(text), {true, true, true, true}).text;
}

bool has_border(char32_t point) {
  return is_word_character(point) && !written_without_spaces(point);
}

bool is_word_at(const std::string& text, size_t begin, size_t end) {
  const char* data = text.data();
  const bool starts = begin == 0 ||
                      !has_border(code_point_at(data + begin).value) ||
                      !has_border(code_point_before(data + begin).value);
  const bool ends = end == text.size() ||
                    !has_border(code_point_before(data + end).value) ||
                    !has_border(code_point_at(data + end).value);
  return starts && ends;
}

bool holds(const std::string& text, const std::string& term) {
  for (size_t at = text.find(term); at != text.npos;
       at = text.find(term, at + 1)) {
    if (is_word_at(text, at, at + term.size())) return true;
  }
  return false;
}

}  // namespace

TermFilter::TermFilter(const std::vector<std::string>& terms) : terms_(terms) {
  for (const std::string& term : terms_) {
    normal_.push_back(normal(term));
    const std::string& last = normal_.back();
    bool word = false;
    for (size_t i = 0; i < last.size() && !word;) {
      const CodePoint point = code_point_at(last.data() + i);
      word = is_word_character(point.value);
      i += point.size;
    }
    if (!word) {
      fail_usage("filter_guard", "the term \"" + term + "\" has no letter",
                 "give words to look for");
    }
  }
}

std::string TermFilter::found_in(const std::string& text) const {
  const std::string own = normal(text);
  for (size_t t = 0; t < terms_.size(); ++t) {
    if (holds(own, normal_[t])) return terms_[t];
  }
  return "";
}

}  // namespace lethe
