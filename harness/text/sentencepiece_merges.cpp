#include "harness/text/sentencepiece_merges.h"

#include <algorithm>

#include "harness/base/error.h"
#include "harness/text/bpe.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

using Type = SentencePiece::Type;

// Looking up the halves of a piece takes its bytes squared, and so many bytes
// its merges can have; published models need some tens of millions.
constexpr size_t kMaxWork = size_t{1} << 28;

class Merges {
 public:
  explicit Merges(const SentencePieceModel& model) : model_(model) {
    size_t work = 0;
    for (const auto& piece : model.pieces) {
      work += piece.text.size() * piece.text.size();
    }
    if (work > kMaxWork) {
      fail_input(model.path, "its pieces are too long together",
                 "use a smaller vocabulary");
    }
    for (size_t id = 0; id < model.pieces.size(); ++id) {
      ids_.emplace(model.pieces[id].text, static_cast<uint32_t>(id));
    }
  }

  std::vector<Merge> by_id() const {
    std::vector<Merge> merges;
    for (uint32_t id = 0; id < model_.pieces.size(); ++id) {
      for_each_split(id, [&](std::string_view left, std::string_view right) {
        if (ids_.count(left) > 0 && ids_.count(right) > 0) {
          add({left, right, id}, &merges);
        }
      });
    }
    return merges;
  }

  std::vector<Merge> by_score() const {
    std::vector<Merge> merges;
    for (uint32_t id = 0; id < model_.pieces.size(); ++id) {
      if (model_.is(id, Type::unused)) {
        fail_input(model_.path, fmt::format("piece {} is unused", id),
                   "train a model without unused pieces");
      }
      if (!model_.is(id, Type::normal)) continue;
      for_each_split(id, [&](std::string_view left, std::string_view right) {
        if (joins(left, id) && joins(right, id)) {
          add({left, right, id}, &merges);
        }
      });
    }
    std::stable_sort(
        merges.begin(), merges.end(),
        [&](const Merge& a, const Merge& b) { return score(a) > score(b); });
    return merges;
  }

  float score(const Merge& merge) const {
    return model_.pieces[merge.product].score;
  }

 private:
  void add(const Merge& merge, std::vector<Merge>* merges) const {
    if (merges->size() >= kMaxMerges) {
      fail_input(model_.path,
                 fmt::format("has more than {} merges", kMaxMerges),
                 "use a smaller vocabulary");
    }
    merges->push_back(merge);
  }

  template <class Visit>
  void for_each_split(uint32_t id, const Visit& visit) const {
    const std::string_view text = model_.pieces[id].text;
    for (size_t i = code_point_at(text.data()).size; i < text.size();
         i += code_point_at(text.data() + i).size) {
      visit(text.substr(0, i), text.substr(i));
    }
  }

  // Whether `half` can be a symbol of a text. For the library a character
  // without a piece is one too and can be merged; here none stands for it.
  bool joins(std::string_view half, uint32_t product) const {
    const auto found = ids_.find(half);
    if (found != ids_.end()) return model_.is(found->second, Type::normal);
    if (code_point_at(half.data()).size == half.size()) {
      fail_input(model_.path,
                 fmt::format("piece \"{}\" has a character without a piece",
                             model_.pieces[product].text),
                 "train a model with all characters of its pieces");
    }
    return false;
  }

  const SentencePieceModel& model_;
  IdMap ids_;
};

}  // namespace

std::vector<Merge> merges_by_id(const SentencePieceModel& model) {
  return Merges(model).by_id();
}

std::vector<Merge> merges_by_score(const SentencePieceModel& model) {
  return Merges(model).by_score();
}

}  // namespace lethe
