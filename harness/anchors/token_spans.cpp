#include "harness/anchors/token_spans.h"

#include <optional>
#include <string>

#include "harness/base/error.h"
#include "harness/text/byte_level.h"
#include "harness/text/replace.h"

namespace lethe {
namespace {

constexpr std::string_view kSpaceMark = "▁";

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte of "<0x0A>".
std::optional<char> byte_token(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') {
    return {};
  }
  const int high = hexadecimal(token[3]), low = hexadecimal(token[4]);
  if (high < 0 || low < 0) return {};
  return static_cast<char>(high * 16 + low);
}

enum class Spelling { bytes, pieces };

// The text of a token by itself.
std::string surface(const std::string& token, Spelling spelling) {
  if (spelling == Spelling::bytes) {
    // Added tokens are written as they are.
    return byte_alphabet().decode(token).value_or(token);
  }
  if (const std::optional<char> byte = byte_token(token)) {
    return std::string(1, *byte);
  }
  return replaced(token, kSpaceMark, " ");
}

// The spans if all tokens are spelled one way, and how far they go.
std::vector<TokenSpan> spans_in(const Tokenizer& tokenizer,
                                std::string_view text,
                                const std::vector<int64_t>& ids,
                                Spelling spelling, size_t* reached) {
  std::vector<TokenSpan> spans;
  size_t at = 0;
  for (const int64_t id : ids) {
    const std::string token = tokenizer.token(id);
    const std::string_view rest = text.substr(at);
    size_t size = 0;
    if (tokenizer.is_special(id)) {
      size = rest.starts_with(token) ? token.size() : 0;
    } else {
      const std::string text_of_token = surface(token, spelling);
      if (rest.starts_with(text_of_token)) {
        size = text_of_token.size();
      } else if (at == 0 && spelling == Spelling::pieces &&
                 text_of_token.starts_with(' ') &&
                 rest.starts_with(text_of_token.substr(1))) {
        size = text_of_token.size() - 1;
      } else {
        break;
      }
    }
    spans.push_back({at, at + size});
    at += size;
  }
  *reached = at;
  return spans;
}

}  // namespace

std::vector<TokenSpan> token_spans(const Tokenizer& tokenizer,
                                   std::string_view text,
                                   const std::vector<int64_t>& ids,
                                   const std::string& where) {
  size_t furthest = 0;
  for (const Spelling spelling : {Spelling::bytes, Spelling::pieces}) {
    size_t reached = 0;
    std::vector<TokenSpan> spans =
        spans_in(tokenizer, text, ids, spelling, &reached);
    if (spans.size() == ids.size() && reached == text.size()) return spans;
    furthest = std::max(furthest, reached);
  }
  fail_input(
      where,
      fmt::format("its tokens do not spell the text from byte {} on, "
                  "\"{}\"",
                  furthest, printable(std::string(text.substr(furthest, 20)))),
      "take a tokenizer that keeps the text as it is (byte-level BPE, "
      "sentencepiece), or a text in the form that it keeps");
}

}  // namespace lethe
