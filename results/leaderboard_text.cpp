// The terminal and Markdown forms of a leaderboard.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "results/escape.h"
#include "results/headline.h"
#include "results/leaderboard.h"
#include "results/side_table.h"
#include "results/standing.h"
#include "results/text_table.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kNameLimit = 160;     // bytes of a name that are shown
constexpr size_t kProseLimit = 2000;   // bytes of a message that are shown
constexpr size_t kHeadlineNames = 20;  // columns; more room for values
constexpr size_t kMostIndent = 38;     // of the column descriptions

enum class Detail { value, interval };

class TextWriter {
 public:
  TextWriter(const Table& table, TextLayout layout)
      : table_(table), layout_(layout), shown_(headline_columns()) {}

  // Numbers the headline's footnotes from 1 on: nothing else is written.
  void number_shown() {
    for (const size_t number : shown_footnotes()) {
      numbers_.emplace(number, numbers_.size() + 1);
    }
  }

  std::string title() const;
  std::string headline() const;
  std::string sides() const;  // tables beside the own ones
  std::string groups() const;
  std::string columns() const;
  std::string notes() const;  // of all columns
  std::string headline_notes() const;

 private:
  using CellText = std::function<TextCell(const TableRow&)>;

  bool markdown() const { return layout_ == TextLayout::markdown; }
  std::string safe(const std::string& text, size_t limit = kNameLimit) const;
  std::string heading(const std::string& text) const;
  std::string point(const std::string& label, const std::string& text) const;
  std::string points(const std::set<size_t>& footnotes) const;

  std::vector<size_t> headline_columns() const;
  TextTable rows_only(Detail detail) const;
  void add(TextTable& text, TextColumn head, const CellText& cell) const;
  void add_column(TextTable& text, size_t column, Detail detail) const;
  void add_distance(TextTable& text) const;
  void add_place(TextTable& text) const;
  std::string in_parts(const TextTable& text) const;
  bool says_more(ColumnGroup group) const;
  std::string column_title(const TableColumn& column) const;
  std::string name_of(const TableRow& row) const;

  const Table& table_;
  const TextLayout layout_;
  // Footnotes under other numbers: those that a headline by itself shows, from
  // 1 on. Empty: as the table numbers them.
  std::map<size_t, size_t> numbers_;
  const std::vector<size_t> shown_;  // columns of the headline, laid out last

  std::set<size_t> shown_footnotes() const;
  std::string marks_of(const TableCell& cell) const;
  std::string mark_of(size_t number) const {
    return note_mark(numbers_.empty() ? number : numbers_.at(number));
  }
};

std::string TextWriter::marks_of(const TableCell& cell) const {
  if (numbers_.empty()) return note_marks(cell);
  TableCell own = cell;
  for (size_t& number : own.notes) number = numbers_.at(number);
  return note_marks(own);
}

std::string TextWriter::safe(const std::string& text, size_t limit) const {
  return markdown() ? markdown_cell(text) : printable(text, limit);
}

std::string TextWriter::heading(const std::string& text) const {
  return markdown() ? "\n### " + text + "\n\n" : "\n" + text + "\n";
}

std::string TextWriter::point(const std::string& label,
                              const std::string& text) const {
  if (!markdown()) {
    return hanging("  " + (label.empty() ? "-" : label), 4, text, kTextWidth);
  }
  std::string lines = hanging("- ", 2, label + text, kTextWidth);
  // A line that begins with a sign of the text would be a list of its own.
  for (const char* sign : {"\n  + ", "\n  - "}) {
    for (size_t at; (at = lines.find(sign)) != std::string::npos;) {
      lines.insert(at + 3, "\\");
    }
  }
  return lines;
}

std::string TextWriter::column_title(const TableColumn& column) const {
  const std::string arrow = column.arrow();
  return safe(column.title) + (arrow.empty() ? "" : " " + arrow);
}

// "npo (over-unlearned)".
std::string TextWriter::name_of(const TableRow& row) const {
  std::string name = safe(row.name);
  for (const RowFlag& flag : row.flags) name += " (" + flag.flag + ")";
  return name;
}

TextTable TextWriter::rows_only(Detail detail) const {
  TextTable text;
  if (detail == Detail::value) text.name_width = kHeadlineNames;
  text.corner = "model";
  text.cells.resize(table_.rows.size());
  for (const TableRow& row : table_.rows) {
    text.names.push_back(name_of(row));
    text.second_block += row.transform.empty() ? 1 : 0;
  }
  return text;
}

void TextWriter::add(TextTable& text, TextColumn head,
                     const CellText& cell) const {
  text.columns.push_back(std::move(head));
  for (size_t r = 0; r < table_.rows.size(); ++r) {
    text.cells[r].push_back(cell(table_.rows[r]));
  }
}

void TextWriter::add_column(TextTable& text, size_t c, Detail detail) const {
  const TableColumn& column = table_.columns[c];
  const std::string count = column.n == 0 || column.group == ColumnGroup::cost
                                ? ""
                                : std::to_string(column.n);
  const std::string group =
      detail == Detail::value ? group_title(column.group) : "";
  add(text, {safe(column.title), column.arrow(), group, count},
      [&](const TableRow& row) {
        const TableCell& cell = row.cells[c];
        return TextCell{detail == Detail::value ? short_text(column, cell)
                                                : ranked_text(column, cell),
                        marks_of(cell)};
      });
}

void TextWriter::add_distance(TextTable& text) const {
  add(text, {"distance to retrain", "", "", ""}, [](const TableRow& row) {
    return TextCell{distance_text(row), ""};
  });
}

void TextWriter::add_place(TextTable& text) const {
  add(text, {"rank", "", "", ""}, [](const TableRow& row) {
    return TextCell{place_text(row), ""};
  });
}

// As many columns as fit a terminal, by importance, in the table's order. The
// Markdown form shows the same ones, in several tables when it must.
std::vector<size_t> TextWriter::headline_columns() const {
  TextTable all = rows_only(Detail::value);
  for (size_t c = 0; c < table_.columns.size(); ++c) {
    add_column(all, c, Detail::value);
  }
  add_distance(all);
  add_place(all);
  const auto widths = column_widths(all, TextLayout::terminal);
  std::vector<size_t> used = {widths.front()};
  if (has_distances(table_)) used.push_back(widths[widths.size() - 2]);
  if (has_places(table_)) used.push_back(widths.back());
  std::vector<size_t> shown;
  for (const size_t c : by_importance(table_)) {
    used.push_back(widths[c + 1]);
    if (line_width(used, TextLayout::terminal) <= kTextWidth || shown.empty()) {
      shown.push_back(c);
    } else {
      used.pop_back();
    }
  }
  std::sort(shown.begin(), shown.end());
  return shown;
}

std::string TextWriter::title() const {
  const std::string source = safe(provenance(table_), kProseLimit);
  if (markdown()) return "## Leaderboard\n\n" + source + "\n\n";
  return hanging("", 0, source, kTextWidth) + "\n";
}

std::string TextWriter::headline() const {
  TextTable text = rows_only(Detail::value);
  bool distance = has_distances(table_);
  for (const size_t c : shown_) {
    if (distance && table_.columns[c].group >= ColumnGroup::cost) {
      add_distance(text);
      distance = false;
    }
    add_column(text, c, Detail::value);
  }
  if (distance) add_distance(text);
  if (has_places(table_)) add_place(text);
  return in_parts(text);
}

std::string TextWriter::sides() const {
  std::string all;
  for (const SideTable& side : side_tables(table_)) {
    TextTable text;
    text.corner = safe(side.heads.front());
    for (size_t h = 1; h < side.heads.size(); ++h) {
      text.columns.push_back({safe(side.heads[h]), "", "", ""});
    }
    for (const auto& row : side.rows) {
      text.names.push_back(safe(row.front()));
      text.cells.emplace_back();
      for (size_t c = 1; c < row.size(); ++c) {
        text.cells.back().push_back({safe(row[c]), ""});
      }
    }
    all += heading(safe(side.title));
    if (!side.about.empty()) all += point("", safe(side.about, kProseLimit));
    if (!side.about.empty() && markdown()) all += "\n";
    all += in_parts(text);
    if (!side.notes.empty() && markdown()) all += "\n";
    for (const auto& note : side.notes) {
      all += point("", safe(note, kProseLimit));
    }
  }
  return all;
}

std::string TextWriter::in_parts(const TextTable& text) const {
  if (text.columns.empty()) return render_table(text, layout_);
  std::string all;
  for (const TextTable& part : cut_to_width(text, kTextWidth, layout_)) {
    all += (all.empty() ? "" : "\n") + render_table(part, layout_);
  }
  return all;
}

// False when the headline already shows all that the group's table would.
bool TextWriter::says_more(ColumnGroup group) const {
  for (size_t c = 0; c < table_.columns.size(); ++c) {
    const TableColumn& column = table_.columns[c];
    if (column.group != group) continue;
    if (std::find(shown_.begin(), shown_.end(), c) == shown_.end()) return true;
    for (const TableRow& row : table_.rows) {
      const TableCell& cell = row.cells[c];
      if (ranked_text(column, cell) != short_text(column, cell)) {
        return true;
      }
    }
  }
  return false;
}

std::string TextWriter::groups() const {
  std::string all;
  for (const ColumnGroup group : kColumnGroups) {
    if (!says_more(group)) continue;
    TextTable text = rows_only(Detail::interval);
    for (size_t c = 0; c < table_.columns.size(); ++c) {
      if (table_.columns[c].group == group) {
        add_column(text, c, Detail::interval);
      }
    }
    all += heading(group_title(group)) + in_parts(text);
  }
  return all;
}

std::string TextWriter::columns() const {
  if (table_.columns.empty()) return "";
  std::string all = heading("Columns");
  size_t indent = 0;
  for (const TableColumn& column : table_.columns) {
    indent = std::max(indent, display_width(column_title(column)) + 4);
  }
  indent = std::min(indent, kMostIndent);
  for (const TableColumn& column : table_.columns) {
    const std::string what = safe(column_description(column), kProseLimit);
    if (markdown()) {
      all += point("**" + column_title(column) + "**: ", what);
      continue;
    }
    const std::string name = "  " + column_title(column) + "  ";
    const bool fits = display_width(name) <= indent;
    if (!fits) all += name + '\n';
    all += hanging(fits ? name : "", indent, what, kTextWidth);
  }
  return all;
}

std::string TextWriter::points(const std::set<size_t>& footnotes) const {
  std::string all;
  for (const size_t number : footnotes) {
    all += point(mark_of(number) + " ",
                 safe(table_.notes[number - 1], kProseLimit));
  }
  for (const auto& remark : table_.remarks)
    all += point("", safe(remark, kProseLimit));
  const std::string counts = counts_text(table_.counts);
  if (!counts.empty()) all += point("!! ", counts);
  return all;
}

std::string TextWriter::notes() const {
  std::set<size_t> every;
  for (size_t k = 1; k <= table_.notes.size(); ++k) every.insert(k);
  std::string all = points(every);
  for (const auto& line : legend_lines(table_)) all += point("", line);
  return heading("Notes") + all;
}

std::set<size_t> TextWriter::shown_footnotes() const {
  std::set<size_t> footnotes;
  for (const TableRow& row : table_.rows) {
    for (const size_t c : shown_) {
      footnotes.insert(row.cells[c].notes.begin(), row.cells[c].notes.end());
    }
  }
  return footnotes;
}

std::string TextWriter::headline_notes() const {
  const std::set<size_t> footnotes = shown_footnotes();
  std::string legend = "↓ lower, ↑ higher, ≈ nearer the reference is better";
  if (has_distances(table_)) {
    legend += "; distance 0 = retrained, 1 = never unlearned";
  }
  if (has_places(table_)) {
    legend += "; rank: by Pareto front (● on it, ○ near it), then mean rank";
  }
  return "\n" + points(footnotes) + point("", legend);
}

std::string whole(const Table& table, TextLayout layout) {
  const TextWriter writer(table, layout);
  if (table.rows.empty()) return writer.title() + "no records\n";
  return writer.title() + writer.headline() + writer.sides() + writer.groups() +
         writer.columns() + writer.notes();
}

}  // namespace

std::string to_summary(const Table& table) {
  TextWriter writer(table, TextLayout::terminal);
  if (table.rows.empty()) return "no records\n";
  writer.number_shown();
  return writer.headline() + writer.headline_notes();
}

std::string to_terminal(const Table& table) {
  return whole(table, TextLayout::terminal);
}

std::string to_markdown(const Table& table) {
  return whole(table, TextLayout::markdown);
}

}  // namespace lethe
