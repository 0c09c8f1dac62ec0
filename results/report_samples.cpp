// What the models answered, beside what the model answered before unlearning;
// the worst items of each row first.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/base/files.h"
#include "results/escape.h"
#include "results/html_table.h"
#include "results/item_values.h"
#include "results/report_measures.h"
#include "results/run_json.h"
#include "results/word_diff.h"

namespace lethe {
namespace {

constexpr size_t kMostMeasures = 6, kMostRows = 12, kMostItems = 5;
constexpr size_t kPrompt = 600;  // bytes shown

struct Answer {
  std::string prompt, output, reference;  // of a model: escape them
};

using Answers = std::vector<Answer>;

// Of several right answers the first is shown.
std::string reference_of(const Json& row) {
  const Json all = value_at(row, "reference");
  const Json one = all.is_array() && !all.empty() ? Json(all.front()) : all;
  return one.is_string() ? one.get<std::string>() : "";
}

// In the order of the file. Empty where the probe asked for no text.
Answers read_answers(const std::string& file) {
  Answers answers;
  if (file.empty()) return answers;
  bool any = false;
  for (const std::string& line : read_lines(file)) {
    const Json row =
        parse_json(line, fmt::format("{}:{}", file, answers.size() + 1));
    any = any || value_at(row, "output").is_string();
    answers.push_back(
        {text_at(row, "prompt"), text_at(row, "output"), reference_of(row)});
  }
  return any ? answers : Answers();
}

bool tells(const Record& r) {
  return !r.probe.empty() && r.finite() && r.metric != "auroc" &&
         r.metric != "tpr_at_fpr" && !r.want.empty();
}

// Of each question the first measure that single items have.
std::vector<Measure> shown_measures(const ReportData& data,
                                    ItemReader& reader) {
  std::vector<Measure> shown;
  for (Measure& measure : measures_of(data, tells)) {
    const Record& r = *measure.record;
    const bool asked = std::any_of(
        shown.begin(), shown.end(),
        [&](const Measure& m) { return same_question(*m.record, r); });
    if (asked || shown.size() == kMostMeasures) continue;
    if (reader.values(r).missing.empty() &&
        !read_answers(samples_file(data.folder, r)).empty()) {
      shown.push_back(std::move(measure));
    }
  }
  return shown;
}

// How far an item is from what is wanted; infinite without a value: it hides
// something.
double badness(double value, const Record& record, double target) {
  if (std::isnan(value)) return std::numeric_limits<double>::infinity();
  if (record.want == "near") return std::abs(value - target);
  return record.want == "high" ? -value : value;
}

// Places of the worst items, the worst first.
std::vector<size_t> worst_items(const ItemValues& items, const Record& record,
                                double target) {
  std::vector<size_t> places;
  for (size_t i = 0; i < items.values.size(); ++i) places.push_back(i);
  std::stable_sort(places.begin(), places.end(), [&](size_t a, size_t b) {
    return badness(items.values[a], record, target) >
           badness(items.values[b], record, target);
  });
  if (places.size() > kMostItems) places.resize(kMostItems);
  return places;
}

std::string entry(const std::string& head, const std::string& html) {
  return "<div><dt>" + html_escape(head) + "</dt><dd>" +
         (html.empty() ? "<span class=\"missing\">(nothing)</span>" : html) +
         "</dd></div>\n";
}

// The answers of one row and of the row that it is compared with.
struct Compared {
  std::string row, other;  // names; no other: the right answers
  Answers answers, others;

  std::string before(size_t i) const {
    return other.empty() ? answers[i].reference : others[i].output;
  }
};

std::string sample_html(const Compared& c, size_t i, const std::string& head) {
  const Answer& answer = c.answers[i];
  const WordDiff diff = word_diff(c.before(i), answer.output);
  const std::string cut = diff.cut ? " <span class=\"quiet\">(cut)</span>" : "";
  std::string html = "<article class=\"sample\">\n" + head + "<dl>\n";
  if (!answer.prompt.empty()) {
    html += entry("prompt", html_escape(printable(answer.prompt, kPrompt)));
  }
  if (!c.other.empty() && !answer.reference.empty()) {
    html += entry("right answer",
                  html_escape(printable(answer.reference, kPrompt)));
  }
  return html +
         entry(c.other.empty() ? "right answer" : c.other,
               diff_html(diff.before, "del") + cut) +
         entry(c.row, diff_html(diff.after, "ins") + cut) +
         "</dl>\n</article>\n";
}

// Answers before unlearning where the items are the same, else the right ones.
Compared compared_of(const ReportData& data, const ReportCell& cell,
                     const Record& record) {
  Compared c;
  c.row = cell.name;
  c.answers = read_answers(samples_file(data.folder, record));
  const ReportCell* none = data.companion(cell, "none");
  const Record* before =
      none == nullptr || none == &cell ? nullptr : record_of(*none, record);
  if (before == nullptr || before->items_hash != record.items_hash) return c;
  c.others = read_answers(samples_file(data.folder, *before));
  if (c.others.size() == c.answers.size()) c.other = none->name;
  return c;
}

double target_of(const ReportData& data, const ReportCell& cell,
                 const Record& record) {
  if (record.target.is_number()) return record.target.get<double>();
  const ReportCell* reference = data.companion(cell, data.reference_method());
  const Record* r =
      reference == nullptr ? nullptr : record_of(*reference, record);
  return r == nullptr ? record.value : r->value;
}

std::string row_html(const ReportData& data, ItemReader& reader,
                     const ReportCell& cell, const Record& record) {
  const ItemValues items = reader.values(record);
  const Compared compared = compared_of(data, cell, record);
  if (!items.missing.empty() ||
      items.values.size() != compared.answers.size()) {
    return "";
  }
  std::string html;
  for (const size_t i :
       worst_items(items, record, target_of(data, cell, record))) {
    const double value = items.values[i];
    html += sample_html(
        compared, i,
        fmt::format("<h4>{} <span class=\"quiet\">{} {}</span></h4>\n",
                    html_escape(printable(items.ids[i], 80)),
                    html_escape(record.metric_name()),
                    std::isnan(value) ? "without a value"
                                      : fmt::format("{:.3f}", value)));
  }
  return html_fold(fmt::format("{}: the worst {} of {} items", cell.name,
                               std::min(kMostItems, items.values.size()),
                               items.values.size()),
                   html);
}

std::string measure_html(const ReportData& data, ItemReader& reader,
                         const Measure& measure) {
  std::vector<const ReportCell*> rows;
  for (const ReportCell* cell : measure.cells) {
    if (!cell->end_point()) rows.push_back(cell);
  }
  if (rows.empty()) rows = measure.cells;
  std::string html;
  const size_t shown = std::min(rows.size(), kMostRows);
  for (size_t i = 0; i < shown; ++i) {
    html +=
        row_html(data, reader, *rows[i], *record_of(*rows[i], *measure.record));
  }
  return html.empty() ? "" : html + more_rows(rows.size() - shown);
}

}  // namespace

std::string samples_part(const ReportData& data) {
  ItemReader reader(data.folder);
  std::string html;
  for (const Measure& measure : shown_measures(data, reader)) {
    const std::string rows = measure_html(data, reader, measure);
    if (rows.empty()) continue;
    html += "<h3>" + html_name(measure.name()) + "</h3>\n" + rows;
  }
  if (html.empty()) return "";
  return "<p class=\"quiet\">The worst items first: those furthest from what "
         "the suite wants. Beside each answer stands that of the row none, or "
         "the right one; <del>struck words</del> are missing from the answer, "
         "<ins>underlined words</ins> are only in it.</p>\n" +
         html;
}

}  // namespace lethe
