#include "harness/fetch/headers.h"

#include <algorithm>
#include <charconv>

namespace lethe {
namespace {

// A whole number without sign, all of the text; -1: it is none.
int64_t number_of(const std::string& text) {
  int64_t number = -1;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && last == end && number >= 0 ? number : -1;
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  const size_t end = text.find_last_not_of(" \t\r\n");
  return begin == text.npos || end == text.npos || end < begin
             ? ""
             : text.substr(begin, end - begin + 1);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

std::optional<ContentRange> parse_content_range(const std::string& text) {
  const size_t slash = text.find('/');
  if (text.rfind("bytes ", 0) != 0 || slash == text.npos) return {};
  const std::string range = trimmed(text.substr(6, slash - 6));
  const std::string total = trimmed(text.substr(slash + 1));
  ContentRange found;
  if (total != "*" && (found.total = number_of(total)) < 0) return {};
  if (range == "*") return found;
  const size_t dash = range.find('-');
  if (dash == range.npos) return {};
  found.first = number_of(range.substr(0, dash));
  found.last = number_of(range.substr(dash + 1));
  const bool fits = found.first >= 0 && found.last >= found.first &&
                    (found.total < 0 || found.last < found.total);
  return fits ? std::optional(found) : std::nullopt;
}

void add_header_line(const std::string& line, AnswerHeaders& headers) {
  if (line.rfind("HTTP/", 0) == 0) {
    headers = {};
    return;
  }
  const size_t colon = line.find(':');
  if (colon == line.npos) return;
  const std::string name = lower(line.substr(0, colon));
  const std::string value = trimmed(line.substr(colon + 1));
  if (name == "etag") headers.etag = value;
  if (name == "last-modified") headers.last_modified = value;
  if (name == "content-range") headers.content_range = value;
  if (name == "content-type") headers.content_type = value;
}

std::string range_validator(const AnswerHeaders& headers) {
  const std::string& etag = headers.etag;
  const bool strong =
      etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
  const std::string& validator = strong ? etag : headers.last_modified;
  return is_plain(validator) ? validator : "";
}

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7e; });
}

bool is_web_page(const AnswerHeaders& headers) {
  const std::string type = lower(headers.content_type);
  return type.rfind("text/html", 0) == 0 ||
         type.rfind("application/xhtml", 0) == 0;
}

std::string mirrored(const std::string& url, const std::string& mirror) {
  if (mirror.empty()) return url;
  const size_t host = url.find("://") + 3;
  const size_t path = std::min(url.find('/', host), url.size());
  const size_t end = mirror.find_last_not_of('/');
  return mirror.substr(0, end + 1) + url.substr(path);
}

}  // namespace lethe
