#include "harness/text/tokenizer.h"

#include <algorithm>
#include <utility>

#include "harness/text/tokenizer_parts.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Room for pieces that is given back after a long text.
constexpr size_t kKeptPieces = size_t{1} << 20;

}  // namespace

std::unique_ptr<WorkPool::Work> WorkPool::take(const Model& model) {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto work = std::move(idle_.back());
      idle_.pop_back();
      return work;
    }
  }
  return std::make_unique<Work>(Work{{}, model.make_memory()});
}

void WorkPool::give_back(std::unique_ptr<Work> work) {
  Pieces& pieces = work->pieces;
  pieces.written.clear();
  if (pieces.views.capacity() + pieces.next.capacity() > kKeptPieces) {
    pieces = {};
  }
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(work));
}

std::vector<int64_t> Tokenizer::Parts::encode(const std::string& text,
                                              bool plain_text) const {
  if (!valid_utf8(text)) return encode(repaired_utf8(text), plain_text);
  std::vector<int64_t> ids;
  ids.reserve(text.size() / 4 + 8);
  auto work = pool.take(*model);
  raw_tokens.split(
      text, plain_text, [&](const AddedToken* token, std::string_view part) {
        if (token) return ids.push_back(token->id);
        const bool first = part.data() == text.data();
        const size_t origin = first ? code_point_at(part.data()).size : 0;
        if (!normalizer) {
          return encode_segment(part, origin, plain_text, work.get(), &ids);
        }
        Draft draft{std::string(part), origin};
        normalizer->normalize(&draft);
        encode_segment(draft.text, draft.origin, plain_text, work.get(), &ids);
      });
  pool.give_back(std::move(work));
  return ids;
}

void Tokenizer::Parts::encode_segment(std::string_view text, size_t origin,
                                      bool plain_text, WorkPool::Work* work,
                                      std::vector<int64_t>* ids) const {
  later_tokens.split(
      text, plain_text, [&](const AddedToken* token, std::string_view part) {
        if (token) return ids->push_back(token->id);
        work->pieces.start(part, part.data() == text.data() ? origin : 0);
        if (pre_tokenization.steps) {
          pre_tokenization.steps->split(&work->pieces);
        }
        for (const auto piece : work->pieces.views) {
          model->encode(piece, work->memory.get(), ids);
        }
      });
}

Tokenizer::Tokenizer(std::unique_ptr<const Parts> parts)
    : parts_(std::move(parts)) {}

Tokenizer::~Tokenizer() = default;

std::vector<int64_t> Tokenizer::encode(const std::string& text,
                                       EncodeOptions options) const {
  return parts_->post_processor
      .apply(parts_->encode(text, options.plain_text), options.special_tokens)
      .ids;
}

std::vector<int64_t> Tokenizer::encode_pair(
    const std::string& text, const std::string& pair, EncodeOptions options,
    std::vector<int64_t>* type_ids) const {
  Segments segments = parts_->post_processor.apply(
      parts_->encode(text, options.plain_text),
      parts_->encode(pair, options.plain_text), options.special_tokens);
  if (type_ids) *type_ids = std::move(segments.type_ids);
  return std::move(segments.ids);
}

std::string Tokenizer::decode(const std::vector<int64_t>& ids,
                              DecodeOptions options) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const int64_t id : ids) {
    if (id < 0) {
      fail_input("decode", fmt::format("id {} is negative", id),
                 "leave out masked positions");
    }
    const auto added = parts_->added.find(id);
    if (added != parts_->added.end()) {
      if (options.skip_special_tokens && added->second.skipped) continue;
      tokens.push_back(added->second.shown);
    } else if (const std::string* token = parts_->vocabulary.token(id)) {
      tokens.push_back(*token);
    }
  }
  std::string text;
  if (parts_->decoder) {
    parts_->decoder->decode(&tokens);
    for (const auto& token : tokens) text += token;
    return text;
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    text += (i > 0 ? " " : "") + tokens[i];
  }
  return text;
}

std::string Tokenizer::token(int64_t id) const {
  if (const std::string* token = parts_->vocabulary.token(id)) return *token;
  fail_input("tokenizer", fmt::format("no token has id {}", id),
             fmt::format("ids are below {}", vocab_size()));
}

std::optional<int64_t> Tokenizer::token_id(const std::string& token) const {
  return parts_->vocabulary.find(token);
}

int64_t Tokenizer::vocab_size() const { return parts_->vocabulary.id_limit(); }

std::optional<int64_t> Tokenizer::bos_id() const { return parts_->bos; }
std::optional<int64_t> Tokenizer::eos_id() const { return parts_->eos; }
std::optional<int64_t> Tokenizer::pad_id() const { return parts_->pad; }
std::optional<int64_t> Tokenizer::unk_id() const { return parts_->unk; }

std::vector<int64_t> Tokenizer::leading_specials() const {
  return parts_->post_processor.leading();
}

std::vector<int64_t> Tokenizer::trailing_specials() const {
  std::vector<int64_t> around = encode("");
  const size_t before = std::min(leading_specials().size(), around.size());
  around.erase(around.begin(),
               around.begin() + static_cast<std::ptrdiff_t>(before));
  return around;
}

bool Tokenizer::is_special(int64_t id) const {
  const auto added = parts_->added.find(id);
  return added != parts_->added.end() && added->second.special;
}

std::string Tokenizer::hash() const { return parts_->hash; }

}  // namespace lethe
