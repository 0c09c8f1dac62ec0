#include "harness/target/mask_filler.h"

#include <algorithm>
#include <optional>

#include "harness/base/hash.h"
#include "harness/base/log.h"
#include "harness/base/rng.h"
#include "harness/model/text_window.h"
#include "harness/score/fill.h"
#include "harness/target/model_target.h"
#include "harness/target/special_ids.h"

namespace lethe {
namespace {

template <class T>
void add_numbers(Sha256& hash, const std::vector<T>& numbers) {
  hash.add(fmt::format("{}:", numbers.size()));
  hash.add({reinterpret_cast<const char*>(numbers.data()),
            numbers.size() * sizeof(T)});
}

std::string key_of(const std::vector<std::vector<int64_t>>& texts,
                   const std::vector<MaskPlace>& places,
                   const MaskFillOptions& options) {
  Sha256 hash;
  hash.add(fmt::format("{} {} {};", options.candidates, options.dropout,
                       options.seed));
  for (const auto& ids : texts) add_numbers(hash, ids);
  std::vector<int64_t> where;
  for (const MaskPlace& place : places) {
    where.push_back(static_cast<int64_t>(place.text));
    where.push_back(place.at);
  }
  add_numbers(hash, where);
  return hash.hex();
}

class FolderFiller final : public MaskFiller {
 public:
  FolderFiller(const std::string& path, const Compute& compute,
               const MaskFillerOptions& options)
      : o_(options), folder_(path), tokenizer_(load_tokenizer(folder_)) {
    if (tokenizer_ == nullptr) {
      fail_usage(path, "has no tokenizer to read texts with",
                 "put tokenizer.json there");
    }
    model_ = MaskedLm::load(folder_, compute);
    const EncoderConfig& config = model_->encoder().config();
    window_ = text_window(config.window(), tokenizer_config(path));
    leading_ = tokenizer_->leading_specials();
    const std::vector<int64_t> around = tokenizer_->encode("");
    trailing_.assign(around.begin() + static_cast<long>(leading_.size()),
                     around.end());
    if (window_ > 0 && window_ <= static_cast<int64_t>(around.size())) {
      fail_input(path,
                 fmt::format("its window of {} tokens has no room for a text",
                             window_),
                 "name another folder");
    }
    banned_ = special_ids(*tokenizer_, config.vocab_size);
  }

  std::vector<int64_t> encode(const std::string& text) const override {
    EncodeOptions options;
    options.special_tokens = false;
    options.plain_text = true;
    return tokenizer_->encode(text, options);
  }

  std::string decode(const std::vector<int64_t>& ids) const override {
    return tokenizer_->decode(ids);
  }

  bool special(int64_t id) const override {
    return std::binary_search(banned_.begin(), banned_.end(), id);
  }

  // Every model of a run is asked about the same texts: the last answer stays.
  std::vector<MaskFill> fill(const std::vector<std::vector<int64_t>>& texts,
                             const std::vector<MaskPlace>& places,
                             const MaskFillOptions& options) const override {
    const std::string key = key_of(texts, places, options);
    if (key != last_key_) {
      last_ = computed(texts, places, options);
      last_key_ = key;
    }
    return last_;
  }

 private:
  std::vector<MaskFill> computed(const std::vector<std::vector<int64_t>>& texts,
                                 const std::vector<MaskPlace>& places,
                                 const MaskFillOptions& options) const {
    FillJob job;
    job.banned = banned_;
    job.candidates = options.candidates;
    job.batch_tokens = o_.batch_tokens;
    int64_t tokens = 0;
    for (const MaskPlace& place : places) {
      const auto length = static_cast<int64_t>(texts[place.text].size());
      job.sizes.push_back(around() + std::min(length, room()));
      tokens += job.sizes.back();
    }
    job.row = [&](size_t i) {
      return row(texts[places[i].text], places[i], options);
    };
    std::optional<Progress> progress;
    if (o_.progress) {
      progress.emplace("proposing", "tokens", tokens);
      job.progress = [&](int64_t count) { progress->add(count); };
    }
    return lethe::fill(*model_, job);
  }

  int64_t around() const {
    return static_cast<int64_t>(leading_.size() + trailing_.size());
  }

  // Tokens of a text that are read at once.
  int64_t room() const {
    return window_ == 0 ? std::numeric_limits<int64_t>::max()
                        : window_ - around();
  }

  // The text between its special tokens, as much as fits, the place amid it.
  FillRow row(const std::vector<int64_t>& ids, const MaskPlace& place,
              const MaskFillOptions& options) const {
    const auto length = static_cast<int64_t>(ids.size());
    const int64_t most = std::min(length, room());
    const int64_t begin =
        std::clamp<int64_t>(place.at - most / 2, 0, length - most);
    FillRow row;
    row.ids = leading_;
    row.ids.insert(row.ids.end(), ids.begin() + begin,
                   ids.begin() + begin + most);
    row.ids.insert(row.ids.end(), trailing_.begin(), trailing_.end());
    row.at = static_cast<int64_t>(leading_.size()) + place.at - begin;
    if (options.dropout > 0) row.factors = dropped(place, options);
    return row;
  }

  std::vector<float> dropped(const MaskPlace& place,
                             const MaskFillOptions& options) const {
    Rng rng(static_cast<uint64_t>(options.seed),
            fmt::format("dropped {} {}", place.text, place.at));
    const double kept = options.dropout < 1 ? 1 / (1 - options.dropout) : 0;
    std::vector<float> factors(
        static_cast<size_t>(model_->encoder().embedding().size(1)));
    for (float& factor : factors) {
      factor = static_cast<float>(rng.uniform() < options.dropout ? 0 : kept);
    }
    return factors;
  }

  const MaskFillerOptions o_;
  const ModelFolder folder_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::shared_ptr<const MaskedLm> model_;
  int64_t window_ = 0;
  std::vector<int64_t> leading_, trailing_;
  std::vector<int64_t> banned_;  // ascending
  mutable std::string last_key_;
  mutable std::vector<MaskFill> last_;
};

}  // namespace

std::shared_ptr<const MaskFiller> load_mask_filler(
    const std::string& folder, const Compute& compute,
    const MaskFillerOptions& options) {
  return std::make_shared<FolderFiller>(folder, compute, options);
}

}  // namespace lethe
