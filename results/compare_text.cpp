// The terminal and Markdown forms of a comparison.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/base/error.h"
#include "harness/base/names.h"
#include "results/compare.h"
#include "results/escape.h"
#include "results/leaderboard.h"
#include "results/text_table.h"
#include "results/text_wrap.h"
#include "results/titles.h"

namespace lethe {
namespace {

constexpr size_t kMostName = 40;      // columns of measures in a terminal
constexpr size_t kLeastName = 16;     // where the numbers leave no more
constexpr size_t kNameLimit = 60;     // bytes of a row's name
constexpr size_t kOutputLimit = 160;  // bytes of a prompt or output

std::string p_text(double p) {
  if (!std::isfinite(p)) return "-";
  return p < 0.001 ? "<0.001" : fmt::format("{:.3f}", p);
}

// A change in the unit of the metric, with its sign.
std::string signed_text(double value, const TableColumn& column,
                        double beside) {
  const std::string text = value_text_like(value, column.unit, beside);
  return value > 0 ? "+" + text : text;
}

bool too_wide(const TextTable& table) {
  return line_width(column_widths(table, TextLayout::terminal),
                    TextLayout::terminal) > kTextWidth;
}

using Texts = std::map<std::string, ItemText>;

class CompareWriter {
 public:
  CompareWriter(const Comparison& comparison, TextLayout layout, size_t items)
      : comparison_(comparison), layout_(layout), items_(items) {}

  std::string text() const {
    std::string all;
    const auto& pairs = comparison_.pairs;
    for (size_t begin = 0; begin < pairs.size();) {
      size_t end = begin;
      while (end < pairs.size() && pairs[end].a == pairs[begin].a &&
             pairs[end].b == pairs[begin].b) {
        ++end;
      }
      all += block(begin, end);
      begin = end;
    }
    return all + foot();
  }

 private:
  bool markdown() const { return layout_ == TextLayout::markdown; }

  std::string safe(const std::string& text, size_t limit = kNameLimit) const {
    return markdown() ? markdown_cell(text) : printable(text, limit);
  }

  std::string point(const std::string& text) const {
    return markdown() ? "- " + text + "\n"
                      : hanging("  - ", 4, text, kTextWidth);
  }

  // All measures of two rows.
  std::string block(size_t begin, size_t end) const {
    const Pair& first = comparison_.pairs[begin];
    const std::string title = safe(first.b) + " against " + safe(first.a);
    std::string all = (begin == 0 ? "" : "\n") +
                      (markdown() ? "### " + title + "\n" : title) + "\n";
    const TextTable table = table_of(begin, end);
    if (!table.names.empty()) all += render_table(table, layout_);
    if (markdown()) all += "\n";
    for (size_t i = begin; i < end; ++i) {
      const Pair& pair = comparison_.pairs[i];
      if (pair.result.reason.empty()) continue;
      all += point(title_of(pair) + ": " + change_name(pair.change) + ": " +
                   safe(pair.result.reason, kOutputLimit));
    }
    for (size_t i = begin; items_ > 0 && i < end; ++i) {
      all += changed_items(comparison_.pairs[i]);
    }
    return all;
  }

  std::string title_of(const Pair& pair) const {
    const std::string arrow = pair.column.arrow();
    return safe(pair.column.title) + (arrow.empty() ? "" : " " + arrow);
  }

  TextTable table_of(size_t begin, size_t end) const {
    TextTable table;
    table.corner = "measure";
    const Pair& first = comparison_.pairs[begin];
    table.columns = {{row_title(first.a, first.b), "", "", ""},
                     {row_title(first.b, first.a), "", "", ""},
                     {"difference", "", "", ""},
                     {"p (Holm)", "", "", ""},
                     {"lost/ gained", "", "", ""},
                     {"n", "", "", ""},
                     {"verdict", "", "", ""},
                     {"MDE", "", "", ""}};
    for (size_t i = begin; i < end; ++i) {
      const Pair& pair = comparison_.pairs[i];
      if (pair.change == Change::refused) continue;
      table.names.push_back(title_of(pair));
      table.cells.push_back(cells_of(pair));
    }
    table.name_width = kMostName;
    while (table.name_width > kLeastName && too_wide(table)) {
      --table.name_width;
    }
    return table;
  }

  // Of "npo @ RUN" and "none @ RUN" what tells them apart in a narrow column.
  std::string row_title(const std::string& row,
                        const std::string& other) const {
    const size_t at = row.find(" @ "), other_at = other.find(" @ ");
    const bool same_name = at != row.npos && other_at != other.npos &&
                           row.substr(0, at) == other.substr(0, other_at);
    return safe(same_name ? row.substr(at + 1) : row.substr(0, at), 24);
  }

  static std::vector<TextCell> cells_of(const Pair& pair) {
    const PairedResult& result = pair.result;
    const TableColumn& column = pair.column;
    const double beside =
        std::max({std::abs(result.difference), std::abs(result.ci95.low),
                  std::abs(result.ci95.high)});
    const double scale =
        std::isfinite(beside) ? beside : std::abs(result.difference);
    std::string change = signed_text(result.difference, column, scale);
    if (std::isfinite(result.ci95.low)) {
      change += " [" + value_text_like(result.ci95.low, column.unit, scale) +
                ", " + value_text_like(result.ci95.high, column.unit, scale) +
                "]";
    }
    const bool tested = !result.test.empty();
    return {
        {value_text(pair.value_a, column.unit), ""},
        {value_text(pair.value_b, column.unit), ""},
        {change, ""},
        {p_text(pair.p_adjusted), ""},
        {tested ? fmt::format("{}/{}", result.lost.size(), result.gained.size())
                : "-",
         ""},
        {result.n > 0 ? std::to_string(result.n) : "-", ""},
        {change_name(pair.change), ""},
        {pair.change == Change::same
             ? value_text_like(result.mde, column.unit, result.mde)
             : "",
         ""}};
  }

  std::string changed_items(const Pair& pair) const {
    const Texts a = item_texts(pair.folder_a, pair.record_a);
    const Texts b = item_texts(pair.folder_b, pair.record_b);
    std::string all;
    for (const auto& [name, changed] :
         {std::pair("lost", &pair.result.lost),
          std::pair("gained", &pair.result.gained)}) {
      if (changed->empty()) continue;
      const size_t shown = std::min(items_, changed->size());
      const std::string head =
          fmt::format("{}, {}: {} of {} items", title_of(pair), name, shown,
                      changed->size());
      all += "\n" + (markdown() ? "**" + head + "**\n" : head) + "\n";
      for (size_t i = 0; i < shown; ++i) {
        const ChangedItem& item = (*changed)[i];
        const std::string& unit = pair.column.unit;
        all += point(safe(item.id) + ": " + value_text(item.a, unit) + " to " +
                     value_text(item.b, unit));
        all += quoted("prompt", a, item.id, &ItemText::prompt);
        all += quoted("a", a, item.id, &ItemText::output);
        all += quoted("b", b, item.id, &ItemText::output);
      }
    }
    return all;
  }

  // "a: what it said"; empty where the samples have no text.
  std::string quoted(const std::string& name, const Texts& texts,
                     const std::string& id, std::string ItemText::*part) const {
    const auto found = texts.find(id);
    if (found == texts.end() || (found->second.*part).empty()) return "";
    const std::string text = printable(found->second.*part, kOutputLimit);
    return markdown() ? "  - " + name + ": " + markdown_cell(text) + "\n"
                      : hanging("      " + name + ": ", 14, text, kTextWidth);
  }

  std::string foot() const {
    std::string all = "\n";
    for (const std::string& remark : comparison_.remarks) {
      all += point(safe(remark, 2000));
    }
    for (const std::string& line : legend()) all += point(line);
    return all;
  }

  std::string tests_text() const {
    std::map<std::string, int> uses;
    for (const Pair& pair : comparison_.pairs) {
      if (!pair.result.test.empty()) ++uses[pair.result.test];
    }
    std::string text;
    for (const auto& [test, count] : uses) {
      text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", test, count);
    }
    return text.empty() ? "none" : text;
  }

  std::vector<std::string> legend() const {
    std::vector<std::string> lines = {
        "difference: second minus first with its 95 % interval over items; "
        "lost, gained: items whose value is lower, higher in the second",
        fmt::format("p: two-sided on the same items, Holm's correction for {} "
                    "tests, level {:g}; tests: {}",
                    comparison_.tests, comparison_.alpha, tests_text()),
        "same: no difference is shown; MDE: the least one that a test of this "
        "size finds with 80 % power"};
    const bool single = std::all_of(
        comparison_.pairs.begin(), comparison_.pairs.end(),
        [](const Pair& p) { return p.seeds_a == 1 && p.seeds_b == 1; });
    lines.push_back(single ? "one seed a row: how much training again would "
                             "change is not in the intervals"
                           : "items are averaged over the seeds of a row; how "
                             "much seeds vary is in the leaderboard");
    if (markdown()) {
      for (std::string& line : lines) line = markdown_cell(line);
    }
    return lines;
  }

  const Comparison& comparison_;
  const TextLayout layout_;
  const size_t items_;
};

}  // namespace

std::string comparison_text(const Comparison& comparison,
                            const std::string& format, size_t items) {
  const std::vector<std::string> known = {"terminal", "md", "markdown", "csv",
                                          "json"};
  if (std::find(known.begin(), known.end(), format) == known.end()) {
    fail_usage("compare --format", "unknown format \"" + format + "\"",
               suggest(format, known));
  }
  if (format == "csv") return to_csv(comparison);
  if (format == "json") {
    // ASCII only: a label could hold a terminal's control characters.
    return to_json(comparison, items)
               .dump(2, ' ', true, OrderedJson::error_handler_t::replace) +
           "\n";
  }
  const TextLayout layout =
      format == "terminal" ? TextLayout::terminal : TextLayout::markdown;
  return CompareWriter(comparison, layout, items).text();
}

}  // namespace lethe
