#include "harness/text/pattern.h"

#include <algorithm>
#include <utility>

namespace lethe {
namespace {

// Joins a match with the part before it, unless that is a match too.
void merge_with_previous(std::vector<Span>* spans) {
  std::vector<Span> joined;
  bool previous = false;
  for (const Span& span : *spans) {
    if (span.match && !previous && !joined.empty()) {
      joined.back().end = span.end;
    } else {
      joined.push_back({span.start, span.end, false});
    }
    previous = span.match;
  }
  *spans = std::move(joined);
}

void merge_with_next(std::vector<Span>* spans) {
  std::vector<Span> joined;
  bool previous = false;
  std::reverse(spans->begin(), spans->end());
  for (const Span& span : *spans) {
    if (span.match && !previous && !joined.empty()) {
      joined.back().start = span.start;
    } else {
      joined.push_back({span.start, span.end, false});
    }
    previous = span.match;
  }
  std::reverse(joined.begin(), joined.end());
  *spans = std::move(joined);
}

// Joins matches with matches, and the rest with the rest.
void merge_alike(std::vector<Span>* spans) {
  std::vector<Span> joined;
  bool previous = false;
  for (const Span& span : *spans) {
    if (span.match == previous && !joined.empty()) {
      joined.back().end = span.end;
    } else {
      joined.push_back({span.start, span.end, false});
    }
    previous = span.match;
  }
  *spans = std::move(joined);
}

}  // namespace

Pattern::Pattern(const Json& json, const Place& place) {
  const Json& pattern = require(json, "pattern", place.where());
  if (pattern.is_object() && pattern.contains("Regex")) {
    regex_.emplace(require_string(pattern, "Regex", place.where()), place);
  } else {
    literal_ = require_string(pattern, "String", place.where());
    if (literal_.empty()) refuse_option("pattern String \"\"", place);
  }
}

void Pattern::find(std::string_view text, std::vector<Span>* spans) const {
  spans->clear();
  size_t done = 0;
  const auto match = [&](size_t start, size_t end) {
    if (done != start) spans->push_back({done, start, false});
    spans->push_back({start, end, true});
    done = end;
  };
  if (text.empty()) return spans->push_back({0, 0, false});
  if (regex_) {
    std::vector<Regex::Match> matches;
    regex_->find(text, &matches);
    for (const auto& found : matches) match(found.start, found.end);
  } else {
    for (size_t at = text.find(literal_); at != std::string_view::npos;
         at = text.find(literal_, done)) {
      match(at, at + literal_.size());
    }
  }
  if (done != text.size()) spans->push_back({done, text.size(), false});
}

void Pattern::require_text(const Place& place) const {
  if (regex_ && regex_->may_be_empty()) {
    refuse_option("pattern Regex that may match nothing", place);
  }
}

std::string Pattern::replaced(std::string text, std::string_view content,
                              size_t* origin) const {
  if (!regex_ && text.find(literal_) == std::string::npos) return text;
  std::vector<Span> spans;
  find(text, &spans);
  std::string out;
  size_t from_origin = 0;
  for (const Span& span : spans) {
    const size_t before = out.size();
    if (span.match) {
      out += content;
    } else {
      out.append(text, span.start, span.end - span.start);
    }
    // What replaces a match stems from the last character of the match.
    if (!origin) continue;
    if (span.end <= *origin) {
      from_origin = out.size();
    } else if (!span.match && span.start < *origin) {
      from_origin = before + *origin - span.start;
    }
  }
  if (origin) *origin = from_origin;
  return out;
}

Behavior require_behavior(const Json& json, const Place& place) {
  const std::string name = require_string(json, "behavior", place.where());
  if (name == "Removed") return Behavior::removed;
  if (name == "Isolated") return Behavior::isolated;
  if (name == "MergedWithPrevious") return Behavior::merged_with_previous;
  if (name == "MergedWithNext") return Behavior::merged_with_next;
  if (name == "Contiguous") return Behavior::contiguous;
  refuse_option("behavior " + Json(name).dump(), place);
}

void apply_behavior(Behavior behavior, std::vector<Span>* spans) {
  switch (behavior) {
    case Behavior::removed:
      return;
    case Behavior::isolated:
      for (Span& span : *spans) span.match = false;
      return;
    case Behavior::merged_with_previous:
      return merge_with_previous(spans);
    case Behavior::merged_with_next:
      return merge_with_next(spans);
    case Behavior::contiguous:
      return merge_alike(spans);
  }
}

}  // namespace lethe
