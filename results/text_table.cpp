#include "results/text_table.h"

#include <algorithm>
#include <utility>

#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kTitleLines = 3;
constexpr size_t kWordWidth = 24;  // longer words of a title wrap
constexpr size_t kGap = 2;         // blanks between columns in a terminal

std::string blanks(size_t count) { return std::string(count, ' '); }

// "forget ROUGE-L recall ↓": the title of a Markdown column.
std::string full_title(const TextColumn& column) {
  return column.arrow.empty() ? column.title
                              : column.title + " " + column.arrow;
}

// "↓ n=100": the line under the title in a terminal.
std::string foot(const TextColumn& column) {
  const std::string count = column.count.empty() ? "" : "n=" + column.count;
  const bool both = !count.empty() && !column.arrow.empty();
  return column.arrow + (both ? " " : "") + count;
}

// The least width of a column's head: in a terminal the title may take
// kTitleLines lines.
size_t head_width(const TextColumn& column, TextLayout layout) {
  if (layout == TextLayout::markdown) {
    return std::max(display_width(full_title(column)),
                    display_width(column.count));
  }
  size_t width = std::clamp<size_t>(widest_word(column.title), 1, kWordWidth);
  while (wrap_text(column.title, width).size() > kTitleLines) ++width;
  return std::max(width, display_width(foot(column)));
}

// The widest `part` of the cells of a column.
size_t widest(const TextTable& table, size_t column,
              std::string TextCell::*part) {
  size_t width = 0;
  for (const auto& row : table.cells) {
    width = std::max(width, display_width(row[column].*part));
  }
  return width;
}

std::vector<size_t> mark_widths(const TextTable& table) {
  std::vector<size_t> widths;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    widths.push_back(widest(table, c, &TextCell::mark));
  }
  return widths;
}

std::string trim_end(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

bool any_count(const TextTable& table) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [](const TextColumn& c) { return !c.count.empty(); });
}

// Texts end at one place, marks stand behind it.
std::string cell_text(const TextCell& cell, size_t width, size_t mark) {
  return pad_left(cell.text, width - mark) + pad_right(cell.mark, mark);
}

// The line of group names; one that is wider than its columns runs on.
std::string group_line(const TextTable& table,
                       const std::vector<size_t>& widths) {
  std::string line = blanks(widths[0]);
  size_t at = widths[0];
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const std::string& group = table.columns[c].group;
    if (!group.empty() && (c == 0 || table.columns[c - 1].group != group)) {
      line = pad_right(line, at) + blanks(kGap) + group;
    }
    at += kGap + widths[c + 1];
  }
  return trim_end(line);
}

std::string title_lines(const TextTable& table,
                        const std::vector<size_t>& widths) {
  std::vector<std::vector<std::string>> titles;
  size_t height = 1;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    titles.push_back(wrap_text(table.columns[c].title, widths[c + 1]));
    height = std::max(height, titles.back().size());
  }
  std::string lines;
  for (size_t i = 0; i < height; ++i) {
    std::string line =
        pad_right(i + 1 == height ? table.corner : "", widths[0]);
    for (size_t c = 0; c < titles.size(); ++c) {
      const size_t skipped = height - titles[c].size();
      const std::string part = i < skipped ? "" : titles[c][i - skipped];
      line += blanks(kGap) + pad_left(part, widths[c + 1]);
    }
    lines += trim_end(line);
  }
  return lines;
}

std::string terminal_head(const TextTable& table,
                          const std::vector<size_t>& widths) {
  std::string head = title_lines(table, widths);
  const bool grouped =
      std::any_of(table.columns.begin(), table.columns.end(),
                  [](const TextColumn& c) { return !c.group.empty(); });
  if (grouped) head = group_line(table, widths) + head;
  std::string feet = blanks(widths[0]);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    feet += blanks(kGap) + pad_left(foot(table.columns[c]), widths[c + 1]);
  }
  feet = trim_end(feet);
  if (feet != "\n") head += feet;
  std::string rule = std::string(widths[0], '-');
  for (size_t c = 0; c < table.columns.size(); ++c) {
    rule += blanks(kGap) + std::string(widths[c + 1], '-');
  }
  return head + rule + '\n';
}

// What does not fit the name column runs on below it, under the values.
std::string rest_of_name(const std::string& rest,
                         const std::vector<size_t>& widths) {
  std::string lines;
  if (rest.empty()) return lines;
  const size_t room =
      std::max(line_width(widths, TextLayout::terminal), size_t{8});
  for (const auto& line : wrap_text(rest, room - 2))
    lines += "  " + line + '\n';
  return lines;
}

std::string terminal_table(const TextTable& table) {
  const auto widths = column_widths(table, TextLayout::terminal);
  const auto marks = mark_widths(table);
  std::string text = terminal_head(table, widths);
  for (size_t r = 0; r < table.names.size(); ++r) {
    if (r > 0 && r == table.second_block) text += '\n';
    const std::string start = wrap_text(table.names[r], widths[0]).front();
    std::string line = pad_right(start, widths[0]);
    for (size_t c = 0; c < table.columns.size(); ++c) {
      line +=
          blanks(kGap) + cell_text(table.cells[r][c], widths[c + 1], marks[c]);
    }
    text += trim_end(line);
    text += rest_of_name(table.names[r].substr(start.size()), widths);
  }
  return text;
}

std::string pipe_line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const auto& cell : cells) line += " " + cell + " |";
  return line + '\n';
}

std::string markdown_table(const TextTable& table) {
  const auto widths = column_widths(table, TextLayout::markdown);
  const auto marks = mark_widths(table);
  std::vector<std::string> head = {pad_right(table.corner, widths[0])};
  std::vector<std::string> counts = {pad_right("n", widths[0])};
  std::string rule = "|" + std::string(widths[0] + 2, '-') + "|";
  for (size_t c = 0; c < table.columns.size(); ++c) {
    head.push_back(pad_left(full_title(table.columns[c]), widths[c + 1]));
    counts.push_back(pad_left(table.columns[c].count, widths[c + 1]));
    rule += std::string(widths[c + 1] + 1, '-') + ":|";
  }
  std::string text = pipe_line(head) + rule + '\n';
  if (any_count(table)) text += pipe_line(counts);
  for (size_t r = 0; r < table.names.size(); ++r) {
    std::vector<std::string> cells = {pad_right(table.names[r], widths[0])};
    for (size_t c = 0; c < table.columns.size(); ++c) {
      cells.push_back(cell_text(table.cells[r][c], widths[c + 1], marks[c]));
    }
    text += pipe_line(cells);
  }
  return text;
}

}  // namespace

std::vector<size_t> column_widths(const TextTable& table, TextLayout layout) {
  size_t names = std::max(display_width(table.corner), size_t{3});
  for (const auto& name : table.names) {
    names = std::max(names, display_width(name));
  }
  if (layout == TextLayout::terminal) names = std::min(names, table.name_width);
  std::vector<size_t> widths = {names};
  for (size_t c = 0; c < table.columns.size(); ++c) {
    widths.push_back(std::max(
        widest(table, c, &TextCell::text) + widest(table, c, &TextCell::mark),
        head_width(table.columns[c], layout)));
  }
  return widths;
}

size_t line_width(const std::vector<size_t>& widths, TextLayout layout) {
  size_t sum = 0;
  for (const size_t width : widths) sum += width;
  return layout == TextLayout::terminal ? sum + kGap * (widths.size() - 1)
                                        : sum + 3 * widths.size() + 1;
}

std::string render_table(const TextTable& table, TextLayout layout) {
  return layout == TextLayout::terminal ? terminal_table(table)
                                        : markdown_table(table);
}

std::vector<TextTable> cut_to_width(const TextTable& table, size_t width,
                                    TextLayout layout) {
  const auto widths = column_widths(table, layout);
  std::vector<TextTable> parts;
  std::vector<size_t> used;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    used.push_back(widths[c + 1]);
    if (parts.empty() || line_width(used, layout) > width) {
      parts.push_back({table.corner,
                       {},
                       table.names,
                       {},
                       table.name_width,
                       table.second_block});
      parts.back().cells.resize(table.names.size());
      used = {widths[0], widths[c + 1]};
    }
    parts.back().columns.push_back(table.columns[c]);
    for (size_t r = 0; r < table.names.size(); ++r) {
      parts.back().cells[r].push_back(table.cells[r][c]);
    }
  }
  return parts;
}

}  // namespace lethe
