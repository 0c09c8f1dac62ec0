#include "harness/text/added_tokens.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Bounds the time of a search; published ones have a few dozen bytes.
constexpr size_t kMaxContent = 1024;

bool ends_with_word(std::string_view text) {
  if (text.empty()) return false;
  const char* end = text.data() + text.size();
  return unicode_classes()[code_point_before(end).value] & kWord;
}

bool starts_with_word(std::string_view text) {
  return !text.empty() &&
         unicode_classes()[code_point_at(text.data()).value] & kWord;
}

// Whether single_word lets the token stand between these texts.
bool stands_alone(std::string_view before, std::string_view after) {
  return !ends_with_word(before) && !starts_with_word(after);
}

// The bytes of white space that a text starts with.
size_t leading_space(std::string_view text) {
  size_t size = 0;
  while (size < text.size()) {
    const CodePoint c = code_point_at(text.data() + size);
    if (!(unicode_classes()[c.value] & kSpace)) break;
    size += c.size;
  }
  return size;
}

// The bytes of white space that a text ends with.
size_t trailing_space(std::string_view text) {
  size_t left = text.size();
  while (left > 0) {
    const CodePoint c = code_point_before(text.data() + left);
    if (!(unicode_classes()[c.value] & kSpace)) break;
    left -= c.size;
  }
  return text.size() - left;
}

AddedToken read_token(const Json& json, const Place& place) {
  AddedToken token{};
  token.content = require_string(json, "content", place.where());
  token.single_word = require_flag(json, "single_word", place);
  token.lstrip = require_flag(json, "lstrip", place);
  token.rstrip = require_flag(json, "rstrip", place);
  token.normalized = require_flag(json, "normalized", place);
  token.special = require_flag(json, "special", place);
  if (token.content.size() > kMaxContent) {
    fail_input(place.where(),
               fmt::format("a token has {} bytes", token.content.size()),
               fmt::format("at most {} are supported", kMaxContent));
  }
  return token;
}

}  // namespace

std::vector<AddedToken> read_added_tokens(const Json& json, const Place& place,
                                          Vocabulary* vocabulary) {
  if (json.is_null()) return {};
  if (!json.is_array()) {
    fail_input(place.where(), "is not a list", "it must be a list of tokens");
  }
  std::vector<AddedToken> tokens;
  std::unordered_set<std::string> seen;
  auto next_id = static_cast<int64_t>(vocabulary->size());
  for (const Json& entry : json) {
    AddedToken token = read_token(entry, place);
    const int64_t id = require_int(entry, "id", place.where());
    if (token.content.empty()) continue;  // the peer skips it
    if (!seen.insert(token.content).second) {
      fail_input(place.where(), "\"" + token.content + "\" is there twice",
                 "list each token once");
    }
    const auto known = vocabulary->find(token.content);
    const int64_t expected = known ? *known : next_id;
    if (id != expected) {
      fail_input(place.where(),
                 fmt::format("\"{}\" has id {}, but by the order of the tokens "
                             "it gets {}",
                             token.content, id, expected),
                 "save the tokenizer again with ids in order");
    }
    if (!known) vocabulary->add(token.content, id, place.file);
    next_id = std::max(next_id, id + 1);
    token.id = static_cast<uint32_t>(id);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

void TokenFinder::add(const AddedToken& token, const std::string& pattern) {
  if (pattern.empty()) return;
  starts_[static_cast<uint8_t>(pattern[0])] = true;
  uint32_t node = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const auto byte = static_cast<uint8_t>(pattern[i]);
    const uint64_t edge = static_cast<uint64_t>(node) << 8 | byte;
    const auto* found = edges_.find(edge);
    FlatMap::Value value = found ? *found : FlatMap::Value{nodes_++, 0};
    // Of equal patterns the first added is found.
    if (i + 1 == pattern.size() && value.second == 0) {
      value.second = static_cast<uint32_t>(tokens_.size() + 1);
    }
    edges_.set(edge, value);
    node = value.first;
  }
  tokens_.push_back(token);
}

TokenFinder::Match TokenFinder::longest_at(std::string_view text,
                                           size_t from) const {
  Match longest{nullptr, 0};
  uint32_t node = 0;
  for (size_t i = from; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const auto* edge = edges_.find(static_cast<uint64_t>(node) << 8 | byte);
    if (!edge) break;
    if (edge->second > 0) {
      longest = {&tokens_[edge->second - 1], i + 1 - from};
    }
    node = edge->first;
  }
  return longest;
}

void TokenFinder::split(std::string_view text, bool skip_special,
                        const Visit& visit) const {
  size_t done = 0;                        // up to where parts were visited
  size_t space_start = 0, space_end = 0;  // white space last measured
  for (size_t i = 0; i < text.size();) {
    if (!starts_[static_cast<uint8_t>(text[i])]) {
      ++i;
      continue;
    }
    const auto [token, size] = longest_at(text, i);
    if (!token) {
      ++i;
      continue;
    }
    size_t start = i;
    size_t end = i += size;  // a refused match is not searched again
    if (skip_special && token->special) continue;
    if (token->single_word &&
        !stands_alone(text.substr(0, start), text.substr(end))) {
      continue;
    }
    if (token->lstrip) {
      start = std::max(start, done);
      start -= trailing_space(text.substr(done, start - done));
    }
    if (token->rstrip) {
      if (end < space_start || end > space_end) {
        space_start = end;
        space_end = end + leading_space(text.substr(end));
      }
      end = space_end;
    }
    if (start >= end) continue;  // all its white space went to the one before
    if (done < start) visit(nullptr, text.substr(done, start - done));
    visit(token, text.substr(start, end - start));
    done = end;
  }
  if (done != text.size()) visit(nullptr, text.substr(done));
}

}  // namespace lethe
