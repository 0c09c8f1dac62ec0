// Personal data with a form of their own: e-mail addresses, web addresses and
// long numbers. What has no form (names) is in names.h.
//
// email: LOCAL@LABEL.LABEL.. ; LOCAL are letters, digits and ._%+-' from a
//   letter, digit or _ on; labels are letters, digits and - , at least two, the
//   last of two characters or more, not of digits alone.
// url: http://, https://, ftp:// or www. at the start of a word, up to white
//   space, a quote, < or >; marks .,;:!?)]}' at its end are left out.
// number: groups of decimal digits with at least `min_digits` together, a + or
//   ( before them. Between groups stands one of: a blank or no-break space, - .
//   / ( ) or U+2011; two of these with a bracket among them; " - ". A group of
//   one digit behind a blank joins nothing, nor do blanks and full stops go
//   together. So are phone numbers, bank cards and serial numbers. IBAN-like
//   too: two capitals and two digits, 15 to 34 capitals and digits in all, in
//   one piece or in groups of four with blanks between, with `min_digits`.
//   No number: a date (2024-01-31, 31.1.2024, 1/31/2024), two years
//   (1914-1918), a decimal number (3.14159265).
//
// Letters and digits of any script count. What is written out ("at", "dot") or
// broken by line ends is not found; dates are left though they may be
// birthdays.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

enum class PersonalKind : uint8_t { email, url, number, name };

// "email", "url", "number", "name".
const std::vector<std::string>& personal_kinds();
std::string kind_name(PersonalKind kind);
PersonalKind kind_of(const std::string& name);  // REQUIRES: a known name

// Bytes [begin, end) of a text; both stand on borders of characters.
struct PersonalSpan {
  size_t begin, end;
  PersonalKind kind;
  friend bool operator==(const PersonalSpan&, const PersonalSpan&) = default;
};

// In the order of the text, none inside another. Linear, whatever the text.
// REQUIRES: valid UTF-8.
std::vector<PersonalSpan> find_emails(std::string_view text);
std::vector<PersonalSpan> find_urls(std::string_view text);
std::vector<PersonalSpan> find_numbers(std::string_view text,
                                       int64_t min_digits);

// Both lists, in order; of a span of `less` that overlaps with some of `more`
// what stands around these is left, where it has a letter or digit.
std::vector<PersonalSpan> merged_spans(std::vector<PersonalSpan> more,
                                       const std::vector<PersonalSpan>& less,
                                       std::string_view text);

// `text` with [EMAIL], [URL], [NUMBER] and [NAME] in place of the spans.
std::string scrubbed(std::string_view text,
                     const std::vector<PersonalSpan>& spans);

}  // namespace lethe
