#include "harness/anchors/documents.h"

#include "harness/data/formats.h"
#include "harness/data/rows.h"

namespace lethe {
namespace {

// The string at a key, or the first of a list of them.
std::string first_text(const DataRow& row, const std::string& key) {
  const Json& value = require(row.fields, key, row.where);
  if (value.is_array() && !value.empty() && value[0].is_string()) {
    return value[0].get<std::string>();
  }
  return require_string(row.fields, key, row.where);
}

void add_messages(const DataRow& row, TextDocument* document,
                  std::vector<std::string>* texts) {
  const Json& messages = row.fields["messages"];
  if (!messages.is_array() || messages.empty()) {
    fail_input(row.where, "\"messages\" is no list of messages",
               R"(write [{"role": "user", "content": "..."}])");
  }
  for (const Json& message : messages) {
    texts->push_back(require_string(message, "content", row.where));
    if (!document->text.empty()) document->text += "\n\n";
    document->text += texts->back();
  }
}

void add_row(const DataRow& row, size_t number, TextDocuments* all) {
  TextDocument document;
  document.where = row.where;
  document.id = std::to_string(number);
  if (row.fields.contains("id")) {
    const Json& id = row.fields["id"];
    document.id = id.is_string() ? id.get<std::string>() : id.dump();
  }
  if (row.fields.contains("text")) {
    document.text = require_string(row.fields, "text", row.where);
    all->texts.push_back(document.text);
  } else if (row.fields.contains("prompt")) {
    all->texts.push_back(require_string(row.fields, "prompt", row.where));
    document.text = all->texts.back();
    if (row.fields.contains("completion")) {
      all->texts.push_back(first_text(row, "completion"));
      document.text += all->texts.back();
    }
  } else if (row.fields.contains("question")) {
    all->texts.push_back(require_string(row.fields, "question", row.where));
    document.text = "Question: " + all->texts.back() + "\nAnswer:";
    if (row.fields.contains("answer")) {
      all->texts.push_back(first_text(row, "answer"));
      document.text += " " + all->texts.back();
    }
  } else if (row.fields.contains("messages")) {
    add_messages(row, &document, &all->texts);
  } else {
    fail_input(row.where, "has no text",
               "give it \"text\", \"prompt\", \"question\" or \"messages\"");
  }
  all->documents.push_back(std::move(document));
}

bool blank_line(const std::string& line) {
  return line.find_first_not_of(" \t\r\v\f") == line.npos;
}

// Lines as paragraphs.
TextDocuments book_of(const std::vector<DataRow>& lines, int64_t limit) {
  TextDocuments all;
  all.texts.emplace_back();
  TextDocument paragraph;
  const auto close = [&] {
    if (paragraph.text.empty()) return;
    paragraph.id = std::to_string(all.documents.size());
    if (!all.texts[0].empty()) all.texts[0] += "\n\n";
    all.texts[0] += paragraph.text;
    all.documents.push_back(std::move(paragraph));
    paragraph = {};
  };
  for (const DataRow& line : lines) {
    const std::string text = line.fields["text"].get<std::string>();
    if (blank_line(text)) {
      close();
      if (limit > 0 && static_cast<int64_t>(all.documents.size()) >= limit) {
        return all;
      }
      continue;
    }
    if (paragraph.text.empty()) {
      paragraph.where = line.where;
    } else {
      paragraph.text += '\n';
    }
    paragraph.text += text;
  }
  close();
  return all;
}

}  // namespace

TextDocuments read_text_documents(const std::string& path, int64_t limit) {
  const bool lines = row_format(path) == RowFormat::text;
  const std::vector<DataRow> rows = read_rows(path, lines ? 0 : limit);
  bool book = false;
  if (lines) {
    for (const DataRow& row : rows) {
      book = book || blank_line(row.fields["text"].get<std::string>());
    }
  }
  if (book) return book_of(rows, limit);
  TextDocuments all;
  for (const DataRow& row : rows) {
    if (limit > 0 && static_cast<int64_t>(all.documents.size()) >= limit) break;
    add_row(row, all.documents.size(), &all);
  }
  return all;
}

}  // namespace lethe
