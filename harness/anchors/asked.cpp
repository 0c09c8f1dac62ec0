#include "harness/anchors/asked.h"

#include <algorithm>
#include <map>

#include "harness/anchors/translate.h"
#include "harness/base/python_text.h"

namespace lethe {
namespace {

constexpr size_t kLongest = 80;         // bytes of a term or its generic form
constexpr size_t kPairsAnAnswer = 200;  // a model may go on for ever
constexpr int kDeepest = 4;             // brackets inside brackets
constexpr int kTries = 8;               // brackets that begin no JSON

constexpr const char* kQuestion =
    "Below is a passage. Which names and expressions in it belong to this very "
    "story or subject, so that only someone who knows it would write them: "
    "people, places, invented things, particular phrases? Leave out what any "
    "text may hold.\nFor each give a generic expression of the same kind that "
    "could stand in its place in the same sentences: another name for a name, "
    "a plain description for a thing.\nAnswer with one JSON object, from each "
    "expression as it stands in the passage to its replacement, and nothing "
    "else. Example: {\"Captain Ahab\": \"Captain Reed\", \"the Pequod\": "
    "\"the Harrier\"}\n\nPassage:\n";

// How much of `text` makes a passage: up to the last line end, else sentence
// end, else space in its first `most` bytes.
size_t passage_end(std::string_view text, size_t most) {
  if (text.size() <= most) return text.size();
  const std::string_view head = text.substr(0, most);
  for (const std::string_view mark : {"\n", ". ", " "}) {
    const size_t at = head.rfind(mark);
    if (at != std::string_view::npos && at > most / 4) return at + mark.size();
  }
  size_t end = most;  // no space: between two characters
  while (end > 1 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

std::string squeezed(const std::string& text) {
  std::string words;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      words += c;
    } else if (!words.empty() && words.back() != ' ') {
      words += ' ';
    }
  }
  while (!words.empty() && words.back() == ' ') words.pop_back();
  return words;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Where the brackets that open at `start` are closed; `npos`: nowhere, or they
// are too deep (`deep`).
size_t closed_at(const std::string& text, size_t start, bool& deep) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = start; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i;
    deep = depth > kDeepest;
    if (deep) break;
  }
  return std::string::npos;
}

// The first object or list of an answer that can be read; of one that the model
// did not end, what it finished. Discarded: there is none.
Json json_in(const std::string& answer) {
  size_t start = answer.find_first_of("{[");
  for (int tries = 0; tries < kTries && start != std::string::npos; ++tries) {
    bool deep = false;
    const size_t end = closed_at(answer, start, deep);
    std::string text;
    if (end != std::string::npos) {
      text = answer.substr(start, end + 1 - start);
    } else if (answer[start] == '{' && !deep) {
      const size_t last = answer.rfind("\",");
      if (last > start && last != std::string::npos) {
        text = answer.substr(start, last + 1 - start) + "}";
      }
    }
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_discarded()) return json;
    start = answer.find_first_of("{[", start + 1);
  }
  return Json(Json::value_t::discarded);
}

void add_object(const Json& object, Pairs& pairs) {
  if (object.contains("term") && object.contains("generic")) {
    if (object["term"].is_string() && object["generic"].is_string()) {
      pairs.emplace_back(object["term"], object["generic"]);
    }
    return;
  }
  for (const auto& [term, generic] : object.items()) {
    if (generic.is_string()) pairs.emplace_back(term, generic);
  }
}

Pairs pairs_of_json(const Json& json) {
  Pairs pairs;
  if (json.is_object()) add_object(json, pairs);
  if (json.is_array()) {
    for (const Json& one : json) {
      if (one.is_object()) add_object(one, pairs);
    }
  }
  return pairs;
}

// "- Captain Ahab -> Captain Reed"
Pairs pairs_of_lines(const std::string& answer) {
  Pairs pairs;
  size_t begin = 0;
  while (begin < answer.size()) {
    const size_t end = std::min(answer.find('\n', begin), answer.size());
    const std::string line = answer.substr(begin, end - begin);
    begin = end + 1;
    const size_t arrow = line.find("->");
    if (arrow == std::string::npos) continue;
    const size_t first = line.find_first_not_of(" \t-*\"");
    const auto bare = [](std::string text) {
      text = squeezed(text);
      while (!text.empty() && text.back() == '"') text.pop_back();
      const size_t from = text.find_first_not_of(" \"");
      return from == std::string::npos ? std::string() : text.substr(from);
    };
    if (first >= arrow) continue;
    pairs.emplace_back(bare(line.substr(first, arrow - first)),
                       bare(line.substr(arrow + 2)));
  }
  return pairs;
}

Pairs pairs_of(const std::string& answer, const Json& json) {
  Pairs pairs = pairs_of_json(json);
  if (pairs.empty()) pairs = pairs_of_lines(answer);
  if (pairs.size() > kPairsAnAnswer) pairs.resize(kPairsAnAnswer);
  for (auto& [term, generic] : pairs) {
    term = squeezed(term);
    generic = squeezed(generic);
  }
  return pairs;
}

// What the answers said of one term.
struct Votes {
  int64_t answers = 0;
  std::map<std::string, std::pair<int64_t, int64_t>> forms;  // count, first

  void add(const std::string& generic) {
    auto [found, fresh] = forms.try_emplace(generic, 0, answers);
    ++found->second.first;
    ++answers;
  }
  // Given most often; of as many the first.
  std::string best() const {
    return std::max_element(
               forms.begin(), forms.end(),
               [](const auto& a, const auto& b) {
                 return std::pair(a.second.first, -a.second.second) <
                        std::pair(b.second.first, -b.second.second);
               })
        ->first;
  }
};

bool has_letter(const std::string& text) {
  return !python::words(text).empty();
}

// How often " term " stands in " words of a text ".
int64_t occurrences(const std::string& words, const std::string& term) {
  int64_t count = 0;
  for (size_t at = words.find(term); at != std::string::npos;
       at = words.find(term, at + term.size() - 1)) {
    ++count;
  }
  return count;
}

std::string capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// Counts as the dictionary does: longer anchors and ALL CAPITALS included.
void count_anchors(Anchors& anchors, const std::vector<std::string>& texts) {
  std::string all = " ";  // what stands between texts is no word
  for (const std::string& text : texts) {
    all += python::words(text) + " \n ";
  }
  for (Anchor& anchor : anchors) {
    const std::string own = " " + python::words(anchor.anchor) + " ";
    const std::string large = capitals(own);
    anchor.count += occurrences(all, own);
    if (large != own) anchor.count += occurrences(all, large);
  }
}

// Without those whose generic form holds an anchor; how many these are.
int64_t drop_circles(Anchors& anchors) {
  const AnchorTranslator all(anchors);
  const size_t before = anchors.size();
  std::erase_if(anchors, [&](const Anchor& anchor) {
    const auto segments = all.translate(anchor.generic).segments;
    return std::any_of(segments.begin(), segments.end(),
                       [](const AnchorSegment& s) { return s.anchor >= 0; });
  });
  return static_cast<int64_t>(before - anchors.size());
}

}  // namespace

std::vector<std::string> anchor_questions(const std::vector<std::string>& texts,
                                          size_t characters) {
  std::vector<std::string> questions;
  for (const std::string& text : texts) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t end = passage_end(rest, std::max<size_t>(8, characters));
      const std::string passage(rest.substr(0, end));
      if (has_letter(passage)) questions.push_back(kQuestion + passage);
      rest.remove_prefix(end);
    }
  }
  return questions;
}

AnsweredAnchors answered_anchors(const std::vector<std::string>& answers,
                                 const std::vector<std::string>& texts) {
  AnsweredAnchors found;
  std::map<std::string, Votes> votes;
  for (const std::string& answer : answers) {
    const Json json = json_in(answer);
    const Pairs pairs = pairs_of(answer, json);
    found.unreadable += pairs.empty() && json.is_discarded();
    for (const auto& [term, generic] : pairs) {
      const bool fits = has_letter(term) && has_letter(generic) &&
                        std::max(term.size(), generic.size()) <= kLongest &&
                        term != generic;
      found.unfit += !fits;
      if (fits) votes[term].add(generic);
    }
  }
  for (const auto& [term, said] : votes) {
    Anchor anchor;
    anchor.anchor = term;
    anchor.generic = said.best();
    anchor.score = static_cast<double>(said.answers);
    found.anchors.push_back(std::move(anchor));
  }
  count_anchors(found.anchors, texts);
  const size_t named = found.anchors.size();
  std::erase_if(found.anchors, [](const Anchor& a) { return a.count == 0; });
  found.absent = static_cast<int64_t>(named - found.anchors.size());
  found.unfit += drop_circles(found.anchors);
  found.anchors = merge_anchors({}, found.anchors);  // in the file's order
  return found;
}

}  // namespace lethe
