#include "methods/model_editing/facts.h"

#include <algorithm>
#include <set>

#include "harness/anchors/names.h"
#include "harness/anchors/token_spans.h"

namespace lethe {
namespace {

// A prompt as text and tokens.
struct Asked {
  std::string text;              // empty: the row has ids alone
  std::string searched;          // the part of the text that holds the subject
  std::vector<TokenSpan> spans;  // of its tokens in the text
};

// The longest of a row's texts that the prompt is made of: the question of
// "Question: {question}", whose own words are no names.
std::string searched_in(const Example& e) {
  std::string longest;
  for (const auto& [key, value] : e.fields.items()) {
    if (key == "id" || key == "subject" || !value.is_string()) continue;
    const std::string text = value.get<std::string>();
    if (text.size() > longest.size() &&
        e.prompt.find(text) != std::string::npos) {
      longest = text;
    }
  }
  return longest.empty() ? e.prompt : longest;
}

Asked asked(const Example& e, const Fact& fact, const Tokenizer* tokenizer) {
  if (tokenizer == nullptr || e.fields.contains("ids")) return {};
  if (!e.prompt.empty()) {
    EncodeOptions options;
    options.plain_text = e.plain_text;
    const Ids ids = tokenizer->encode(e.prompt, options);
    return {e.prompt, searched_in(e), token_spans(*tokenizer, e.prompt, ids)};
  }
  const std::vector<TokenSpan> spans = token_spans(*tokenizer, e.text, e.ids);
  const std::string half = e.text.substr(0, spans[fact.prompt.size() - 1].end);
  // What ends inside a character is no text yet.
  size_t end = half.size();
  while (end > 0 && end < e.text.size() &&
         (static_cast<unsigned char>(e.text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return {half.substr(0, end), half.substr(0, end), spans};
}

// The last token that holds a byte before `end`.
int64_t token_before(const std::vector<TokenSpan>& spans, size_t end) {
  for (size_t t = spans.size(); t-- > 0;) {
    if (spans[t].begin < end && spans[t].begin < spans[t].end) {
      return static_cast<int64_t>(t);
    }
  }
  return 0;
}

std::string given_subject(const Example& e) {
  const auto found = e.fields.find("subject");
  if (found == e.fields.end() || found->is_null()) return "";
  if (!found->is_string()) {
    fail_input(e.where, "\"subject\" is " + printable(found->dump()),
               "give a string that its prompt holds");
  }
  return found->get<std::string>();
}

// Prompt and target of a text.
Fact fact_of(const Example& e, const std::string* refusal,
             const Tokenizer* tokenizer) {
  Fact fact;
  fact.id = e.id;
  fact.where = e.where;
  fact.leading = e.leading;
  OtherAnswer said;
  if (refusal != nullptr) {
    said = with_answer(e, *refusal, tokenizer);
  } else {
    said.ids.assign(e.ids.begin(), e.ids.end() - e.trailing);
    said.score_from = e.prompt.empty() && e.score_from <= 1
                          ? second_half_from(e)
                          : e.score_from;
  }
  const auto length = static_cast<int64_t>(said.ids.size());
  if (said.score_from >= length || said.score_from <= e.leading) {
    fail_input(e.where, "has no prompt with an answer behind it",
               "give prompt and completion, or a text of two tokens or more");
  }
  const auto middle = said.ids.begin() + said.score_from;
  fact.prompt.assign(said.ids.begin(), middle);
  fact.target.assign(middle, said.ids.end());
  fact.key = said.score_from - 1;
  return fact;
}

// Puts the key token at the end of the fact's subject.
void place(const Asked& prompt, const Tokenizer& tokenizer, Fact& fact) {
  const size_t part = prompt.text.rfind(prompt.searched);
  const size_t within = prompt.searched.rfind(fact.subject);
  size_t begin = part == std::string::npos || within == std::string::npos
                     ? prompt.text.rfind(fact.subject)
                     : part + within;
  if (begin == std::string::npos) {
    fail_input(
        fact.where,
        "its prompt lacks the subject \"" + printable(fact.subject) + "\"",
        "write the subject as it stands in the prompt");
  }
  const int64_t last = token_before(prompt.spans, begin + fact.subject.size());
  fact.key = std::clamp<int64_t>(last, fact.leading, fact.key);
  const std::string essence = fact.subject + " is a";
  EncodeOptions plain;
  plain.special_tokens = false;
  plain.plain_text = true;
  const Ids ids = tokenizer.encode(essence, plain);
  fact.essence.assign(fact.prompt.begin(), fact.prompt.begin() + fact.leading);
  fact.essence.insert(fact.essence.end(), ids.begin(), ids.end());
  fact.essence_key =
      fact.leading +
      token_before(token_spans(tokenizer, essence, ids), fact.subject.size());
}

void find_subjects(const Examples& texts, const std::vector<size_t>& of,
                   const Tokenizer& tokenizer, std::vector<Fact>& facts) {
  std::vector<Asked> prompts;
  std::vector<std::string> searched;
  for (size_t i = 0; i < facts.size(); ++i) {
    prompts.push_back(asked(texts[of[i]], facts[i], &tokenizer));
    searched.push_back(prompts.back().searched);
  }
  const std::vector<std::string> names = longest_names(searched);
  for (size_t i = 0; i < facts.size(); ++i) {
    facts[i].subject = given_subject(texts[of[i]]);
    if (prompts[i].text.empty() && !facts[i].subject.empty()) {
      fail_input(facts[i].where,
                 "has ids and a subject to look for in its text",
                 "give the text alone, or leave subject out");
    }
    if (prompts[i].text.empty()) continue;
    facts[i].looked_for = facts[i].subject.empty();
    if (facts[i].looked_for) facts[i].subject = names[i];
    if (!facts[i].subject.empty()) place(prompts[i], tokenizer, facts[i]);
  }
}

}  // namespace

std::vector<std::string> longest_names(const std::vector<std::string>& texts) {
  WordTable table;
  const ReadSide side = read_side(texts, &table, &table.target);
  std::vector<std::string> names(texts.size());
  for (const NamePlace& name : find_names(side, table).places) {
    const ReadDocument& document = side.documents[name.document];
    const size_t begin = document.words[name.first].begin;
    const size_t size = document.words[name.last - 1].end - begin;
    std::string& longest = names[name.document];
    if (size >= longest.size()) longest = document.text.substr(begin, size);
  }
  return names;
}

std::vector<Fact> facts_of(const Examples& texts, const Tokenizer* tokenizer,
                           const FactOptions& options) {
  std::vector<Answers> refusals;
  if (options.target == "refusal") {
    refusals =
        draw_answers(options.answers, {.texts = texts.size(),
                                       .a_text = 1,
                                       .name = options.name + " refusals"});
  }
  std::vector<Fact> facts;
  std::vector<size_t> of;
  std::set<Ids> known;
  for (size_t i = 0; i < texts.size(); ++i) {
    Fact fact = fact_of(texts[i], refusals.empty() ? nullptr : &refusals[i][0],
                        tokenizer);
    if (!known.insert(fact.prompt).second) continue;
    facts.push_back(std::move(fact));
    of.push_back(i);
  }
  if (tokenizer != nullptr && options.token == "subject_last") {
    find_subjects(texts, of, *tokenizer, facts);
  }
  return facts;
}

Fact fitted(Fact fact, int64_t window, int64_t prefix) {
  const auto size = [](const Ids& ids) {
    return static_cast<int64_t>(ids.size());
  };
  const int64_t half = std::max<int64_t>(1, window / 2);
  if (size(fact.target) > half) fact.target.resize(static_cast<size_t>(half));
  const int64_t room = window - prefix - size(fact.target);
  const int64_t excess = std::max<int64_t>(0, size(fact.prompt) - room);
  if (fact.looked_for && fact.key - excess < fact.leading) {
    fact.subject.clear();
    fact.essence.clear();
    fact.key = size(fact.prompt) - 1;
  }
  if (fact.key - excess < fact.leading) {
    fail_input(fact.where,
               fmt::format("its key token stands {} tokens before the answer, "
                           "and {} fit the window",
                           size(fact.prompt) - fact.key, room - fact.leading),
               "set fact_token=last, fewer context_tokens, or shorten it");
  }
  const auto first = fact.prompt.begin() + fact.leading;
  fact.prompt.erase(first, first + excess);
  fact.key -= excess;
  if (size(fact.essence) > window) fact.essence.clear();
  return fact;
}

}  // namespace lethe
