#include "harness/train/document_mask.h"

#include <algorithm>
#include <span>

#include "harness/anchors/token_spans.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

// Bytes of the plain form that the dropped ones of its tokens stand for.
std::vector<bool> dropped_bytes(const std::vector<TokenSpan>& spans,
                                const std::vector<bool>& dropped,
                                size_t bytes) {
  std::vector<bool> all(bytes);
  for (size_t t = 0; t < spans.size(); ++t) {
    if (!dropped[t]) continue;
    std::fill(all.begin() + static_cast<std::ptrdiff_t>(spans[t].begin),
              all.begin() + static_cast<std::ptrdiff_t>(spans[t].end), true);
  }
  return all;
}

// For each token of the text whether a byte of its own is dropped. Linear:
// neither tokens nor places go back.
std::vector<bool> carried_back(const PlainForm& plain,
                               const std::vector<bool>& bytes,
                               const std::vector<TokenSpan>& spans) {
  std::vector<bool> all(spans.size());
  if (bytes.empty()) return all;
  std::vector<size_t> before(bytes.size() + 1);  // dropped bytes before each
  for (size_t i = 0; i < bytes.size(); ++i)
    before[i + 1] = before[i] + bytes[i];
  // Bytes of the form: the first that ends behind where the token begins, and
  // the first that begins where the token ends.
  size_t first = 0, last = 0;
  for (size_t t = 0; t < spans.size(); ++t) {
    const auto [begin, end] = spans[t];
    if (begin == end) continue;
    while (first < bytes.size() && plain.end[first] <= begin) ++first;
    while (last < bytes.size() && plain.begin[last] < end) ++last;
    if (last > first) {
      all[t] = before[last] > before[first];
    } else {
      all[t] = first == 0 ? bytes[0] : all[t - 1];
    }
  }
  return all;
}

}  // namespace

GoldfishOptions goldfish_options(const TrainOptions& o) {
  GoldfishOptions mask;
  mask.k = o.k;
  mask.h = o.h;
  mask.table_seed = static_cast<uint64_t>(o.table_seed);
  mask.form = goldfish_form(o.form);
  mask.hash = goldfish_hash(o.hash);
  mask.shingle = o.shingle;
  return mask;
}

DocumentMask::DocumentMask(const TrainOptions& options,
                           const Tokenizer* tokenizer)
    : mask_(goldfish_options(options)),
      steps_(plain_steps(options.normalise)),
      tokenizer_(tokenizer) {}

std::vector<bool> DocumentMask::dropped(const Example& e) const {
  if (steps_.any()) return dropped_by_plain_form(e);
  const std::span<const int64_t> ids = e.ids;
  std::vector<bool> all = mask_.dropped(ids.subspan(ids.empty() ? 0 : 1));
  if (!ids.empty()) all.insert(all.begin(), false);
  return all;
}

std::vector<bool> DocumentMask::dropped_by_plain_form(const Example& e) const {
  if (tokenizer_ == nullptr) {
    fail_input(e.where, "has ids only, and normalise is of texts",
               "give a model folder with a tokenizer, or leave normalise out");
  }
  const Ids own(e.ids.begin() + e.leading, e.ids.end() - e.trailing);
  const bool from_ids = e.text.empty() || e.fields.contains("ids");
  const std::string text =
      from_ids ? tokenizer_->decode(own) : repaired_utf8(e.text);
  const std::vector<TokenSpan> spans =
      token_spans(*tokenizer_, text, own, e.where);
  const PlainForm plain = plain_form(text, steps_);
  EncodeOptions bare;
  bare.special_tokens = false;
  bare.plain_text = e.plain_text;
  const Ids plain_ids = tokenizer_->encode(plain.text, bare);
  const std::vector<bool> bytes =
      dropped_bytes(token_spans(*tokenizer_, plain.text, plain_ids, e.where),
                    mask_.dropped(plain_ids), plain.text.size());
  std::vector<bool> all(static_cast<size_t>(e.leading));
  for (const bool one : carried_back(plain, bytes, spans)) all.push_back(one);
  all.resize(e.ids.size());
  return all;
}

}  // namespace lethe
