// Reading a byte-pair model from its JSON.
#include <algorithm>
#include <unordered_set>

#include "harness/text/bpe.h"
#include "harness/text/byte_level.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// The option's text, nothing if it is absent or null.
std::optional<std::string> text_option(const Json& json, const char* key,
                                       const Place& place) {
  if (!json.contains(key) || json[key].is_null()) return std::nullopt;
  return require_string(json, key, place.where());
}

// A text that tokens are spelled with, empty if absent or null.
std::string affix(const Json& json, const char* key, const Place& place) {
  return text_option(json, key, place) ? require_short_text(json, key, place)
                                       : "";
}

// The two tokens of "left right" or [left, right].
std::pair<std::string, std::string> merge_tokens(const Json& merge,
                                                 const Place& place) {
  if (merge.is_string()) {
    const auto& text = merge.get_ref<const std::string&>();
    const size_t space = text.find(' ');
    if (space != std::string::npos && space == text.rfind(' ')) {
      return {text.substr(0, space), text.substr(space + 1)};
    }
  } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
             merge[1].is_string()) {
    return {merge[0].get<std::string>(), merge[1].get<std::string>()};
  }
  fail_input(place.where(), "merge " + merge.dump() + " is malformed",
             "it must be \"left right\" or [left, right]");
}

size_t code_points(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

uint32_t merge_id(const std::string& token, const Place& place,
                  const Vocabulary& vocabulary) {
  if (const auto id = vocabulary.find(token)) return *id;
  fail_input(place.where(), fmt::format("a merge needs token \"{}\"", token),
             "add it to the vocabulary");
}

}  // namespace

Bpe::Bpe(const Json& json, const Place& place, bool bytes,
         Vocabulary* vocabulary, const ModelExtras& extras)
    : bytes_(bytes), file_(place.file) {
  read_options(json, place);
  read_vocabulary(json, place, vocabulary);
  index_tokens(*vocabulary);
  find_joins(read_merges(json, place, *vocabulary, extras.ranks), *vocabulary);
}

void Bpe::read_options(const Json& json, const Place& place) {
  prefix_ = affix(json, "continuing_subword_prefix", place);
  suffix_ = affix(json, "end_of_word_suffix", place);
  const Json dropout = json.value("dropout", Json());
  if (!dropout.is_null() && dropout != 0) {
    refuse_option("dropout " + dropout.dump(), place);
  }
  fuse_unknown_ = flag_or(json, "fuse_unk", false, place);
  byte_fallback_ = flag_or(json, "byte_fallback", false, place);
  ignore_merges_ = flag_or(json, "ignore_merges", false, place);
  unknown_token_ = text_option(json, "unk_token", place);
}

void Bpe::index_tokens(const Vocabulary& vocabulary) {
  if (unknown_token_) unknown_ = vocabulary.find(*unknown_token_);
  for (size_t byte = 0; byte < byte_tokens_.size(); ++byte) {
    byte_tokens_[byte] = vocabulary.find(fmt::format("<0x{:02X}>", byte));
  }
  for (const auto& [id, token] : vocabulary.by_id()) {
    if (token->empty()) continue;
    if (affixed()) spelled_.emplace(*token, id);
    std::optional<std::string> text = *token;
    if (bytes_) text = byte_alphabet().decode(*token);
    if (!text) continue;  // no text is spelled so
    if (ignore_merges_) {
      whole_pieces_.emplace(*text, id);
      longest_whole_ = std::max(longest_whole_, text->size());
    }
    const CodePoint c = bytes_ ? CodePoint{static_cast<uint8_t>((*text)[0]), 1}
                               : code_point_at(text->data());
    if (c.size != text->size()) continue;
    if (c.value < low_characters_.size()) {
      low_characters_[c.value] = id;
    } else {
      high_characters_.set(c.value, {id, 0});
    }
  }
}

// The peer counts every line as a rank, and the last of equal pairs wins.
std::vector<Bpe::IdPair> Bpe::read_merges(const Json& json, const Place& place,
                                          const Vocabulary& vocabulary,
                                          const std::vector<uint32_t>& ranks) {
  const Json& merges = require(json, "merges", place.where());
  if (!merges.is_array()) {
    fail_input(place.where(), "\"merges\" is not a list",
               "it must be a list of merges");
  }
  if (merges.size() > kMaxMerges) {
    fail_input(
        place.where(),
        fmt::format("has {} merges, at most {}", merges.size(), kMaxMerges),
        "use a smaller vocabulary");
  }
  std::vector<IdPair> pairs;
  for (const Json& merge : merges) {
    const auto [left, right] = merge_tokens(merge, place);
    const uint32_t left_id = merge_id(left, place, vocabulary);
    const uint32_t right_id = merge_id(right, place, vocabulary);
    // The prefix of a token that another goes before is cut off unseen, in
    // bytes as many as it has characters, as in the peer.
    const size_t cut = std::min(code_points(prefix_), right.size());
    const uint32_t product =
        merge_id(left + right.substr(cut), place, vocabulary);
    const size_t line = pairs.size();
    const uint32_t rank =
        line < ranks.size() ? ranks[line] : static_cast<uint32_t>(line);
    merges_.set(FlatMap::key(left_id, right_id), {rank, product});
    pairs.emplace_back(left_id, right_id);
  }
  return pairs;
}

// A piece without a pre-tokenizer is a whole text. It may be cut between two
// characters that no merge joins, as the merges of each side are then the same
// without the other. A merge joins the last character of its left token and the
// first of its right one. Byte and unknown tokens stand for characters that
// they do not spell, and a dropped character would bring its neighbours
// together: a model with such merges, or without an unknown token, is not cut.
void Bpe::find_joins(const std::vector<IdPair>& merges,
                     const Vocabulary& vocabulary) {
  may_cut_ = !bytes_ && unknown_ && prefix_.empty() && suffix_.empty();
  if (!may_cut_) return;
  std::unordered_set<uint32_t> stand_ins = {*unknown_};
  for (const auto& id : byte_tokens_) {
    if (id) stand_ins.insert(*id);
  }
  for (const auto& [left, right] : merges) {
    if (stand_ins.count(left) + stand_ins.count(right) > 0) may_cut_ = false;
    const std::string& a = *vocabulary.token(left);
    const std::string& b = *vocabulary.token(right);
    if (a.empty() || b.empty()) continue;  // no text becomes an empty token
    const char32_t last = code_point_before(a.data() + a.size()).value;
    joins_.set(FlatMap::key(last, code_point_at(b.data()).value), {});
  }
}

}  // namespace lethe
