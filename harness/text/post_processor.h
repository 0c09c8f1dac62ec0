// Post-processors: which special tokens go around a text or a pair of texts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/text/component.h"
#include "harness/text/vocabulary.h"

namespace lethe {

// Token ids, and for each the segment that it belongs to (BERT's type ids).
struct Segments {
  std::vector<int64_t> ids;
  std::vector<int64_t> type_ids;
};

// A template: what follows what. Every published post-processor is one.
class PostProcessor {
 public:
  // One place of a template.
  struct Part {
    int text = -1;  // 0: the text, 1: its pair, -1: special tokens
    std::vector<int64_t> ids = {};  // the special tokens
    int64_t type_id = 0;
  };
  using Parts = std::vector<Part>;

  // A text alone is itself; the pair follows it with type id 1.
  PostProcessor() = default;
  PostProcessor(Parts single, Parts pair)
      : single_(std::move(single)), pair_(std::move(pair)) {}

  // The ids put together, without the template's special tokens if not
  // `specials`.
  Segments apply(const std::vector<int64_t>& text, bool specials) const;
  Segments apply(const std::vector<int64_t>& text,
                 const std::vector<int64_t>& pair, bool specials) const;

  // The special tokens before a text that has no pair.
  std::vector<int64_t> leading() const;

 private:
  Parts single_ = {{.text = 0}};
  Parts pair_ = {{.text = 0}, {.text = 1, .type_id = 1}};
};

// The post-processor of a tokenizer.json, null being one without special
// tokens. Throws: input error if a type is unknown or anything is malformed.
PostProcessor make_post_processor(const Json& json, const Place& place,
                                  const Vocabulary& vocabulary);

// The one that transformers puts in its place when tokenizer_config.json says
// add_bos_token or add_eos_token: BOS and EOS (null: none) around each text.
PostProcessor bos_eos_template(std::optional<int64_t> bos,
                               std::optional<int64_t> eos);

}  // namespace lethe
