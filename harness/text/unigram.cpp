#include "harness/text/unigram.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "harness/text/utf8.h"
#include "harness/text/word_cache.h"

namespace lethe {
namespace {

// How far below the lowest score an unknown character is, as in sentencepiece.
constexpr double kUnknownPenalty = 10;

// Every place of a text is matched against the longest token: one of a million
// letters would take hours on a page. Trained ones have 16 characters.
constexpr size_t kMaxTokenBytes = 4096;

// The number as the peer's JSON library reads it: its digits as one integer,
// times or over a power of ten, which rounds twice. A last bit decides between
// ways of the same score.
double as_peer_reads(double value) {
  std::array<char, 40> room;
  const auto end = std::to_chars(room.data(), room.data() + room.size(),
                                 std::abs(value), std::chars_format::scientific)
                       .ptr;
  const std::string text(room.data(), end);  // "1.5e-03"
  const size_t e = text.find('e');
  if (e == std::string::npos) return value;  // not finite
  uint64_t digits = 0;
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits = 10 * digits + static_cast<uint64_t>(c - '0');
  }
  const int decimals = e > 2 ? static_cast<int>(e) - 2 : 0;
  const int exponent = std::atoi(text.c_str() + e + 1) - decimals;
  if (std::abs(exponent) > 300) return value;
  const std::string power_text = "1e" + std::to_string(std::abs(exponent));
  const double power = std::strtod(power_text.c_str(), nullptr);
  const auto whole = static_cast<double>(digits);
  return std::copysign(exponent < 0 ? whole / power : whole * power, value);
}

// Room for a piece that is given back after a long one, in bytes of text.
constexpr size_t kKept = size_t{1} << 16;

}  // namespace

struct Unigram::Work final : Memory {
  // The best way to the end of a byte of the piece.
  struct Node {
    double score;
    uint32_t start;  // of its last token, kNone if there is no way
    uint32_t id;
  };
  static constexpr uint32_t kNone = ~uint32_t{0};

  WordCache cache;
  std::vector<Node> nodes;
  std::vector<std::string_view> parts;
  std::vector<uint32_t> ids;
};

Unigram::Unigram(const Json& json, const Place& place, Vocabulary* vocabulary,
                 const ModelExtras& extras)
    : place_(place),
      round_sums_(extras.round_sums),
      byte_fallback_(flag_or(json, "byte_fallback", false, place)) {
  read_tokens(json, place, vocabulary, extras);
  const Json id = json.value("unk_id", Json());
  if (!id.is_null()) {
    const int64_t unknown = require_int(json, "unk_id", place.where());
    if (!vocabulary->token(unknown)) {
      fail_input(place.where(), fmt::format("\"unk_id\" is {}", unknown),
                 "it must be the place of a token");
    }
    unknown_ = static_cast<uint32_t>(unknown);
  }
  for (size_t byte = 0; byte < byte_tokens_.size(); ++byte) {
    byte_tokens_[byte] = vocabulary->find(fmt::format("<0x{:02X}>", byte));
  }
}

void Unigram::read_tokens(const Json& json, const Place& place,
                          Vocabulary* vocabulary, const ModelExtras& extras) {
  const Json& tokens = require(json, "vocab", place.where());
  if (!tokens.is_array()) {
    fail_input(place.where(), "\"vocab\" is not a list",
               "it must be a list of [token, score]");
  }
  double lowest = std::numeric_limits<double>::infinity();
  for (const Json& entry : tokens) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
        !entry[1].is_number()) {
      fail_input(place.where(), "entry " + entry.dump() + " is malformed",
                 "it must be [token, score]");
    }
    const auto& token = entry[0].get_ref<const std::string&>();
    if (token.size() > kMaxTokenBytes) {
      fail_input(place.where(),
                 fmt::format("a token has {} bytes", token.size()),
                 fmt::format("a token has at most {}", kMaxTokenBytes));
    }
    const auto id = static_cast<uint32_t>(scores_.size());
    vocabulary->add(token, id, place.file);
    const auto score = entry[1].get<double>();
    scores_.push_back(extras.exact_scores ? score : as_peer_reads(score));
    if (id < extras.hidden.size() && extras.hidden[id]) continue;
    ids_.emplace(token, id);
    trie_.add(token, id);
    lowest = std::min(lowest, scores_.back());
  }
  unknown_score_ = extras.unknown_score.value_or(lowest - kUnknownPenalty);
}

std::unique_ptr<Model::Memory> Unigram::make_memory() const {
  return std::make_unique<Work>();
}

uint32_t Unigram::unknown() const {
  if (unknown_) return *unknown_;
  fail_input(place_.where(), "has no \"unk_id\"",
             "give it one: the text has a character without a token");
}

void Unigram::encode(std::string_view piece, Memory* memory,
                     std::vector<int64_t>* ids) const {
  auto* work = static_cast<Work*>(memory);
  if (piece.empty() || work->cache.find(piece, ids)) return;
  if (piece.size() >= Work::kNone) {
    fail_input(place_.where(), "a piece has more than 2^32 - 2 bytes",
               "split the text");
  }
  find_best(piece, work);
  // From the end back: tokens, and unknown characters in a row as one part.
  work->parts.clear();
  size_t unknown_end = 0;  // 0: the part behind is not unknown
  for (size_t end = piece.size(); end > 0;) {
    const auto& node = work->nodes[end];
    const bool is_unknown = unknown_ && node.id == *unknown_;
    if (is_unknown && unknown_end == 0) unknown_end = end;
    if (!is_unknown) {
      if (unknown_end > 0) {
        work->parts.push_back(piece.substr(end, unknown_end - end));
        unknown_end = 0;
      }
      work->parts.push_back(piece.substr(node.start, end - node.start));
    }
    end = node.start;
  }
  if (unknown_end > 0) work->parts.push_back(piece.substr(0, unknown_end));
  work->ids.clear();
  for (auto part = work->parts.rbegin(); part != work->parts.rend(); ++part) {
    write_part(*part, &work->ids);
  }
  work->cache.keep(piece, work->ids.data(), work->ids.size());
  ids->insert(ids->end(), work->ids.begin(), work->ids.end());
  if (work->nodes.capacity() > kKept) {
    work->nodes = {};
    work->parts = {};
    work->ids = {};
  }
}

void Unigram::find_best(std::string_view piece, Work* work) const {
  const auto rounded = [&](double sum) {
    return round_sums_ ? static_cast<double>(static_cast<float>(sum)) : sum;
  };
  auto& nodes = work->nodes;
  nodes.assign(piece.size() + 1, {0, Work::kNone, 0});
  for (size_t start = 0; start < piece.size();) {
    const double so_far = nodes[start].score;
    const size_t one = code_point_at(piece.data() + start).size;
    bool has_one = false;
    // Of equal ways the first found stays: that of the longest last token.
    const auto reach = [&](size_t size, double score, uint32_t id) {
      auto& node = nodes[start + size];
      const double sum = rounded(score + so_far);
      if (node.start == Work::kNone || sum > node.score) {
        node = {sum, static_cast<uint32_t>(start), id};
      }
    };
    trie_.visit(piece.substr(start), [&](size_t size, uint32_t id) {
      reach(size, scores_[id], id);
      has_one = has_one || size == one;
    });
    if (!has_one) reach(one, unknown_score_, unknown());
    start += one;
  }
}

// An unknown part can be a token all the same: its characters' way to it
// scored higher.
void Unigram::write_part(std::string_view part,
                         std::vector<uint32_t>* ids) const {
  const auto found = ids_.find(part);
  if (found != ids_.end()) return ids->push_back(found->second);
  const auto token = [&](char byte) {
    return byte_tokens_[static_cast<uint8_t>(byte)];
  };
  if (byte_fallback_ && std::all_of(part.begin(), part.end(), token)) {
    for (const char byte : part) ids->push_back(*token(byte));
  } else {
    ids->push_back(unknown());
  }
}

}  // namespace lethe
