// Untrusted text made safe for the place where it is shown.
//
// Labels, paths, messages and above all the output of a model are untrusted:
// every writer passes them through one of these. All of them first replace
// control characters, terminal escape sequences, text-reordering marks and
// invalid UTF-8 (printable() of base/error.h), so the result is one line.
#pragma once

#include <string>

namespace lethe {

// For HTML and SVG, both between tags and inside quoted attributes.
std::string html_escape(const std::string& text);

// For XML 1.0, between tags and inside quoted attributes: as html_escape, and
// without the two code points that no XML document may hold.
std::string xml_escape(const std::string& text);

// One RFC 4180 cell: quoted when it holds a comma, a quote or outer blanks.
// Text that a spreadsheet would run as a formula (it begins with = + - @) gets
// an apostrophe before it. For text only: numbers are written as they are.
std::string csv_cell(const std::string& text);

// For a cell of a pipe table or a line of GitHub's Markdown: nothing in it is
// markup, a link, an image or a formula, and no pipe ends the cell.
std::string markdown_cell(const std::string& text);

// For text of a LaTeX document in any engine: commands and special characters
// are shown, and what is neither ASCII, an accented Latin letter nor a sign of
// our tables (arrows, ±, the marks of the front) reads as [U+4E2D].
std::string latex_escape(const std::string& text);

}  // namespace lethe
