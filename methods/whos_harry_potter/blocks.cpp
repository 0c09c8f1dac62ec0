#include "methods/whos_harry_potter/blocks.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/anchors/align.h"
#include "harness/anchors/english.h"
#include "harness/base/files.h"
#include "harness/base/ordered_json.h"
#include "harness/base/python_text.h"

namespace lethe {
namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Where a row's tokens stand in its example: row.ids[t] is ids[t - shift] for t
// in [first, end).
struct Part {
  size_t first = 0, end = 0;
  int64_t shift = 0;
};

// `from`: where the previous row of this example ended in its ids.
Part part_of(const TrainingRow& row, const Example& e, size_t from) {
  const auto leading = static_cast<size_t>(e.leading);
  const auto length = row.ids.size();
  const auto fits = [&](size_t first, size_t begin) {
    size_t count = 0;
    while (first + count < length && begin + count < e.ids.size() &&
           row.ids[first + count] == e.ids[begin + count]) {
      ++count;
    }
    // All but an end-of-text id behind it.
    return first + count + 1 >= length ? count : 0;
  };
  // A cut text: the leading specials, then the next piece.
  for (const size_t begin : {std::max(from, leading), leading}) {
    const size_t count = fits(leading, begin);
    const bool led = std::equal(
        row.ids.begin(),
        row.ids.begin() + static_cast<int64_t>(std::min(leading, length)),
        e.ids.begin());
    if (led && count > 0) {
      return {leading, leading + count,
              static_cast<int64_t>(leading) - static_cast<int64_t>(begin)};
    }
  }
  // A prompt that was cut from the left.
  for (size_t begin = 0; begin < e.ids.size(); ++begin) {
    const size_t count = fits(0, begin);
    if (count > 0) return {0, count, -static_cast<int64_t>(begin)};
  }
  fail_input(e.where, "its training row is no part of its tokens",
             "give the method texts as they are");
}

// The first token of each word, where it stands for the word: all of it or at
// least three letters; two with a capital in front if `names`.
std::vector<int64_t> first_tokens(const std::string& generic,
                                  const Tokenizer& tokenizer,
                                  bool names = false) {
  std::vector<int64_t> ids;
  for (size_t begin = 0; begin < generic.size();) {
    const size_t end = std::min(generic.find(' ', begin), generic.size());
    const std::string word = generic.substr(begin, end - begin);
    for (const std::string& spelled : {" " + word, word}) {
      const std::vector<int64_t> tokens =
          tokenizer.encode(spelled, {.special_tokens = false});
      if (tokens.empty()) continue;
      const std::string first = tokenizer.decode({tokens.front()});
      const size_t letters =
          first.size() - (!first.empty() && first.front() == ' ' ? 1 : 0);
      const bool name =
          names && letters == 2 && word.front() >= 'A' && word.front() <= 'Z';
      if (tokens.size() == 1 || letters >= 3 || name) {
        ids.push_back(tokens.front());
      }
    }
    begin = end + 1;
  }
  return ids;
}

class Translating {
 public:
  Translating(const Tokenizer& tokenizer, const Anchors& anchors)
      : tokenizer_(tokenizer), anchors_(anchors), translator_(anchors) {}

  TranslatedBlock block(const TrainingRow& row, const Example& e,
                        const std::vector<TokenSpan>& spans, const Part& part) {
    TranslatedBlock made;
    made.id = e.id;
    const auto span_of = [&](size_t t) {
      return spans[static_cast<size_t>(static_cast<int64_t>(t) - part.shift)];
    };
    size_t begin = span_of(part.first).begin, end = span_of(part.end - 1).end;
    while (begin < end && continues(e.text[begin])) ++begin;
    while (end > begin && end < e.text.size() && continues(e.text[end])) --end;
    made.text = e.text.substr(begin, end - begin);
    made.translation = translator_.translate(made.text);
    std::vector<TokenSpan> own;
    for (size_t t = 0; t < row.ids.size(); ++t) {
      const bool inside = t >= part.first && t < part.end;
      const size_t edge = t < part.first ? 0 : end - begin;
      const TokenSpan span = inside ? span_of(t) : TokenSpan{0, 0};
      const auto relative = [&](size_t at) {
        return std::clamp(at, begin, end) - begin;
      };
      own.push_back(inside ? TokenSpan{relative(span.begin), relative(span.end)}
                           : TokenSpan{edge, edge});
    }
    align(row, e, own, part, made);
    return made;
  }

 private:
  void align(const TrainingRow& row, const Example& e,
             const std::vector<TokenSpan>& own, const Part& part,
             TranslatedBlock& made) {
    const size_t leading = std::min(part.first, static_cast<size_t>(e.leading));
    const std::vector<int64_t> text_ids = tokenizer_.encode(
        made.translation.text, {.special_tokens = false, .plain_text = true});
    std::vector<TokenSpan> translated =
        token_spans(tokenizer_, made.translation.text, text_ids);
    GenericBlock& g = made.tokens;
    g.ids = row.ids;
    g.translated.assign(row.ids.begin(),
                        row.ids.begin() + static_cast<int64_t>(leading));
    g.translated.insert(g.translated.end(), text_ids.begin(), text_ids.end());
    translated.insert(translated.begin(), leading, TokenSpan{0, 0});
    const TokenAlignment a =
        align_tokens(made.text, made.translation, own, translated);
    g.places = a.positions;
    for (size_t t = 0; t < row.ids.size(); ++t) {
      if (a.repeated[t] || t < part.first) g.places[t] = -1;
      made.anchor.push_back(a.anchor[t] || a.repeated[t]);
    }
    // What ends the text is asked for behind all of the translation.
    for (size_t t = part.end; t < row.ids.size(); ++t) {
      g.places[t] = static_cast<int64_t>(g.translated.size());
    }
    lower(a, made);
  }

  void lower(const TokenAlignment& a, TranslatedBlock& made) {
    std::map<int64_t, int64_t> from;  // by token: the first place
    size_t t = 0;
    const std::vector<AnchorSegment>& segments = made.translation.segments;
    for (size_t s = 0; s < segments.size(); ++s) {
      if (segments[s].anchor < 0) continue;
      while (t < a.segments_before.size() &&
             a.segments_before[t] <= static_cast<int64_t>(s)) {
        ++t;
      }
      for (const int64_t id : tokens_of(segments[s].anchor)) {
        from.emplace(id, static_cast<int64_t>(t));
      }
    }
    for (const auto& [id, place] : from) {
      made.tokens.lowered.emplace_back(place, id);
    }
  }

  const std::vector<int64_t>& tokens_of(int64_t anchor) {
    auto [found, fresh] = tokens_.try_emplace(anchor);
    if (fresh) {
      found->second = first_tokens(
          anchors_[static_cast<size_t>(anchor)].generic, tokenizer_);
    }
    return found->second;
  }

  const Tokenizer& tokenizer_;
  const Anchors& anchors_;
  const AnchorTranslator translator_;
  std::map<int64_t, std::vector<int64_t>> tokens_;
};

}  // namespace

std::vector<TranslatedBlock> translated_blocks(const TrainingSet& rows,
                                               const Examples& examples,
                                               const Tokenizer& tokenizer,
                                               const Anchors& anchors) {
  Translating translating(tokenizer, anchors);
  std::vector<TranslatedBlock> blocks;
  std::vector<TokenSpan> spans;
  size_t of = examples.size(), from = 0;
  for (const TrainingRow& row : rows.rows()) {
    const Example& e = examples[row.example];
    if (row.example != of) {
      if (e.text.empty()) {
        fail_input(e.where, "has ids and no text, so nothing to translate",
                   "give the texts themselves");
      }
      spans = token_spans(tokenizer, e.text, e.ids);
      of = row.example;
      from = 0;
    }
    const Part part = part_of(row, e, from);
    from = static_cast<size_t>(static_cast<int64_t>(part.end) - part.shift);
    blocks.push_back(translating.block(row, e, spans, part));
  }
  return blocks;
}

namespace {

bool small(const std::string& word) {
  return word.front() >= 'a' && word.front() <= 'z';
}

// The words of an anchor that are its own.
std::string own_words(const std::string& anchor) {
  const std::vector<std::string> words = python::split(anchor);
  const bool name = !std::all_of(words.begin(), words.end(), small);
  std::string own;
  for (const std::string& word : words) {
    const uint32_t traits = word_traits(python::lower(word));
    const bool shared =
        (traits & (kFunctionWord | kConnector | kDeterminer)) > 0;
    if (shared || (name && small(word))) continue;
    own += (own.empty() ? "" : " ") + word;
  }
  return own;
}

}  // namespace

std::vector<int64_t> anchor_tokens(const Anchors& anchors,
                                   const Tokenizer& tokenizer) {
  std::set<int64_t> all;
  for (const Anchor& anchor : anchors) {
    if (!anchor.use) continue;
    const std::vector<int64_t> ids =
        first_tokens(own_words(anchor.anchor), tokenizer, true);
    all.insert(ids.begin(), ids.end());
  }
  return {all.begin(), all.end()};
}

void write_translations(const std::string& path,
                        const std::vector<TranslatedBlock>& blocks,
                        const Anchors& anchors) {
  std::string text;
  for (size_t b = 0; b < blocks.size(); ++b) {
    OrderedJson row = {{"block", b},
                       {"id", blocks[b].id},
                       {"text", blocks[b].text},
                       {"translated", blocks[b].translation.text},
                       {"anchors", OrderedJson::array()}};
    for (const AnchorSegment& s : blocks[b].translation.segments) {
      if (s.anchor < 0) continue;
      const Anchor& anchor = anchors[static_cast<size_t>(s.anchor)];
      row["anchors"].push_back({{"anchor", anchor.anchor},
                                {"generic", anchor.generic},
                                {"repeated", s.repeated}});
    }
    text +=
        row.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  }
  write_file_atomically(path, text);
}

}  // namespace lethe
