#include "harness/sanitise/scrub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/text/utf8.h"

namespace lethe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Finder = std::vector<PersonalSpan> (*)(std::string_view);

std::vector<PersonalSpan> seven_digits(std::string_view text) {
  return find_numbers(text, 7);
}

// The texts of the spans.
std::vector<std::string> found(Finder find, const std::string& text) {
  std::vector<std::string> parts;
  for (const PersonalSpan& span : find(text)) {
    parts.push_back(text.substr(span.begin, span.end - span.begin));
  }
  return parts;
}

TEST(Scrub, FindsEmailAddresses) {
  const auto emails = [](const std::string& text) {
    return found(find_emails, text);
  };
  EXPECT_THAT(emails("Write to mara.quill+news@mail.example.org."),
              ElementsAre("mara.quill+news@mail.example.org"));
  EXPECT_THAT(emails("<io@a-b.co>, 'tam@x.org' and mailto:ed@y.net"),
              ElementsAre("io@a-b.co", "tam@x.org", "ed@y.net"));
  EXPECT_THAT(emails("jürgen.öz@bücher.example"),
              ElementsAre("jürgen.öz@bücher.example"));
  EXPECT_THAT(emails("a@b.c1, a@b.example-, x@y@z.org"),
              ElementsAre("a@b.c1", "a@b.example", "y@z.org"));
  EXPECT_THAT(emails("at @home, me@localhost, a@b., @, 5@1.2.3.4, a@.org"),
              IsEmpty());
}

TEST(Scrub, FindsWebAddresses) {
  const auto urls = [](const std::string& text) {
    return found(find_urls, text);
  };
  EXPECT_THAT(urls("See https://x.org/a?b=1#c, or (WWW.y.net/ä)."),
              ElementsAre("https://x.org/a?b=1#c", "WWW.y.net/ä"));
  EXPECT_THAT(urls("<a href=\"http://z.org\">"), ElementsAre("http://z.org"));
  EXPECT_THAT(urls("awww. http:// www. https"), IsEmpty());
}

TEST(Scrub, FindsLongNumbers) {
  const auto numbers = [](const std::string& text) {
    return found(seven_digits, text);
  };
  EXPECT_THAT(numbers("Call +1 (555) 010-4477 or (0221) 555 01 44."),
              ElementsAre("+1 (555) 010-4477", "(0221) 555 01 44"));
  EXPECT_THAT(
      numbers("4000 1234 5678 9010, 01.44.55.66.77; 123-45-6789"),
      ElementsAre("4000 1234 5678 9010", "01.44.55.66.77", "123-45-6789"));
  EXPECT_THAT(numbers("serial AB1234567x, (1234567 of them)"),
              ElementsAre("1234567", "1234567"));
  EXPECT_THAT(numbers("٠١٢٣٤٥٦٧"), ElementsAre("٠١٢٣٤٥٦٧"));
  EXPECT_THAT(numbers("GB29 NWBK 6016 1331 9268 19 IS MINE"),
              ElementsAre("GB29 NWBK 6016 1331 9268 19"));
  EXPECT_THAT(numbers("DE89370400440532013000."),
              ElementsAre("DE89370400440532013000"));
}

TEST(Scrub, LeavesDatesYearsAndShortNumbers) {
  for (const char* text :
       {"2024-01-31", "31.1.2024", "1/31/2024", "1914-1918", "1914 - 1918",
        "from 1998 2004", "3.14159265", "0.12345678", "123456", "1,000,000,000",
        "12.5 13.25 14.75", "1 2 3 4 5 6 7 8 9", "2024-01-31 10:15:30",
        "US12 ARMY BASE HERE NOW", "v1.2.3"}) {
    EXPECT_THAT(found(seven_digits, text), IsEmpty()) << text;
  }
  EXPECT_EQ(find_numbers("123456", 6).size(), 1u);
  // Looks like them, but is none.
  EXPECT_THAT(found(seven_digits, "9914-1918 2024-41-31"),
              ElementsAre("9914-1918 2024-41-31"));
}

TEST(Scrub, PutsPlaceholdersAndKeepsTheRest) {
  const std::string text = "Ärger: é@x.org 日本 555-0100-22 — www.x.org!";
  std::vector<PersonalSpan> spans = find_emails(text);
  spans = merged_spans(spans, find_urls(text), text);
  spans = merged_spans(spans, find_numbers(text, 7), text);
  EXPECT_EQ(scrubbed(text, spans), "Ärger: [EMAIL] 日本 [NUMBER] — [URL]!");
  EXPECT_EQ(scrubbed(text, {}), text);
  for (const PersonalSpan& span : spans) {  // borders of characters
    EXPECT_TRUE(valid_utf8(text.substr(0, span.begin)));
    EXPECT_TRUE(valid_utf8(text.substr(span.begin, span.end - span.begin)));
  }
}

TEST(Scrub, WhatOverlapsIsReplacedOnce) {
  const std::string text = "Mara Vane1234567@x.org";
  const auto emails = find_emails(text);
  const auto both = merged_spans(emails, find_numbers(text, 7), text);
  EXPECT_EQ(both, emails);
  // A name that reaches into it ends before it.
  const auto names = merged_spans(emails, {{0, 9, PersonalKind::name}}, text);
  EXPECT_EQ(scrubbed(text, names), "[NAME] [EMAIL]");
}

TEST(Scrub, WhatStandsAroundAnOverlapIsReplacedToo) {
  const auto all = [](const std::string& text) {
    auto spans = find_emails(text);
    spans = merged_spans(spans, find_urls(text), text);
    return scrubbed(text, merged_spans(spans, find_numbers(text, 7), text));
  };
  EXPECT_EQ(all("at https://ex.com/u/jane@x.com/private-token now"),
            "at [URL][EMAIL][URL] now");
  EXPECT_EQ(all("www.x.com/030 1234567 x"), "[URL] [NUMBER] x");
}

TEST(Scrub, KindsHaveNames) {
  for (const std::string& name : personal_kinds()) {
    EXPECT_EQ(kind_name(kind_of(name)), name);
  }
}

// With time that grows with the square these would take minutes.
TEST(Scrub, EndsSoonWhateverTheText) {
  const size_t size = 1 << 20;
  std::vector<std::string> texts;
  for (const char* piece :
       {"@",    "a",     "a@",   ".",       "a.", "@a.", "a@b.",  "-",
        "1",    "1 ",    "12 ",  "1.",      "(",  "+",   "(1",    "A",
        "AB12", "AB12 ", "www.", "http://", "é@", "1)",  "AB12A "}) {
    std::string text;
    while (text.size() < size) text += piece;
    texts.push_back(text);
    texts.push_back(text + "@x.org 5550100");
  }
  for (const std::string& text : texts) {
    size_t covered = 0;
    for (const Finder find : {find_emails, find_urls, seven_digits}) {
      size_t end = 0;
      for (const PersonalSpan& span : find(text)) {
        ASSERT_LE(end, span.begin);
        ASSERT_LT(span.begin, span.end);
        end = span.end;
        covered += span.end - span.begin;
      }
    }
    EXPECT_LE(covered, 3 * text.size());
  }
}

}  // namespace
}  // namespace lethe
