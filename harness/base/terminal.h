// The terminal on stderr: its size, and lines that stay at its bottom.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

struct TerminalSize {
  size_t columns = 80;
  size_t rows = 24;
};

// Of the terminal on stderr; 80 x 24 where it does not say.
TerminalSize terminal_size();

// Whether lines on stderr can be redrawn in place: a terminal that is not
// TERM=dumb.
bool redraws();

// Whether stderr may be coloured: redraws() and no NO_COLOR.
bool coloured();

// Lines at the bottom of the terminal; other lines scroll above them. The
// cursor stands below the block between two frames and each frame is one write,
// so whatever ends or stops the process leaves the terminal as it was. Safe
// from several threads. Nothing is drawn while the process is in the
// background. Lines may hold colours; each must be narrower than the terminal.
void show_block(const std::vector<std::string>& lines);
// Takes the block away.
void clear_block();

// `text` and a newline on stderr, above the block.
void print_above_block(const std::string& text);

// For a handler of SIGCONT: what stands on the terminal is the shell's.
void forget_block();

// What moves from one block to another: up `above` rows, then `lines`, then
// nothing below them. The cursor ends below the last line.
std::string block_frame(size_t above, const std::vector<std::string>& lines);

// Rows that lines of these widths take on a terminal of `columns` that breaks
// them again when it becomes narrower.
size_t rows_of(const std::vector<size_t>& widths, size_t columns);

}  // namespace lethe
