#include "harness/anchors/align.h"

#include <algorithm>
#include <unordered_map>

namespace lethe {
namespace {

// A stretch of the original and what answers to it.
struct Stretch {
  size_t begin, end, translated_begin, translated_end;
  bool copied;  // every byte answers to one, else only the beginnings do
};

struct Range {
  size_t begin, end;
};

bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// What stands between white space.
std::vector<Range> words_in(std::string_view text, size_t begin, size_t end) {
  std::vector<Range> words;
  for (size_t at = begin; at < end;) {
    while (at < end && blank(text[at])) ++at;
    const size_t start = at;
    while (at < end && !blank(text[at])) ++at;
    if (at > start) words.push_back({start, at});
  }
  return words;
}

void add_segment(std::string_view original, std::string_view translated,
                 const AnchorSegment& segment, std::vector<Stretch>* all) {
  const std::vector<Range> from =
      words_in(original, segment.begin, segment.end);
  const std::vector<Range> to =
      words_in(translated, segment.translated_begin, segment.translated_end);
  if (from.size() != to.size()) {
    all->push_back({segment.begin, segment.end, segment.translated_begin,
                    segment.translated_end, false});
    return;
  }
  for (size_t i = 0; i < from.size(); ++i) {
    if (i > 0) {
      all->push_back(
          {from[i - 1].end, from[i].begin, to[i - 1].end, to[i].begin, false});
    }
    const Range& a = from[i];
    const Range& b = to[i];
    const bool same = original.substr(a.begin, a.end - a.begin) ==
                      translated.substr(b.begin, b.end - b.begin);
    all->push_back({a.begin, a.end, b.begin, b.end, same});
  }
}

std::vector<Stretch> stretches_of(std::string_view original,
                                  const Translation& translation) {
  std::vector<Stretch> all;
  size_t at = 0, translated = 0;
  const auto copy_to = [&](size_t end, size_t translated_end) {
    if (end > at) all.push_back({at, end, translated, translated_end, true});
  };
  for (const AnchorSegment& segment : translation.segments) {
    copy_to(segment.begin, segment.translated_begin);
    add_segment(original, translation.text, segment, &all);
    at = segment.end;
    translated = segment.translated_end;
  }
  copy_to(original.size(), translation.text.size());
  return all;
}

// Tokens by the byte that they begin at. Several can be empty there: specials.
class Starts {
 public:
  explicit Starts(const std::vector<TokenSpan>& spans) {
    for (size_t i = 0; i < spans.size(); ++i) {
      const bool empty = spans[i].begin == spans[i].end;
      (empty ? empty_ : full_)[spans[i].begin].push_back(
          static_cast<int64_t>(i));
    }
  }
  int64_t full(size_t at) const {
    const auto found = full_.find(at);
    return found == full_.end() ? -1 : found->second.front();
  }
  int64_t empty(size_t at, size_t rank) const {
    const auto found = empty_.find(at);
    if (found == empty_.end() || rank >= found->second.size()) return -1;
    return found->second[rank];
  }

 private:
  std::unordered_map<size_t, std::vector<int64_t>> full_, empty_;
};

// The tokens that begin inside (begin, end), whole or in part.
std::vector<int64_t> inside(const std::vector<TokenSpan>& spans, size_t begin,
                            size_t end) {
  auto at = std::upper_bound(
      spans.begin(), spans.end(), begin,
      [](size_t byte, const TokenSpan& span) { return byte < span.begin; });
  std::vector<int64_t> tokens;
  for (; at != spans.end() && at->begin < end; ++at) {
    if (at->end > at->begin) tokens.push_back(at - spans.begin());
  }
  return tokens;
}

class Aligner {
 public:
  Aligner(std::string_view original, const Translation& translation,
          const std::vector<TokenSpan>& spans,
          const std::vector<TokenSpan>& translated_spans)
      : original_(original),
        translation_(translation),
        spans_(spans),
        translated_spans_(translated_spans),
        stretches_(stretches_of(original, translation)),
        starts_(translated_spans) {
    result_.positions.assign(spans.size(), -1);
    result_.anchor.assign(spans.size(), false);
    result_.repeated.assign(spans.size(), false);
    result_.first.assign(spans.size(), false);
    result_.segments_before.assign(spans.size(), 0);
  }

  TokenAlignment align() {
    place_boundaries();
    for (const Stretch& stretch : stretches_) {
      if (!stretch.copied) place_inside(stretch);
    }
    mark();
    return std::move(result_);
  }

 private:
  // The translated byte that a byte of the original answers to, if any.
  int64_t answer(size_t byte) const {
    if (byte == original_.size()) {
      return static_cast<int64_t>(translation_.text.size());
    }
    const auto after = std::upper_bound(
        stretches_.begin(), stretches_.end(), byte,
        [](size_t at, const Stretch& stretch) { return at < stretch.begin; });
    const Stretch& stretch = *std::prev(after);
    if (stretch.copied || byte == stretch.begin) {
      return static_cast<int64_t>(stretch.translated_begin + byte -
                                  stretch.begin);
    }
    return -1;
  }

  void place_boundaries() {
    size_t empties = 0, last = 0;
    for (size_t t = 0; t < spans_.size(); ++t) {
      const TokenSpan& span = spans_[t];
      const int64_t byte = answer(span.begin);
      const bool empty = span.begin == span.end;
      empties = empty && span.begin == last ? empties : 0;
      last = span.begin;
      if (byte >= 0) {
        result_.positions[t] =
            empty ? starts_.empty(static_cast<size_t>(byte), empties)
                  : starts_.full(static_cast<size_t>(byte));
      }
      if (empty) ++empties;
    }
  }

  // The rest of an anchor's word: one by one where the counts agree and the
  // word's first tokens answer to each other.
  void place_inside(const Stretch& stretch) {
    const std::vector<int64_t> tokens =
        inside(spans_, stretch.begin, stretch.end);
    const std::vector<int64_t> translated = inside(
        translated_spans_, stretch.translated_begin, stretch.translated_end);
    if (tokens.empty() || tokens.size() != translated.size()) return;
    if (tokens[0] == 0 || translated[0] == 0) return;
    const size_t before = static_cast<size_t>(tokens[0] - 1);
    if (result_.positions[before] != translated[0] - 1) return;
    for (size_t i = 0; i < tokens.size(); ++i) {
      result_.positions[static_cast<size_t>(tokens[i])] = translated[i];
    }
  }

  void mark() {
    size_t next = 0;  // the first segment that ends behind the token's begin
    const std::vector<AnchorSegment>& segments = translation_.segments;
    std::vector<bool> begun(segments.size(), false);
    for (size_t t = 0; t < spans_.size(); ++t) {
      const TokenSpan& span = spans_[t];
      while (next < segments.size() && segments[next].end <= span.begin) ++next;
      result_.segments_before[t] = static_cast<int64_t>(next);
      for (size_t s = next; s < segments.size() && segments[s].begin < span.end;
           ++s) {
        if (segments[s].anchor < 0 || span.begin == span.end) continue;
        if (segments[s].repeated)
          result_.repeated[t] = true;
        else
          result_.anchor[t] = true;
        if (!begun[s]) result_.first[t] = true;
        begun[s] = true;
      }
      if (result_.repeated[t]) result_.anchor[t] = false;
    }
  }

  std::string_view original_;
  const Translation& translation_;
  const std::vector<TokenSpan>& spans_;
  const std::vector<TokenSpan>& translated_spans_;
  const std::vector<Stretch> stretches_;
  const Starts starts_;
  TokenAlignment result_;
};

}  // namespace

TokenAlignment align_tokens(std::string_view original,
                            const Translation& translation,
                            const std::vector<TokenSpan>& spans,
                            const std::vector<TokenSpan>& translated_spans) {
  return Aligner(original, translation, spans, translated_spans).align();
}

}  // namespace lethe
