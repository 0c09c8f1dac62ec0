// Tables of plain strings laid out for a terminal or as Markdown.
//
// Strings must be escaped already (printable or markdown_cell): this only
// measures, wraps and pads. Widths are columns of a terminal (text_wrap.h).
#pragma once

#include <string>
#include <vector>

namespace lethe {

enum class TextLayout { terminal, markdown };

struct TextCell {
  std::string text;
  std::string mark;  // footnote sign behind the text, kept out of alignment
};

struct TextColumn {
  std::string title;  // wrapped in a terminal
  std::string arrow;  // behind the title; in a terminal before the count
  std::string group;  // heads a run of columns with the same one; terminal only
  std::string count;  // "100": a line or row of its own under the titles
};

struct TextTable {
  std::string corner;  // above the row names
  std::vector<TextColumn> columns;
  std::vector<std::string> names;            // of the rows
  std::vector<std::vector<TextCell>> cells;  // [row][column]
  size_t name_width = 30;                    // longer names wrap in a terminal
  size_t second_block = 0;  // rows from here on stand apart; 0: no such rows
};

// Widths of the name column and, after it, of each other column, and of the
// lines that they make.
std::vector<size_t> column_widths(const TextTable& table, TextLayout layout);
size_t line_width(const std::vector<size_t>& widths, TextLayout layout);

// The table as lines, each ending with a newline. In a terminal columns are
// separated by blanks, titles take up to three lines and long names wrap; as
// Markdown it is a pipe table, padded so that it reads well as plain text.
std::string render_table(const TextTable& table, TextLayout layout);

// The table cut into several that fit `width`, each with the row names; a
// column that is too wide on its own still gets its table.
std::vector<TextTable> cut_to_width(const TextTable& table, size_t width,
                                    TextLayout layout);

}  // namespace lethe
