#include "harness/data/peer_results.h"

#include "harness/data/formats.h"
#include "harness/data/line_reader.h"
#include "harness/data/peer_items.h"

namespace lethe {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 30;

// Python writes NaN, Infinity and -Infinity, which are no JSON, where a model
// diverged: null.
std::string without_nan(const std::string& text) {
  std::string all;
  all.reserve(text.size());
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') {
      all += c;
      if (++i < text.size()) all += text[i];
      continue;
    }
    size_t length = 0;
    if (!quoted && (c == 'N' || c == 'I' || c == '-')) {
      for (const char* word : {"NaN", "Infinity", "-Infinity"}) {
        const std::string_view known = word;
        if (text.compare(i, known.size(), known) == 0) length = known.size();
      }
    }
    if (length > 0) {
      all += "null";
      i += length - 1;
    } else {
      all += c;
    }
  }
  return all;
}

std::optional<Json> parse_object(const std::string& text,
                                 const std::string& where) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos || text[begin] != '{') return std::nullopt;
  const std::string clean = without_nan(text);
  if (!Json::accept(clean)) return std::nullopt;
  return parse_json(clean, where);
}

// Empty when it is no .json file, or too long: read_rows says why.
std::string text_of(const std::string& path) {
  if (row_format(path) != RowFormat::json) return "";
  LineReader lines(path);
  std::string text, line;
  while (lines.next(line)) {
    text += line;
    if (text.size() > kMaxBytes) return "";
  }
  return text;
}

}  // namespace

std::optional<PeerResults> parse_peer_results(const std::string& text,
                                              const std::string& where) {
  const std::optional<Json> file = parse_object(text, where);
  if (!file) return std::nullopt;
  if (is_open_unlearning(*file)) return open_unlearning_results(*file, where);
  if (is_tofu(*file)) return tofu_results(*file, where);
  if (is_lm_eval(*file)) return lm_eval_results(*file, where);
  if (is_summary(*file)) return summary_results(*file, where);
  return std::nullopt;
}

std::optional<PeerResults> read_peer_results(const std::string& path) {
  return parse_peer_results(text_of(path), path);
}

std::optional<Json> read_peer_object(const std::string& path) {
  return parse_object(text_of(path), path);
}

}  // namespace lethe
