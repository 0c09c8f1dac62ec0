#include "harness/anchors/documents.h"

#include "harness/data/data_testing.h"

namespace lethe {
namespace {

class AnchorDocuments : public DataTest {};

TEST_F(AnchorDocuments, ABookIsCutAtBlankLines) {
  const TextDocuments book =
      read_text_documents(write("b.txt", "One\ntwo\n \n\nThree\n"));
  ASSERT_EQ(book.documents.size(), 2U);
  EXPECT_EQ(book.documents[0].text, "One\ntwo");
  EXPECT_EQ(book.documents[1].id, "1");
  EXPECT_NE(book.documents[1].where.find("b.txt:5"), std::string::npos);
  EXPECT_EQ(book.texts, (std::vector<std::string>{"One\ntwo\n\nThree"}));
  EXPECT_EQ(read_text_documents(folder_ + "/b.txt", 1).documents.size(), 1U);
}

TEST_F(AnchorDocuments, LinesWithoutBlankOnesAreTexts) {
  const TextDocuments lines = read_text_documents(write("l.txt", "One\ntwo\n"));
  EXPECT_EQ(lines.texts, (std::vector<std::string>{"One", "two"}));
}

TEST_F(AnchorDocuments, RowsOfEveryShape) {
  const TextDocuments rows = read_text_documents(
      write("r.jsonl", R"({"id":"a","text":"T"})"
                       "\n"
                       R"({"prompt":"P ","completion":["C","D"]})"
                       "\n"
                       R"({"question":"Q?","answer":"A"})"
                       "\n"
                       R"({"messages":[{"role":"user","content":"M"},)"
                       R"({"role":"assistant","content":"N"}]})"
                       "\n"));
  ASSERT_EQ(rows.documents.size(), 4U);
  EXPECT_EQ(rows.documents[0].id, "a");
  EXPECT_EQ(rows.documents[1].text, "P C");
  EXPECT_EQ(rows.documents[2].text, "Question: Q?\nAnswer: A");
  EXPECT_EQ(rows.documents[3].text, "M\n\nN");
  EXPECT_EQ(rows.texts,
            (std::vector<std::string>{"T", "P ", "C", "Q?", "A", "M", "N"}));
}

TEST_F(AnchorDocuments, ARowWithoutTextIsNamed) {
  const std::string path =
      write("r.jsonl", "{\"text\":\"a\"}\n{\"ids\":[1]}\n");
  expect_refused(Fault::input, {"r.jsonl:2", "no text"},
                 [&] { read_text_documents(path); });
}

}  // namespace
}  // namespace lethe
