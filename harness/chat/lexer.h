// A template's text as tokens, cut exactly as jinja2's lexer does, in chat
// templates with trim_blocks and lstrip_blocks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/chat/meter.h"

namespace lethe::chat {

enum class TokenKind {
  data,            // text between blocks
  variable_begin,  // {{
  variable_end,
  block_begin,  // {%
  block_end,
  name,
  string,  // its value, escapes resolved
  integer,
  real,
  op,  // an operator or a bracket
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;
  int line = 1;
  int64_t integer = 0;
  double real = 0;
};

// Ends with a token of kind `end`. Throws: input error with the line.
std::vector<Token> tokens_of(const std::string& source, Meter& meter);

// The value of a string literal without its quotes.
std::string unescape(const std::string& raw, Meter& meter);

}  // namespace lethe::chat
