#include "harness/fetch/headers.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

TEST(ContentRange, IsReadWithAndWithoutATotal) {
  EXPECT_EQ(parse_content_range("bytes 100-199/200")->first, 100);
  EXPECT_EQ(parse_content_range("bytes 100-199/200")->last, 199);
  EXPECT_EQ(parse_content_range("bytes 100-199/200")->total, 200);
  EXPECT_EQ(parse_content_range("bytes 0-0/*")->total, -1);
  EXPECT_EQ(parse_content_range("bytes */200")->first, -1);
  EXPECT_EQ(parse_content_range("bytes */200")->total, 200);
}

TEST(ContentRange, IsRefusedWhereNumbersContradict) {
  for (const char* wrong :
       {"", "bytes", "bytes 1/2", "bytes 5-4/10", "bytes 5-10/10",
        "bytes -5-9/10", "bytes a-9/10", "lines 0-9/10", "bytes 0-9/x",
        "bytes 0-99999999999999999999/*"}) {
    EXPECT_FALSE(parse_content_range(wrong)) << wrong;
  }
}

TEST(AnswerHeaders, AreThoseOfTheLastAnswer) {
  AnswerHeaders headers;
  for (const char* line :
       {"HTTP/1.1 302 Found\r\n", "ETag: \"old\"\r\n",
        "Last-Modified: yesterday\r\n", "\r\n", "HTTP/2 206 \r\n",
        "eTaG:\"new\"\r\n", "Content-Range:  bytes 5-9/10 \r\n", "\r\n"}) {
    add_header_line(line, headers);
  }
  EXPECT_EQ(headers.etag, "\"new\"");
  EXPECT_EQ(headers.last_modified, "");
  EXPECT_EQ(headers.content_range, "bytes 5-9/10");
}

TEST(AnswerHeaders, OnlyAStrongTagMayGuardARange) {
  EXPECT_EQ(range_validator({"\"a\"", "then", "", ""}), "\"a\"");
  EXPECT_EQ(range_validator({"W/\"a\"", "then", "", ""}), "then");
  EXPECT_EQ(range_validator({"", "then", "", ""}), "then");
  EXPECT_EQ(range_validator({"\"", "", "", ""}), "");
}

TEST(AnswerHeaders, ATagOfOtherBytesThanTextGuardsNoRange) {
  for (const char* tag :
       {"\"\xff\"", "\"a\x01\"", "\"a\x7f\"", "\"\xc3\xa9\""}) {
    EXPECT_EQ(range_validator({tag, "then", "", ""}), "") << tag;
  }
  EXPECT_EQ(range_validator({"", "\xff", "", ""}), "");
}

TEST(AnswerHeaders, SayWhetherTheBodyIsAWebPage) {
  AnswerHeaders headers;
  EXPECT_FALSE(is_web_page(headers));
  add_header_line("Content-Type: Text/HTML; charset=utf-8\r\n", headers);
  EXPECT_TRUE(is_web_page(headers));
  add_header_line("Content-Type: text/plain\r\n", headers);
  EXPECT_FALSE(is_web_page(headers));
}

TEST(Mirror, StandsInPlaceOfSchemeAndHost) {
  EXPECT_EQ(mirrored("https://a.b/c/d?e", ""), "https://a.b/c/d?e");
  EXPECT_EQ(mirrored("https://a.b/c/d?e", "http://m:1"), "http://m:1/c/d?e");
  EXPECT_EQ(mirrored("https://a.b/c", "http://m/x//"), "http://m/x/c");
  EXPECT_EQ(mirrored("https://a.b", "http://m"), "http://m");
}

}  // namespace
}  // namespace lethe
