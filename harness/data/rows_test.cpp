// Rows of every format: the same rows whatever the file, and refusals with file
// and line.
#include "harness/data/rows.h"

#include "harness/data/data_testing.h"

namespace lethe {
namespace {

const std::vector<Json> kRows = {{{"q", "Who rang, and why?"}, {"a", "Ó Mara"}},
                                 {{"q", "What \"rose\"?"}, {"a", ""}}};

const std::pair<const char*, const char*> kFiles[] = {
    {"a.jsonl",
     "{\"q\":\"Who rang, and why?\",\"a\":\"Ó Mara\"}\n"
     "{\"q\":\"What \\\"rose\\\"?\",\"a\":\"\"}\n"},
    {"a.ndjson",
     "\n{\"q\": \"Who rang, and why?\", \"a\": \"Ó Mara\"}\n \t\n"
     "{\"q\": \"What \\\"rose\\\"?\", \"a\": \"\"}"},
    {"lines.json",
     "{\"q\":\"Who rang, and why?\",\"a\":\"Ó Mara\"}\n"
     "{\"q\":\"What \\\"rose\\\"?\",\"a\":\"\"}\n"},
    {"list.json",
     " [{\"q\":\"Who rang, and why?\",\"a\":\"Ó Mara\"},\n"
     "  {\"q\":\"What \\\"rose\\\"?\",\"a\":\"\"}]\n"},
    {"object.json",
     "{\"version\": 2, \"tags\": [\"x\"],\n\"rows\": [\n"
     "{\"q\":\"Who rang, and why?\",\"a\":\"Ó Mara\"},\n"
     "{\"q\":\"What \\\"rose\\\"?\",\"a\":\"\"}]}\n"},
    {"a.csv", "q,a\n\"Who rang, and why?\",Ó Mara\nWhat \"rose\"?,\n"},
    {"quoted.csv",
     "\"q\",\"a\"\n\"Who rang, and why?\",\"Ó Mara\"\n"
     "\"What \"\"rose\"\"?\",\"\"\n"},
    {"A.TSV", "q\ta\nWho rang, and why?\tÓ Mara\nWhat \"rose\"?\t\n"}};

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

class Rows : public DataTest {
 protected:
  std::vector<Json> fields(const std::string& path,
                           const RowOptions& options = {}) {
    std::vector<Json> all;
    for (const DataRow& row : read_rows(path, options)) {
      all.push_back(row.fields);
    }
    return all;
  }
  void refused(const std::string& name, const std::string& bytes,
               const std::vector<std::string>& words) {
    SCOPED_TRACE(name + ": " + bytes.substr(0, 60));
    const std::string path = write(name, bytes);
    expect_refused(Fault::input, words, [&] { read_rows(path); });
    expect_refused(Fault::input, words, [&] { read_ordered_rows(path); });
  }
};

TEST_F(Rows, AreTheSameInEveryFormat) {
  for (const auto& [name, text] : kFiles) {
    SCOPED_TRACE(name);
    const std::string mark = "\xEF\xBB\xBF";
    for (const std::string& bytes : {std::string(text), mark + text,
                                     with_crlf(text), mark + with_crlf(text)}) {
      EXPECT_EQ(fields(write(name, bytes)), kRows);
      EXPECT_EQ(fields(write(std::string(name) + ".gz", gzipped(bytes))),
                kRows);
    }
  }
}

TEST_F(Rows, KeepTheOrderOfKeysInEveryFormat) {
  for (const auto& [name, text] : kFiles) {
    SCOPED_TRACE(name);
    const auto rows = read_ordered_rows(write(name, text));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].fields.dump(),
              R"({"q":"Who rang, and why?","a":"Ó Mara"})");
    EXPECT_EQ(rows[0].where, read_rows(write(name, text))[0].where);
  }
}

TEST_F(Rows, SayWhatTheFileIs) {
  const std::vector<std::string> formats = {
      "JSON Lines",
      "JSON Lines",
      "JSON Lines",
      "JSON list",
      "JSON object with the list \"rows\"",
      "CSV",
      "CSV",
      "TSV"};
  for (size_t i = 0; i < formats.size(); ++i) {
    const auto& [name, text] = kFiles[i];
    EXPECT_EQ(read_row_file(write(name, text), {}).format, formats[i]);
  }
  EXPECT_EQ(read_row_file(write("a.txt.gz", gzipped("a")), {}).format,
            "text, gzip");
}

TEST_F(Rows, LinesOfTextAreRows) {
  EXPECT_EQ(
      fields(write("a.txt", "The bell,\r\n\n \"rang\"")),
      (std::vector<Json>{
          {{"text", "The bell,"}}, {{"text", ""}}, {{"text", " \"rang\""}}}));
  EXPECT_EQ(fields(write("a.lst", "1\n2\n")),
            (std::vector<Json>{{{"text", "1"}}, {{"text", "2"}}}));
}

TEST_F(Rows, KnowTheirPlaces) {
  EXPECT_NE(read_rows(write("a.jsonl", "\n{\"a\":1}"))[0].where.find(":2"),
            std::string::npos);
  EXPECT_NE(read_rows(write("a.csv", "a\n\n1\n"))[0].where.find(":3"),
            std::string::npos);
  EXPECT_NE(read_rows(write("a.json", "[{\"a\":1}]"))[0].where.find("row 1"),
            std::string::npos);
}

TEST_F(Rows, StopAtTheLimit) {
  for (const auto& [name, text] : kFiles) {
    SCOPED_TRACE(name);
    EXPECT_EQ(fields(write(name, text), {.limit = 1}),
              std::vector<Json>{kRows[0]});
    EXPECT_EQ(read_ordered_rows(write(name, text), 9).size(), 2u);
  }
  EXPECT_EQ(read_rows(write("a.jsonl", "{}\n{}\nnonsense\n"), 2).size(), 2u);
}

TEST_F(Rows, ColumnsNameTheFieldsOfATableWithoutAHeader) {
  const std::string path = write("a.csv", "Who rang?,Mara\nWho left?,Io\n");
  EXPECT_EQ(fields(path, {.columns = {"q", "a"}}),
            (std::vector<Json>{{{"q", "Who rang?"}, {"a", "Mara"}},
                               {{"q", "Who left?"}, {"a", "Io"}}}));
  expect_refused(Fault::input, {"a.csv:1", "2 fields", "3 columns"}, [&] {
    read_rows(path, {.columns = {"q", "a", "b"}});
  });
  expect_refused(Fault::usage, {"\"q\"", "twice"}, [&] {
    read_rows(path, {.columns = {"q", "q"}});
  });
  const std::string lines = write("a.jsonl", "{}");
  expect_refused(Fault::usage, {"a.jsonl", "no .csv or .tsv"},
                 [&] { read_rows(lines, {.columns = {"q"}}); });
  const std::string headed = write("b.csv", "q,a\nWho rang?,Mara\n");
  expect_refused(Fault::input, {"b.csv:1", "is a header"}, [&] {
    read_rows(headed, {.columns = {"q", "a"}});
  });
}

TEST_F(Rows, OfOneObjectAreItsListOrItself) {
  EXPECT_EQ(fields(write("a.json", R"({"data": [{"a": 1}, {"a": 2}]})")),
            (std::vector<Json>{{{"a", 1}}, {{"a", 2}}}));
  EXPECT_EQ(fields(write("b.json", R"({"a": 1, "tags": ["x"]})")).size(), 1u);
  const char* chat = R"({"messages": [{"role": "user", "content": "Ahoy"}]})";
  EXPECT_EQ(fields(write("c.json", chat)),
            std::vector<Json>{Json::parse(chat)});
  refused("d.json", R"({"train": [{"a": 1}], "test": [{"a": 2}]})",
          {"d.json", "2 lists of objects", "test", "train"});
  refused("e.json", "{\n  \"a\": 1\n}\n", {"e.json", "without a list"});
  refused("f.json", R"({"data": [{"a": 1}, 5]})", {"\"data\" row 2"});
}

TEST_F(Rows, RefuseOtherKindsWithTheCure) {
  const std::pair<const char*, std::vector<std::string>> kinds[] = {
      {"a.parquet.gz", {".parquet.gz files", "gunzip"}},
      {"absent.parquet", {"cannot open"}},
      {"a.xlsx", {".jsonl", ".csv", ".gz"}},
      {"a.jsonl.zst", {"is no .jsonl"}},
      {"jsonl", {"is no .jsonl"}},
      {"absent.csv", {"cannot open"}},
      {"absent.json.gz", {"cannot open"}}};
  for (const auto& [name, words] : kinds) {
    SCOPED_TRACE(name);
    const std::string path = folder_ + "/" + name;
    expect_refused(Fault::usage, words, [&] { read_rows(path); });
  }
  std::filesystem::create_directory(folder_ + "/folder.csv");
  expect_refused(Fault::usage, {"not a regular file"},
                 [&] { read_rows(folder_ + "/folder.csv"); });
}

TEST_F(Rows, OfColumnStoresNeedTheirModule) {
  const std::string absent = folder_ + "/absent.so";
  ::setenv("LETHE_ARROW_MODULE", absent.c_str(), 1);
  const std::pair<const char*, std::vector<std::string>> kinds[] = {
      {"a.parquet", {"pandas.read_parquet('", "lines=True"}},
      {"a.feather", {"pandas.read_feather('"}},
      {"a.arrow", {"datasets.Dataset.from_file('"}}};
  for (auto [name, words] : kinds) {
    const std::string path = write(name, "PAR1");
    words.insert(words.end(), {path, absent, "./dev arrow"});
    expect_refused(Fault::usage, words, [&] { read_rows(path); });
  }
  ::unsetenv("LETHE_ARROW_MODULE");
}

TEST_F(Rows, RefuseBadContentsByLine) {
  refused("a.jsonl", "{\"a\": 1}\n{\"a\": ", {"a.jsonl:2", "cut off"});
  refused("a.json", "{\"a\": 1}\n{\"a\": ", {"a.json:2", "cut off"});
  refused("a.jsonl", "{\"a\": 1}\n{\"a\": [{}", {"a.jsonl:2"});
  refused("a.jsonl", "{\"a\": 1}\n[1]\n", {"a.jsonl:2", "no JSON object"});
  refused("a.jsonl", "{\"a\": 1}\n{\"a\": \"\xC3\"}\n", {"a.jsonl:2", "UTF-8"});
  refused("a.txt", "one\ntwo\n\xED\xA0\x80\n", {"a.txt:3", "UTF-8"});
  refused("a.txt", std::string("one\n\0", 5), {"a.txt:2", "zero byte"});
  refused("a.txt", "\xFF\xFEx", {"a.txt", "UTF-16"});
  refused("a.txt", gzipped("x"), {"a.txt", "gzip", "add .gz"});
  refused("a.jsonl.gz", "{}", {"a.jsonl.gz", "no gzip file"});
  refused("a.csv", "a,b\n1,2\n3\n", {"a.csv:3", "1 fields for 2 columns"});
  refused("a.tsv", "a\tb\n1\t2\t3\n", {"a.tsv:2", "3 fields", "tab"});
  refused("a.csv", "a,b,a\n1,2,3\n", {"a.csv:1", "\"a\"", "twice"});
  refused("a.json", "[{\"a\": 1}, 5]", {"a.json row 2"});
  refused("a.json", "5", {"a.json:1", "no JSON object"});
}

TEST_F(Rows, RefuseFilesWithoutRows) {
  for (const char* name :
       {"a.jsonl", "a.ndjson", "a.json", "a.csv", "a.tsv", "a.txt", "a.lst"}) {
    refused(name, "", {name, "holds no rows"});
    refused(name, "\xEF\xBB\xBF", {name, "holds no rows"});
    refused(std::string(name) + ".gz", gzipped(""), {name, "holds no rows"});
  }
  refused("a.jsonl", "\n \r\n", {"holds no rows"});
  refused("a.json", "[]", {"holds no rows"});
  refused("a.csv", "a,b\n", {"holds no rows"});
}

TEST_F(Rows, AreReadInPiecesLongAndShort) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += std::string(i * 7 % 999, 'x') + "\n";
  text += std::string(200'000, 'y');
  const auto rows = read_rows(write("a.txt", text));
  ASSERT_EQ(rows.size(), 301u);
  std::string again;
  for (const DataRow& row : rows)
    again += row.fields["text"].get<std::string>() + "\n";
  EXPECT_EQ(again, text + "\n");
}

// Time must not grow with the square of the number of columns.
TEST_F(Rows, WideTablesAreReadInLittleTime) {
  std::string header, line;
  for (int i = 0; i < 16'000; ++i) {
    header += fmt::format("{}column{}", i == 0 ? "" : ",", i);
    line += i == 0 ? "0" : ",0";
  }
  std::string text = header + "\n";
  for (int i = 0; i < 20; ++i) text += line + "\n";
  const auto rows = read_ordered_rows(write("a.csv", text));
  ASSERT_EQ(rows.size(), 20u);
  EXPECT_EQ(rows[19].fields.size(), 16'000u);
}

}  // namespace
}  // namespace lethe
