// The texts of a data file as the extractor and the translator take them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

struct TextDocument {
  std::string id;     // the row's, else its number from 0
  std::string text;   // the whole text
  std::string where;  // "file:line" of its first line
};

struct TextDocuments {
  std::vector<TextDocument> documents;
  // What the extractor reads: a row's text, or prompt and completion, question
  // and answer, messages, each by itself; a book in one piece, so that headings
  // are known by the blank lines around them.
  std::vector<std::string> texts;
};

// Rows of any format with "text", "prompt" (+ "completion"), "question" +
// "answer" (as "Question: {question}\nAnswer: {answer}") or "messages"
// (contents, a blank line between). A .txt or .lst file with blank lines is a
// book: its documents are the paragraphs between them. Without blank lines each
// line is a text, as everywhere. `limit`: documents at most; 0: all.
// Throws: as read_rows; input error with file and line for a row with none.
TextDocuments read_text_documents(const std::string& path, int64_t limit = 0);

}  // namespace lethe
