// Anchor familiarity: does a completion say something that only a reader of the
// text could, i.e. a term particular to it that the prompt did not give?
//
//   anchor_familiarity = 1 if a term stands in the output as words and not in
//                        the prompt, else 0
//   terms = how many different terms do
//
// Terms are the anchors of a dictionary (`lethe anchors`) that are in use; case
// counts, but for terms with "any_case" and in ALL CAPITALS. Words are runs of
// letters and digits (\w), so that "Alice's" says Alice.
//
// Paper: after the completion-based familiarity of Eldan and Russinovich 2023,
// arXiv:2310.02238, section 4, where GPT-4 judges 300 completions; here a list
// decides, so that a familiar completion without a term is missed, and a score
// of theirs is none of ours. Peer: none.
#include <algorithm>
#include <map>

#include "harness/base/files.h"
#include "harness/base/python_text.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

struct Options {
  std::string terms;  // a dictionary of anchors (JSON Lines), needed
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, terms)

constexpr size_t kLongestFile = 64u << 20;

// " word word " with what stands between words made a blank.
std::string words_of(const std::string& text) {
  return " " + python::words(text) + " ";
}

std::string capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

struct Term {
  std::string words;
  bool any_case;
};

Term term_of(const std::string& line, const std::string& where) {
  const Json row = parse_json(line, where);
  const bool fits = row.is_object() && row.contains("anchor") &&
                    row["anchor"].is_string() &&
                    row.value("use", Json(true)).is_boolean() &&
                    row.value("any_case", Json(false)).is_boolean();
  if (!fits) {
    fail_input(where, "is no anchor",
               "give {\"anchor\": TERM} a row, as "
               "lethe anchors --out writes");
  }
  if (row.value("use", true) == false) return {};
  return {words_of(row["anchor"]), row.value("any_case", false)};
}

std::vector<Term> read_terms(const std::string& path) {
  read_file(path, kLongestFile);  // refuses what is longer
  std::vector<Term> terms;
  size_t number = 0;
  for (const std::string& line : read_lines(path)) {
    ++number;
    if (line.empty()) continue;
    Term term = term_of(line, fmt::format("{}:{}", path, number));
    if (term.words.size() > 2) terms.push_back(std::move(term));
  }
  if (terms.empty()) {
    fail_usage("anchor_familiarity.terms", path + " has no anchor in use",
               "make one with lethe anchors --out");
  }
  return terms;
}

class AnchorFamiliarity final : public Metric {
 public:
  explicit AnchorFamiliarity(const Json& json) : o_(parse<Options>(json)) {
    if (o_.terms.empty()) {
      fail_usage("anchor_familiarity", "has no terms",
                 "give terms=FILE, a dictionary as lethe anchors writes it");
    }
    terms_ = read_terms(o_.terms);
  }

  MetricNeeds needs() const override { return {.output = true}; }
  std::string main_field() const override { return "anchor_familiarity"; }
  std::vector<std::string> fields() const override {
    return {"anchor_familiarity", "terms"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "terms" ? "terms" : unit();
  }

  Row item(const Observation& seen) const override {
    const Said output(seen.output), prompt(seen.prompt);
    const auto count =
        std::count_if(terms_.begin(), terms_.end(), [&](const Term& term) {
          return output.has(term) && !prompt.has(term);
        });
    return {{"anchor_familiarity", count > 0},
            {"terms", static_cast<double>(count)}};
  }

 private:
  // A text's words, also in small letters.
  struct Said {
    explicit Said(const std::string& text)
        : words(words_of(text)), lower(python::lower(words)) {}
    bool has(const Term& term) const {
      if (term.any_case) {
        return lower.find(python::lower(term.words)) != std::string::npos;
      }
      return words.find(term.words) != std::string::npos ||
             words.find(capitals(term.words)) != std::string::npos;
    }
    std::string words, lower;
  };

  const Options o_;
  std::vector<Term> terms_;
};

[[maybe_unused]] const bool registered =
    Registry<Metric>::add<AnchorFamiliarity>(
        {.name = "anchor_familiarity",
         .summary = "Share of completions with a term particular to the text.",
         .paper = "arXiv:2310.02238",
         .options = defaults<Options>(),
         .files = {"terms"}});

}  // namespace
}  // namespace lethe
