#include "harness/sanitise/scrub.h"

#include <algorithm>

#include "harness/base/python_text.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

bool has(char32_t value, uint8_t bits) {
  static const uint8_t* const classes = unicode_classes();
  return (classes[value] & bits) != 0;
}

bool alphanumeric(char32_t value) { return has(value, kLetter | kNumber); }

bool in_local_part(char32_t value) {
  return alphanumeric(value) || value == '.' || value == '_' || value == '%' ||
         value == '+' || value == '-' || value == '\'';
}

// The first byte of what may stand before the @ at `at`, not before `from`;
// `at` itself if nothing may.
size_t local_begin(std::string_view text, size_t from, size_t at) {
  size_t begin = at, first = at;
  while (begin > from) {
    const CodePoint c = code_point_before(text.data() + begin);
    if (!in_local_part(c.value)) break;
    begin -= c.size;
    if (alphanumeric(c.value) || c.value == '_') first = begin;
  }
  return first;
}

// The end of the domain that begins at `begin`, `begin` itself without one.
size_t domain_end(std::string_view text, size_t begin) {
  size_t end = begin, at = begin;
  int labels = 0;
  while (at < text.size()) {
    size_t characters = 0, letters = 0, stop = at;
    while (at < text.size()) {
      const CodePoint c = code_point_at(text.data() + at);
      if (!alphanumeric(c.value) && c.value != '-') break;
      at += c.size;
      ++characters;
      letters += has(c.value, kLetter);
      if (c.value != '-') stop = at;  // a hyphen ends no label
    }
    if (characters == 0) break;
    ++labels;
    if (labels > 1 && characters > 1 && letters > 0) end = stop;
    if (stop != at || at == text.size() || text[at] != '.') break;
    ++at;
  }
  return end;
}

bool starts_with(std::string_view text, size_t at, std::string_view lower) {
  if (text.size() - at < lower.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    const char c = text[at + i];
    const bool capital = c >= 'A' && c <= 'Z';
    if ((capital ? static_cast<char>(c + 32) : c) != lower[i]) return false;
  }
  return true;
}

// The bytes of "https://" and the like at `at`; 0 if there is none.
size_t scheme_size(std::string_view text, size_t at) {
  for (const std::string_view scheme :
       {"https://", "http://", "ftp://", "www."}) {
    if (starts_with(text, at, scheme)) return scheme.size();
  }
  return 0;
}

bool ends_url(char32_t value) {
  return has(value, kSpace) || value == '"' || value == '<' || value == '>' ||
         value == 0x201C || value == 0x201D || value == '`';
}

}  // namespace

const std::vector<std::string>& personal_kinds() {
  static const std::vector<std::string> all = {"email", "url", "number",
                                               "name"};
  return all;
}

std::string kind_name(PersonalKind kind) {
  return personal_kinds()[static_cast<size_t>(kind)];
}

PersonalKind kind_of(const std::string& name) {
  const auto& all = personal_kinds();
  return static_cast<PersonalKind>(std::find(all.begin(), all.end(), name) -
                                   all.begin());
}

std::vector<PersonalSpan> find_emails(std::string_view text) {
  std::vector<PersonalSpan> found;
  size_t from = 0;  // what stands before it belongs to nothing that follows
  for (size_t at = text.find('@'); at != text.npos; at = text.find('@', from)) {
    const size_t begin = local_begin(text, from, at);
    const size_t end = begin < at ? domain_end(text, at + 1) : at + 1;
    if (end > at + 1) found.push_back({begin, end, PersonalKind::email});
    from = end;
  }
  return found;
}

std::vector<PersonalSpan> find_urls(std::string_view text) {
  std::vector<PersonalSpan> found;
  bool inside = false;  // a word
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    const size_t scheme = inside ? 0 : scheme_size(text, at);
    inside = alphanumeric(c.value);
    if (scheme == 0) {
      at += c.size;
      continue;
    }
    size_t end = at + scheme, last = end;
    while (end < text.size()) {
      const CodePoint next = code_point_at(text.data() + end);
      if (ends_url(next.value)) break;
      end += next.size;
      const bool mark =
          next.value < 0x80 &&
          std::string_view(".,;:!?)]}'").find(static_cast<char>(next.value)) !=
              text.npos;
      if (!mark) last = end;
    }
    if (last > at + scheme) found.push_back({at, last, PersonalKind::url});
    at = end;
    inside = false;
  }
  return found;
}

std::vector<PersonalSpan> merged_spans(std::vector<PersonalSpan> more,
                                       const std::vector<PersonalSpan>& less,
                                       std::string_view text) {
  const size_t first = more.size();
  size_t i = 0;
  const auto add = [&](size_t begin, size_t end, PersonalKind kind) {
    while (end > begin && text[end - 1] == ' ') --end;
    while (begin < end && text[begin] == ' ') ++begin;
    if (!python::words(std::string(text.substr(begin, end - begin))).empty()) {
      more.push_back({begin, end, kind});
    }
  };
  for (const PersonalSpan& span : less) {
    while (i < first && more[i].end <= span.begin) ++i;
    size_t begin = span.begin;
    for (size_t k = i; k < first && more[k].begin < span.end; ++k) {
      if (more[k].begin > begin) add(begin, more[k].begin, span.kind);
      begin = std::max(begin, more[k].end);
    }
    if (begin < span.end) add(begin, span.end, span.kind);
  }
  std::sort(more.begin(), more.end(),
            [](const PersonalSpan& a, const PersonalSpan& b) {
              return a.begin < b.begin;
            });
  return more;
}

std::string scrubbed(std::string_view text,
                     const std::vector<PersonalSpan>& spans) {
  std::string plain;
  size_t from = 0;
  for (const PersonalSpan& span : spans) {
    plain.append(text.substr(from, span.begin - from));
    plain += '[';
    for (const char c : kind_name(span.kind)) {
      plain += static_cast<char>(c - 32);
    }
    plain += ']';
    from = span.end;
  }
  return plain.append(text.substr(from));
}

}  // namespace lethe
