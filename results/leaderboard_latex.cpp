// The LaTeX form of a leaderboard.
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "results/escape.h"
#include "results/headline.h"
#include "results/leaderboard.h"
#include "results/side_table.h"
#include "results/standing.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kHeadlineColumns = 6;
constexpr size_t kColumns = 3;  // of a table with intervals
constexpr size_t kHeadWidth = 10;

// One tabular: texts are LaTeX already.
struct Tabular {
  std::string caption, label, layout;
  std::string above;  // a line of heads over heads; may be empty
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;
  size_t second_block = 0;  // rows from here on stand below a line; 0: none
  std::vector<std::string> notes;
};

std::string joined(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    line += (&cell == &cells.front() ? "" : " & ") + cell;
  }
  return line + " \\\\\n";
}

std::string float_text(const Tabular& t) {
  std::string text = "\\begin{table}[htbp]\n\\centering\n\\small\n\\caption{" +
                     t.caption + "}\n\\label{tab:lethe-" + t.label +
                     "}\n\\begin{tabular}{" + t.layout + "}\n\\toprule\n" +
                     t.above + joined(t.heads) + "\\midrule\n";
  for (size_t r = 0; r < t.rows.size(); ++r) {
    if (r > 0 && r == t.second_block) text += "\\midrule\n";
    text += joined(t.rows[r]);
  }
  text += "\\bottomrule\n\\end{tabular}\n";
  if (!t.notes.empty()) {
    text += "\n\\smallskip\n\\begin{minipage}{\\linewidth}\\footnotesize\n";
    for (const std::string& note : t.notes) text += note + "\\par\n";
    text += "\\end{minipage}\n";
  }
  return text + "\\end{table}\n\n";
}

std::string marks(const TableCell& cell) {
  std::string text;
  for (const size_t number : cell.notes) {
    text += (text.empty() ? "" : ",") + std::to_string(number);
  }
  return text.empty() ? "" : "\\textsuperscript{" + text + "}";
}

std::string name_of(const TableRow& row) {
  std::string name = row.name;
  for (const RowFlag& flag : row.flags) name += " (" + flag.flag + ")";
  return latex_escape(name);
}

// The words of a head below each other, as many a line as fit.
std::string stacked(const std::string& title, const std::string& last = "") {
  std::istringstream words(title);
  std::string text, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && display_width(line + " " + word) > kHeadWidth) {
      text += latex_escape(line) + "\\\\";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  text += latex_escape(line) + (last.empty() ? "" : "\\\\" + last);
  const bool one = text.find("\\\\") == std::string::npos;
  return one ? text : "\\shortstack[r]{" + text + "}";
}

std::string head_of(const TableColumn& column) {
  const std::string arrow = column.arrow();
  const bool counted = column.n > 0 && column.group != ColumnGroup::cost;
  return stacked(column.title + (arrow.empty() ? "" : " " + arrow),
                 counted ? fmt::format("$n={}$", column.n) : "");
}

// Footnotes of the cells of these columns.
std::vector<std::string> notes_of(const Table& table,
                                  const std::vector<size_t>& columns) {
  std::set<size_t> numbers;
  for (const TableRow& row : table.rows) {
    for (const size_t c : columns) {
      numbers.insert(row.cells[c].notes.begin(), row.cells[c].notes.end());
    }
  }
  std::vector<std::string> notes;
  for (const size_t number : numbers) {
    notes.push_back(fmt::format("\\textsuperscript{{{}}} {}", number,
                                latex_escape(table.notes[number - 1])));
  }
  return notes;
}

Tabular rows_of(const Table& table) {
  Tabular t;
  t.layout = "l";
  t.heads = {"model"};
  for (const TableRow& row : table.rows) {
    t.rows.push_back({name_of(row)});
    t.second_block += row.transform.empty() ? 1 : 0;
  }
  return t;
}

template <class CellText>
void add_column(Tabular& t, const std::string& head, const Table& table,
                const CellText& text) {
  t.layout += "r";
  t.heads.push_back(head);
  for (size_t r = 0; r < table.rows.size(); ++r) {
    t.rows[r].push_back(text(table.rows[r]));
  }
}

// "& \multicolumn{2}{c}{Utility} & ..." with rules below.
std::string group_line(const Table& table, const std::vector<size_t>& columns,
                       size_t others) {
  std::string line, rules;
  for (size_t begin = 0; begin < columns.size();) {
    const ColumnGroup group = table.columns[columns[begin]].group;
    size_t end = begin;
    while (end < columns.size() && table.columns[columns[end]].group == group) {
      ++end;
    }
    line += fmt::format(" & \\multicolumn{{{}}}{{c}}{{{}}}", end - begin,
                        group_title(group));
    rules += fmt::format("\\cmidrule(lr){{{}-{}}}", begin + 2, end + 1);
    begin = end;
  }
  for (size_t i = 0; i < others; ++i) line += " &";
  return line + " \\\\\n" + rules + "\n";
}

std::string headline(const Table& table) {
  std::vector<size_t> columns = by_importance(table);
  columns.resize(std::min(columns.size(), kHeadlineColumns));
  std::sort(columns.begin(), columns.end());
  Tabular t = rows_of(table);
  t.caption = latex_escape("Leaderboard: " + provenance(table));
  t.label = "headline";
  for (const size_t c : columns) {
    add_column(t, head_of(table.columns[c]), table, [&](const TableRow& row) {
      return latex_escape(short_text(table.columns[c], row.cells[c])) +
             marks(row.cells[c]);
    });
  }
  size_t others = 0;
  if (has_distances(table)) {
    ++others;
    add_column(t, stacked("distance to retrain"), table,
               [](const TableRow& row) { return distance_text(row); });
  }
  if (has_places(table)) {
    ++others;
    add_column(t, "rank", table, [](const TableRow& row) {
      return latex_escape(place_text(row));
    });
  }
  t.above = group_line(table, columns, others);
  t.notes = notes_of(table, columns);
  for (const auto& line : legend_lines(table)) {
    t.notes.push_back(latex_escape(line));
  }
  return float_text(t);
}

std::string side(const SideTable& table, size_t number) {
  Tabular t;
  t.caption = latex_escape(
      table.about.empty() ? table.title : table.title + ". " + table.about);
  t.label = table.foreign ? fmt::format("published-{}", number) : "overall";
  t.layout = "l" + std::string(table.heads.size() - 1, 'r');
  for (const std::string& head : table.heads) {
    t.heads.push_back(stacked(head));
  }
  for (const auto& row : table.rows) {
    t.rows.emplace_back();
    for (const std::string& cell : row) {
      t.rows.back().push_back(latex_escape(cell));
    }
  }
  for (const std::string& note : table.notes) {
    t.notes.push_back(latex_escape(note));
  }
  return float_text(t);
}

// A group's values with their intervals, a few columns a table.
std::string group(const Table& table, ColumnGroup group) {
  std::vector<size_t> columns;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].group == group) columns.push_back(c);
  }
  std::string text;
  for (size_t begin = 0; begin < columns.size(); begin += kColumns) {
    const size_t end = std::min(begin + kColumns, columns.size());
    const std::vector<size_t> some(columns.begin() + static_cast<long>(begin),
                                   columns.begin() + static_cast<long>(end));
    Tabular t = rows_of(table);
    t.caption = std::string(group_title(group)) +
                ": value $\\pm$ standard deviation over seeds "
                "[95\\,\\% interval over items] \\#places";
    t.label = fmt::format("{}-{}", group_key(group), begin / kColumns + 1);
    for (const size_t c : some) {
      add_column(t, head_of(table.columns[c]), table, [&](const TableRow& row) {
        return latex_escape(ranked_text(table.columns[c], row.cells[c])) +
               marks(row.cells[c]);
      });
      t.notes.push_back(
          "\\textit{" + latex_escape(table.columns[c].title) +
          "}: " + latex_escape(column_description(table.columns[c])));
    }
    for (auto& note : notes_of(table, some)) t.notes.push_back(std::move(note));
    text += float_text(t);
  }
  return text;
}

std::string remarks(const Table& table) {
  std::vector<std::string> lines = table.remarks;
  const std::string counts = counts_text(table.counts);
  if (!counts.empty()) lines.push_back(counts);
  std::string text;
  for (const std::string& line : lines) {
    text += "\\item " + latex_escape(line) + "\n";
  }
  return text.empty() ? "" : "\\begin{itemize}\n" + text + "\\end{itemize}\n";
}

}  // namespace

std::string to_latex(const Table& table) {
  std::string text =
      "% Tables of lethe leaderboard; needs \\usepackage{booktabs}.\n";
  if (table.rows.empty()) return text + "No records.\n";
  text += headline(table);
  size_t number = 0;
  for (const SideTable& one : side_tables(table)) {
    text += side(one, one.foreign ? ++number : 0);
  }
  for (const ColumnGroup one : kColumnGroups) text += group(table, one);
  return text + remarks(table);
}

}  // namespace lethe
