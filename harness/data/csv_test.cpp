// Comma- and tab-separated values: the records, and refusals by line.
#include "harness/data/csv.h"

#include "harness/data/data_testing.h"

namespace lethe {
namespace {

using Record = std::vector<std::string>;

class Csv : public DataTest {
 protected:
  std::vector<Record> read(const std::string& text, char separator = ',') {
    LineReader lines(write("table.csv", text));
    CsvReader table(lines, separator);
    std::vector<Record> records;
    places_.clear();
    for (Record fields; table.next(fields);) {
      records.push_back(fields);
      places_.push_back(table.where().substr(table.where().rfind(':') + 1));
    }
    return records;
  }
  void refused(const std::string& text, const std::vector<std::string>& words) {
    SCOPED_TRACE(text.substr(0, 60));
    expect_refused(Fault::input, words, [&] { read(text); });
  }

  Record places_;  // the lines on which the records begin
};

TEST_F(Csv, SplitsAtTheSeparator) {
  EXPECT_EQ(read("a,b,c\n1,,3\n"),
            (std::vector<Record>{{"a", "b", "c"}, {"1", "", "3"}}));
  EXPECT_EQ(read("a\tb\n1,5\t \n", '\t'),
            (std::vector<Record>{{"a", "b"}, {"1,5", " "}}));
  EXPECT_EQ(read(",\n"), (std::vector<Record>{{"", ""}}));
  EXPECT_EQ(read("a,"), (std::vector<Record>{{"a", ""}}));
  EXPECT_EQ(read("a"), (std::vector<Record>{{"a"}}));
}

TEST_F(Csv, QuotedFieldsHoldSeparatorsQuotesAndLines) {
  EXPECT_EQ(read("\"tide, wind\",\"she said \"\"now\"\"\"\n"),
            (std::vector<Record>{{"tide, wind", "she said \"now\""}}));
  EXPECT_EQ(read("\"one\ntwo\r\n\nthree\",4\nx,y\n"),
            (std::vector<Record>{{"one\ntwo\r\n\nthree", "4"}, {"x", "y"}}));
  EXPECT_EQ(places_, (Record{"1", "5"})) << "records are named by first line";
  EXPECT_EQ(read("\"\",\"\"\n"), (std::vector<Record>{{"", ""}}));
  EXPECT_EQ(read("\"\"\"\""), (std::vector<Record>{{"\""}}));
}

TEST_F(Csv, AQuoteInsideAPlainFieldIsText) {
  EXPECT_EQ(read("5\" rope, \"tarred\"\n"),
            (std::vector<Record>{{"5\" rope", " \"tarred\""}}));
}

TEST_F(Csv, TakesByteOrderMarkCrlfAndEmptyLines) {
  EXPECT_EQ(read("\xEF\xBB\xBF\"a\",b\r\n\r\n1,\"2\"\r\n\n3,4\r"),
            (std::vector<Record>{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(places_, (Record{"1", "3", "5"}));
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("\xEF\xBB\xBF").empty());
  EXPECT_TRUE(read("\n\r\n").empty());
}

TEST_F(Csv, RefusesWhatItWouldReadAskew) {
  refused("a,b\n\"1\"x,2\n", {"table.csv:2", "behind a closing quote"});
  refused("a,b\n\"1\" ,2\n", {"table.csv:2", "behind a closing quote"});
  refused("a,b\n\"1\n2\"x\n", {"table.csv:3", "behind a closing quote"});
  refused("a\n1\n\"2\n3\n4\n", {"table.csv:3", "never closed"});
  refused("a\rb\n", {"table.csv:1", "carriage return"});
  refused("a\nb\xFF\n", {"table.csv:2", "not valid UTF-8"});
  refused("a\n\"b\n\xE2\x82\"\n", {"table.csv:3", "not valid UTF-8"});
  refused(std::string("a\n\0\n", 4), {"table.csv:2", "zero byte"});
  refused("x\n" + std::string(20'000, ','), {"table.csv:2", "16384 fields"});
}

// Every field of four characters that matter, written with quotes and read.
TEST_F(Csv, ReadsBackWhatIsQuoted) {
  const std::string letters = ",\"\n\ra\t";
  std::string text;
  std::vector<Record> records;
  for (size_t i = 0; i < 6 * 6 * 6 * 6; ++i) {
    std::string field;
    for (size_t rest = i, k = 0; k < 4; ++k, rest /= 6) {
      field += letters[rest % 6];
    }
    std::string quoted;
    for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
    text += "\"" + quoted + "\",end\n";
    records.push_back({field, "end"});
  }
  EXPECT_EQ(read(text), records);
}

}  // namespace
}  // namespace lethe
