// anchors: what is particular to a text, generic forms for it, and the text
// with them; by itself, or by a model that is asked.
#include <algorithm>
#include <cstdio>

#include "harness/anchors/asked.h"
#include "harness/anchors/documents.h"
#include "harness/anchors/generics.h"
#include "harness/anchors/translate.h"
#include "harness/app/light.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/data/rows.h"

namespace lethe {
namespace {

constexpr size_t kShown = 30;  // rows of the table where a file has them all

std::string line_of(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) +
         "\n";
}

// The characters of a cell, as many columns as most terminals give them.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

std::string cell(const std::string& text, size_t width) {
  const size_t own = width_of(text);
  return text + std::string(width > own ? width - own : 0, ' ');
}

void print_table(const Anchors& anchors, size_t shown) {
  size_t anchor_width = 6, generic_width = 7;
  for (size_t i = 0; i < shown; ++i) {
    anchor_width =
        std::max(anchor_width, width_of(printable(anchors[i].anchor)));
    generic_width =
        std::max(generic_width, width_of(printable(anchors[i].generic)));
  }
  fmt::print("{}  {}  {:12}  {:>6}\n", cell("anchor", anchor_width),
             cell("generic", generic_width), "kind", "count");
  for (size_t i = 0; i < shown; ++i) {
    const Anchor& anchor = anchors[i];
    fmt::print("{}  {}  {:12}  {:>6}{}\n",
               cell(printable(anchor.anchor), anchor_width),
               cell(printable(anchor.generic), generic_width), anchor.kind,
               anchor.count, anchor.use ? "" : "  left alone");
  }
}

void refuse_with(const Arguments& arguments, const std::string& mode,
                 const std::vector<std::string>& options) {
  for (const std::string& option : options) {
    if (!arguments.has(option)) continue;
    fail_usage(option, "does nothing with " + mode, "leave it out");
  }
}

std::vector<std::string> background_texts(const Arguments& arguments) {
  std::vector<std::string> texts;
  for (const std::string& path : arguments.all("--background")) {
    for (std::string& text : read_text_documents(path).texts) {
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

// What --answers or the extractor found, with what to say of it.
struct Found {
  Anchors anchors;
  OrderedJson facts;
};

Found extracted(const Arguments& arguments, const TextDocuments& target,
                const Anchors& corrected) {
  const ExtractOptions options =
      parse<ExtractOptions>(set_options(arguments), "--set");
  const Extraction found =
      extract_anchors(target.texts, background_texts(arguments), options);
  if (!found.note.empty()) log_warning(found.note);
  const uint64_t seed = static_cast<uint64_t>(arguments.integer("--seed", 0));
  return {propose_generics(found, target.texts, corrected, seed),
          {{"target_words", found.target_words},
           {"background_words", found.background_words},
           {"note", found.note}}};
}

// The text of a model's answer, as `generate` or others write it.
std::string answer_of(const DataRow& row) {
  const Json& f = row.fields;
  for (const char* key : {"text", "output", "completion"}) {
    if (f.contains(key) && f[key].is_string()) return f[key];
  }
  const Json sequences = f.value("sequences", Json::array());
  if (sequences.is_array() && !sequences.empty() &&
      sequences.front().is_object() && sequences.front().contains("text") &&
      sequences.front()["text"].is_string()) {
    return sequences.front()["text"];
  }
  fail_input(row.where, "has no answer",
             "give \"text\", or rows as lethe generate writes them");
}

Found answered(const Arguments& arguments, const TextDocuments& target) {
  refuse_with(arguments, "--answers", {"--background", "--set"});
  std::vector<std::string> answers;
  for (const DataRow& row : read_rows(arguments.text("--answers"))) {
    answers.push_back(answer_of(row));
  }
  AnsweredAnchors found = answered_anchors(answers, target.texts);
  if (found.unreadable > 0) {
    log_warning(
        fmt::format("{} of {} answers cannot be read: they hold "
                    "neither JSON nor lines of term -> generic",
                    found.unreadable, answers.size()));
  }
  return {std::move(found.anchors),
          {{"answers", answers.size()},
           {"unreadable", found.unreadable},
           {"absent", found.absent},
           {"unfit", found.unfit}}};
}

int show_dictionary(const Arguments& arguments, const Found& found) {
  const Anchors& anchors = found.anchors;
  const int code = anchors.empty() ? static_cast<int>(Fault::nothing) : 0;
  const std::string out = arguments.text("--out");
  if (!out.empty()) write_file_atomically(out, anchors_text(anchors));
  if (arguments.has("--json")) {
    OrderedJson json = found.facts;
    json["anchors"] = OrderedJson::array();
    if (!out.empty()) json["file"] = out;
    for (const Anchor& anchor : anchors) {
      json["anchors"].push_back(anchor_json(anchor));
    }
    std::fputs(line_of(json).c_str(), stdout);
    return code;
  }
  const size_t shown =
      out.empty() ? anchors.size() : std::min(kShown, anchors.size());
  print_table(anchors, shown);
  if (!out.empty()) {
    fmt::print("{}: {} anchors, the first {} shown\n", printable(out, 4000),
               anchors.size(), shown);
  }
  if (anchors.empty()) log_warning("no anchor was found");
  return code;
}

int dictionary_command(const Arguments& arguments) {
  const std::string path = arguments.needed("--data");
  const TextDocuments target =
      read_text_documents(path, arguments.integer("--limit", 0));
  Anchors corrected;
  if (arguments.has("--dictionary")) {
    corrected = read_anchors(arguments.text("--dictionary"));
  }
  Found found = arguments.has("--answers")
                    ? answered(arguments, target)
                    : extracted(arguments, target, corrected);
  found.anchors = merge_anchors(corrected, found.anchors);
  check_anchors(found.anchors, arguments.text("--dictionary", path));
  return show_dictionary(arguments, found);
}

// Questions for a model, as rows that `generate` and `tokenize --chat` read.
int ask_command(const Arguments& arguments) {
  refuse_with(
      arguments, "--ask",
      {"--background", "--set", "--answers", "--dictionary", "--translate"});
  const TextDocuments target = read_text_documents(
      arguments.needed("--data"), arguments.integer("--limit", 0));
  std::string rows;
  size_t number = 0;
  for (const std::string& question : anchor_questions(target.texts)) {
    rows += line_of({{"id", fmt::format("passage-{}", ++number)},
                     {"prompt", question},
                     {"messages", {{{"role", "user"}, {"content", question}}}},
                     {"add_generation_prompt", true}});
  }
  const std::string out = arguments.text("--out");
  if (out.empty()) {
    std::fputs(rows.c_str(), stdout);
    return 0;
  }
  write_file_atomically(out, rows);
  fmt::print("{}: {} questions\n", printable(out, 4000), number);
  return 0;
}

OrderedJson translated_row(const TextDocument& document, const Anchors& anchors,
                           const Translation& translation) {
  OrderedJson row = {{"id", document.id},
                     {"text", document.text},
                     {"translated", translation.text},
                     {"anchors", OrderedJson::array()}};
  for (const AnchorSegment& segment : translation.segments) {
    OrderedJson one = {{"begin", segment.begin},
                       {"end", segment.end},
                       {"translated_begin", segment.translated_begin},
                       {"translated_end", segment.translated_end}};
    if (segment.anchor < 0) {
      one["article"] = true;
    } else {
      one["anchor"] = anchors[static_cast<size_t>(segment.anchor)].anchor;
      one["repeated"] = segment.repeated;
    }
    row["anchors"].push_back(std::move(one));
  }
  return row;
}

int translate_command(const Arguments& arguments) {
  refuse_with(arguments, "--translate", {"--background", "--set", "--answers"});
  const Anchors anchors = read_anchors(arguments.needed("--dictionary"));
  const TextDocuments target = read_text_documents(
      arguments.needed("--data"), arguments.integer("--limit", 0));
  const AnchorTranslator translator(anchors);
  std::string rows;
  int64_t replaced = 0, repeated = 0;
  for (const TextDocument& document : target.documents) {
    const Translation translation = translator.translate(document.text);
    for (const AnchorSegment& segment : translation.segments) {
      replaced += segment.anchor >= 0;
      repeated += segment.repeated;
    }
    rows += line_of(translated_row(document, anchors, translation));
  }
  const std::string out = arguments.text("--out");
  if (out.empty()) {
    std::fputs(rows.c_str(), stdout);
    return 0;
  }
  write_file_atomically(out, rows);
  if (arguments.has("--json")) {
    std::fputs(line_of({{"file", out},
                        {"rows", target.documents.size()},
                        {"anchors", replaced},
                        {"repeated", repeated}})
                   .c_str(),
               stdout);
    return 0;
  }
  fmt::print("{}: {} texts, {} anchors replaced, {} of them repeated\n",
             printable(out, 4000), target.documents.size(), replaced, repeated);
  return 0;
}

}  // namespace

int anchors_command(const Arguments& arguments) {
  if (arguments.has("--ask")) return ask_command(arguments);
  return arguments.has("--translate") ? translate_command(arguments)
                                      : dictionary_command(arguments);
}

}  // namespace lethe
