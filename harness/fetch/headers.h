// What the headers of an HTTP answer say, as far as a download needs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lethe {

// "bytes 100-199/200", or "bytes */200" of a range that cannot be had.
struct ContentRange {
  int64_t first = -1;  // -1: none is given
  int64_t last = -1;   // the byte itself belongs to the range
  int64_t total = -1;  // -1: not known
};

// Empty when the text is not of that form, or its numbers contradict.
std::optional<ContentRange> parse_content_range(const std::string& text);

// Headers of the last answer: each status line begins anew, because redirects
// and proxies answer first.
struct AnswerHeaders {
  std::string etag;
  std::string last_modified;
  std::string content_range;
  std::string content_type;
};

// Takes one line ("ETag: \"x\"\r\n") as it comes.
void add_header_line(const std::string& line, AnswerHeaders& headers);

// What If-Range may carry: a strong ETag, else the time of the last change;
// empty: the server cannot tell whether the file changed, or only with bytes
// that are no plain text.
std::string range_validator(const AnswerHeaders& headers);

// Bytes 0x20 to 0x7e only: what may stand in a header, a note and a message.
bool is_plain(const std::string& text);

// The answer says that its body is HTML: a page to log in, most often.
bool is_web_page(const AnswerHeaders& headers);

// `url` with the scheme and host (and path, if any) of `mirror` in place of its
// scheme and host; empty mirror: `url`.
std::string mirrored(const std::string& url, const std::string& mirror);

}  // namespace lethe
