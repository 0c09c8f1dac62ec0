#include "harness/task/request.h"

#include <algorithm>

#include "harness/base/error.h"
#include "harness/chat/python_text.h"

namespace lethe {
namespace {

// What stands behind the last character that is no white space.
size_t stripped_size(const std::string& text) {
  return chat::strip(text, false, true).size();
}

// Ids cut from the left to what the model reads and the last it predicts.
EncodedRequest cut(std::vector<int64_t> ids, int64_t score_from,
                   int64_t max_length) {
  EncodedRequest request;
  const auto over = static_cast<int64_t>(ids.size()) - (max_length + 1);
  if (over > 0) {
    ids.erase(ids.begin(), ids.begin() + over);
    score_from -= over;
    request.truncated = true;
    request.too_long = score_from < 1;
  }
  request.item = {std::move(ids), std::max<int64_t>(1, score_from)};
  return request;
}

}  // namespace

RequestEncoder::RequestEncoder(const Tokenizer& tokenizer,
                               const EncodingRules& rules)
    : tokenizer_(tokenizer), rules_(rules) {
  const std::optional<int64_t> prefix =
      tokenizer.bos_id() ? tokenizer.bos_id() : tokenizer.eos_id();
  if (!prefix) {
    fail_input("tokenizer", "names neither a BOS nor an EOS token",
               "tasks need one: see tokenizer_config.json");
  }
  prefix_ = *prefix;
  prefix_text_ = tokenizer.decode({prefix_});
}

std::vector<int64_t> RequestEncoder::encode(const std::string& text) const {
  EncodeOptions options;
  options.special_tokens = rules_.add_bos_token.value_or(true);
  if (!prefix_text_.empty() && text.rfind(prefix_text_, 0) == 0) {
    options.special_tokens = false;  // the text brings it along
  }
  return tokenizer_.encode(text, options);
}

EncodedRequest RequestEncoder::pair(const std::string& context,
                                    const std::string& continuation) {
  if (context.empty()) {
    EncodeOptions bare;
    bare.special_tokens = false;
    std::vector<int64_t> ids = tokenizer_.encode(continuation, bare);
    if (ids.empty() || ids.front() != prefix_) {
      ids.insert(ids.begin(), prefix_);
    }
    return cut(std::move(ids), 1, rules_.max_length);
  }
  const std::string head = context.substr(0, stripped_size(context));
  if (context_ids_.empty() || head != context_) {
    context_ = head;
    context_ids_ = encode(head);
  }
  std::vector<int64_t> whole = encode(context + continuation);
  const auto common = std::mismatch(context_ids_.begin(), context_ids_.end(),
                                    whole.begin(), whole.end())
                          .first -
                      context_ids_.begin();
  const auto size = static_cast<int64_t>(context_ids_.size());
  const bool mismatch = common < size;
  const int64_t from = rules_.compat == Compat::strict ? common : size;
  const auto end = static_cast<int64_t>(whole.size());
  EncodedRequest request =
      cut(std::move(whole), std::min(from, end), rules_.max_length);
  request.boundary_mismatch = mismatch;
  return request;
}

std::vector<EncodedRequest> RequestEncoder::windows(
    const std::string& text) const {
  std::vector<int64_t> ids = encode(text);
  if (rules_.compat == Compat::strict && !ids.empty() &&
      ids.front() == prefix_) {
    ids.erase(ids.begin());
  }
  std::vector<EncodedRequest> windows;
  const auto size = static_cast<int64_t>(ids.size());
  const int64_t length = rules_.max_length;
  ids.insert(ids.begin(), prefix_);  // token i is now ids[i + 1]
  for (int64_t done = 0; done < size;) {
    const int64_t end = done + std::min(size - done, length);
    const int64_t begin = done == 0 ? 0 : end - length;
    EncodedRequest window;
    window.item.ids.assign(ids.begin() + begin, ids.begin() + end + 1);
    window.item.score_from = done + 1 - begin;
    windows.push_back(std::move(window));
    done = end;
  }
  return windows;
}

std::vector<int64_t> RequestEncoder::prompt(const std::string& text,
                                            int64_t room) const {
  std::vector<int64_t> ids = encode(text);
  const auto most =
      static_cast<size_t>(std::max<int64_t>(1, rules_.max_length - room));
  if (ids.size() > most) ids.erase(ids.begin(), ids.end() - most);
  return ids;
}

}  // namespace lethe
