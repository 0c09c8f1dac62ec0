#include "harness/target/prompt_guard.h"

#include <algorithm>

#include "harness/base/error.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

bool begins_with(const Ids& ids, const Ids& head) {
  return ids.size() >= head.size() &&
         std::equal(head.begin(), head.end(), ids.begin());
}

int64_t size(const Ids& ids) { return static_cast<int64_t>(ids.size()); }

// A user's message in the template, behind a system message if there is one.
std::string rendered(const ChatTemplate& chat, const std::string& system) {
  OrderedJson messages = OrderedJson::array();
  if (!system.empty()) {
    messages.push_back({{"role", "system"}, {"content", system}});
  }
  // No template changes these letters, and nothing else in one holds them.
  messages.push_back({{"role", "user"}, {"content", "Xylophonist"}});
  return chat.render(messages, {.date = "2024-07-26"});
}

// Sets the chat form, when the template has a place for it before the user's
// words.
void put_chat(const std::string& prompt, const Tokenizer& tokenizer,
              const ChatTemplate& chat, GuardPrompt& guard) {
  std::string plain, guarded;
  try {
    plain = rendered(chat, "");
    guarded = rendered(chat, prompt);
  } catch (const Error&) {
    return;  // a template without a system role says so itself
  }
  const size_t user = plain.find("Xylophonist");
  const size_t behind = guarded.find("Xylophonist");
  const bool holds = guarded.find(prompt) < behind;
  if (user == plain.npos || behind == guarded.npos || !holds) return;
  const auto encode = [&](const std::string& text) {
    return tokenizer.encode(text, {.special_tokens = false});
  };
  guard.chat = encode(plain.substr(0, user));
  guard.guarded_chat = encode(guarded.substr(0, behind));
  // Templates write the first special tokens themselves, or leave them to the
  // tokenizer.
  for (Ids* ids : {&guard.chat, &guard.guarded_chat}) {
    if (begins_with(*ids, guard.leading)) continue;
    ids->insert(ids->begin(), guard.leading.begin(), guard.leading.end());
  }
  // Every text would begin so.
  if (size(guard.chat) <= size(guard.leading)) {
    guard.chat.clear();
    guard.guarded_chat.clear();
  }
}

}  // namespace

GuardPrompt guard_prompt(const std::string& prompt, const Tokenizer& tokenizer,
                         const std::optional<ChatTemplate>& chat) {
  GuardPrompt guard;
  guard.leading = tokenizer.leading_specials();
  guard.plain = tokenizer.encode(prompt + "\n\n",
                                 {.special_tokens = false, .plain_text = true});
  if (chat) put_chat(prompt, tokenizer, *chat, guard);
  return guard;
}

PromptGuard::PromptGuard(std::shared_ptr<const Target> target,
                         GuardPrompt prompt)
    : WrappedTarget(std::move(target)), prompt_(std::move(prompt)) {
  // Where a chat's head leaves too little room, chats get the plain guard.
  if (2 * size(prompt_.guarded_chat) > inner().window()) {
    prompt_.chat.clear();
    prompt_.guarded_chat.clear();
  }
  longest_ = std::max(size(prompt_.leading) + size(prompt_.plain),
                      size(prompt_.guarded_chat) - size(prompt_.chat));
  if (prompt_.plain.empty()) {
    fail_usage("prompt_guard", "the prompt has no token", "give it a text");
  }
  if (2 * longest_ > inner().window()) {
    fail_usage("prompt_guard",
               fmt::format("the prompt has {} tokens, the model reads {}",
                           longest_, inner().window()),
               "shorten it to half of that");
  }
}

Needs PromptGuard::can() const {
  Needs can = inner().can();
  can.drift = false;
  return can;
}

std::string PromptGuard::limits() const {
  const std::string own = inner().limits();
  return own.empty() ? "the target reads a prompt of its own before each text, "
                       "which its base does not"
                     : own;
}

GuardedText PromptGuard::guarded(const ScoreItem& item) const {
  const Ids* head = &prompt_.plain;
  Ids joined;
  int64_t replaced = 0;  // first ids that the head stands for
  const bool chat = !prompt_.chat.empty() &&
                    begins_with(item.ids, prompt_.chat) &&
                    item.score_from >= size(prompt_.chat);
  if (chat) {
    head = &prompt_.guarded_chat;
    replaced = size(prompt_.chat);
  } else {
    joined = prompt_.leading;
    joined.insert(joined.end(), prompt_.plain.begin(), prompt_.plain.end());
    head = &joined;
    const bool led = begins_with(item.ids, prompt_.leading) &&
                     item.score_from >= size(prompt_.leading);
    if (led) replaced = size(prompt_.leading);
  }
  // The last id is predicted, never read: window + 1 ids fit.
  const int64_t room = inner().window() + 1 - size(*head);
  const int64_t over = std::max<int64_t>(0, size(item.ids) - replaced - room);
  GuardedText text;
  text.truncated = over > 0;
  const auto own = item.ids.begin() + replaced + over;
  text.item.ids = *head;
  text.item.ids.insert(text.item.ids.end(), own, item.ids.end());
  text.item.score_from =
      std::max(size(*head), size(*head) + item.score_from - replaced - over);
  if (over == 0) {
    text.kept = item.ids;
    text.score_from = item.score_from;
  } else {
    text.kept.assign(own - 1, item.ids.end());
    text.score_from =
        std::max<int64_t>(1, item.score_from - replaced - over + 1);
  }
  return text;
}

std::vector<ScoreItem> PromptGuard::guarded(
    const std::vector<ScoreItem>& items) const {
  std::vector<ScoreItem> all;
  for (const ScoreItem& item : items) all.push_back(guarded(item).item);
  return all;
}

std::vector<std::shared_ptr<const TokenStatistics>> PromptGuard::statistics(
    const Examples& examples) const {
  Examples asked(examples.size());
  std::vector<GuardedText> texts;
  for (size_t i = 0; i < examples.size(); ++i) {
    texts.push_back(guarded({examples[i].ids, examples[i].score_from}));
    asked[i].ids = texts.back().item.ids;
    asked[i].score_from = texts.back().item.score_from;
  }
  std::vector<std::shared_ptr<const TokenStatistics>> all;
  const auto found = inner().statistics(asked);
  for (size_t i = 0; i < found.size(); ++i) {
    auto own = std::make_shared<TokenStatistics>(*found[i]);
    own->ids = texts[i].kept;
    own->score_from = std::min(texts[i].score_from, size(own->ids));
    own->truncated = own->truncated || texts[i].truncated;
    all.push_back(std::move(own));
  }
  return all;
}

std::vector<Likelihood> PromptGuard::likelihoods(
    const std::vector<ScoreItem>& items) const {
  std::vector<Likelihood> all = inner().likelihoods(guarded(items));
  for (size_t i = 0; i < items.size(); ++i) {
    all[i].truncated = all[i].truncated || guarded(items[i]).truncated;
  }
  return all;
}

std::vector<std::vector<float>> PromptGuard::sampling_logprobs(
    const std::vector<ScoreItem>& items,
    const GenerateOptions& sampling) const {
  return inner().sampling_logprobs(guarded(items), sampling);
}

std::vector<double> PromptGuard::gradient_norms(
    const std::vector<ScoreItem>& items,
    const GradientNormOptions& options) const {
  return inner().gradient_norms(guarded(items), options);
}

Generation PromptGuard::generate(const Prompts& prompts,
                                 const GenerateOptions& options) const {
  Prompts asked;
  for (const Ids& prompt : prompts) {
    asked.push_back(guarded({prompt, size(prompt)}).item.ids);
  }
  return inner().generate(asked, options);
}

std::shared_ptr<const Target> PromptGuard::with_model(
    std::shared_ptr<const Model> model) const {
  return std::make_shared<PromptGuard>(inner().with_model(std::move(model)),
                                       prompt_);
}

}  // namespace lethe
