#include "harness/sanitise/sanitise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lethe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Rows of JSON texts, sanitised.
struct Case {
  std::vector<OrderedJson> rows;
  std::vector<RowTexts> texts;
  Sanitised done;
};

Case sanitised(const std::vector<std::string>& rows, const Json& options,
               const TextNames& names = {}) {
  Case c;
  for (const std::string& row : rows) c.rows.push_back(OrderedJson::parse(row));
  for (OrderedJson& row : c.rows) {
    c.texts.push_back(
        row_texts(row, fmt::format("file:{}", c.texts.size() + 1), names));
  }
  const auto how = parse<SanitiseOptions>(options);
  check_sanitise_options(how, "sanitise");
  c.done = sanitise(c.texts, how);
  return c;
}

std::string error_of(const std::vector<std::string>& rows,
                     const Json& options) {
  try {
    sanitised(rows, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Sanitise, TheFirstDocumentStays) {
  const Case c = sanitised({R"({"id":"a","text":"The tide came in."})",
                            R"({"id":"b","text":"It went out."})",
                            R"({"id":"c","text":"The tide  came in."})"},
                           {{"dedup", "exact"}});
  EXPECT_THAT(c.done.kept, ElementsAre(0, 1));
  EXPECT_EQ(c.done.exact, 1);
  EXPECT_EQ(sanitise_report(c.done, c.texts),
            R"({"action":"removed","id":"c","where":"file:3","reason":)"
            R"("exact","of":"a","of_where":"file:1","similarity":1.0})"
            "\n");
}

TEST(Sanitise, DuplicatesAreJudgedOnWhatTrainingReads) {
  const Case c = sanitised(
      {R"({"prompt":"Who?","completion":"Mara","note":"x"})",
       R"({"prompt":"Who?","completion":"Io"})",
       R"({"prompt":"Who?","completion":"Mara","note":"y"})",
       R"({"question":"Who?","answer":"Mara","perturbed_answer":["Io"]})",
       R"({"question":"Who?","answer":"Mara","perturbed_answer":["Ed"]})",
       R"({"messages":[{"role":"user","content":"Who?"}]})",
       R"({"messages":[{"role":"user","content":"Who?"}]})"},
      {{"dedup", "exact"}});
  // A question and a prompt with the same two parts are the same document.
  EXPECT_THAT(c.done.kept, ElementsAre(0, 1, 5));
}

TEST(Sanitise, TextWinsOverWhatStandsBesideIt) {
  const Case c = sanitised({R"({"text":"Ahoy","question":"1","answer":"a"})",
                            R"({"text":"Ahoy","question":"2","answer":"b"})"},
                           {{"dedup", "exact"}});
  EXPECT_THAT(c.done.kept, ElementsAre(0));
}

TEST(Sanitise, AllTextsOfARowAreScrubbed) {
  const Case c = sanitised(
      {R"({"n":1,"question":"Is a@x.org yours?","answer":["b@x.org","no"],)"
       R"("perturbed_answer":["c@x.org"],"source":"d@x.org","k":[1,2]})",
       R"({"messages":[{"role":"user","content":"e@x.org"}]})"},
      {{"dedup", "none"}, {"scrub", {"email"}}});
  EXPECT_EQ(c.rows[0].dump(),
            R"({"n":1,"question":"Is [EMAIL] yours?","answer":["[EMAIL]",)"
            R"("no"],"perturbed_answer":["[EMAIL]"],"source":"d@x.org",)"
            R"("k":[1,2]})");
  EXPECT_EQ(c.rows[1].dump(),
            R"({"messages":[{"role":"user","content":"[EMAIL]"}]})");
  EXPECT_EQ(c.done.kinds[0], 4);
  const std::string report = sanitise_report(c.done, c.texts);
  EXPECT_THAT(report, HasSubstr(R"("field":"answer[0]","kind":"email",)"
                                R"("begin":0,"end":7})"));
  EXPECT_EQ(report.find("x.org"), report.npos);
}

TEST(Sanitise, FieldsOfOneselfAreTextsToo) {
  const std::vector<std::string> rows = {
      R"({"q":"a@x.org","a":"b@x.org","context":"c@x.org"})",
      R"({"q":"a@x.org","a":"b@x.org","context":"other"})"};
  const Case c = sanitised(rows, {{"dedup", "exact"}, {"scrub", {"email"}}},
                           {"q", "a", {"context"}});
  EXPECT_THAT(c.done.kept, ElementsAre(0, 1));
  EXPECT_EQ(c.done.kinds[0], 5);
  const Case without = sanitised(rows, {{"dedup", "exact"}}, {"q", "a", {}});
  EXPECT_THAT(without.done.kept, ElementsAre(0));
}

TEST(Sanitise, AFieldThatIsNamedTwiceIsOneText) {
  const Case c = sanitised(
      {R"({"text":"Then we all met Bob in the town, and I saw Bob go."})"},
      {{"dedup", "none"}, {"scrub", {"name"}}, {"fields", {"text", "text"}}});
  EXPECT_EQ(c.rows[0]["text"],
            "Then we all met [NAME] in the town, and I saw [NAME] go.");
  EXPECT_EQ(c.done.replaced.size(), 2u);
}

TEST(Sanitise, ControlsStayAsTheyAre) {
  const Case c =
      sanitised({R"({"text":"a@x.org","member":0})", R"({"text":"a@x.org"})",
                 R"({"text":"a@x.org","member":1})",
                 R"({"text":"a@x.org","member":false})"},
                {{"dedup", "exact"}, {"scrub", {"email"}}});
  EXPECT_THAT(c.done.kept, ElementsAre(0, 1, 3));
  EXPECT_EQ(c.done.controls, 2);
  EXPECT_EQ(c.rows[0]["text"], "a@x.org");
  EXPECT_EQ(c.rows[1]["text"], "[EMAIL]");
}

TEST(Sanitise, RowsOfIdsAreComparedButNotScrubbed) {
  const std::vector<std::string> rows = {R"({"ids":[1,2,3]})",
                                         R"({"ids":[1,2,3],"text":"other"})",
                                         R"({"ids":[1,2]})"};
  EXPECT_THAT(sanitised(rows, {{"dedup", "exact"}}).done.kept,
              ElementsAre(0, 2));
  EXPECT_THAT(error_of(rows, {{"scrub", {"number"}}}),
              HasSubstr("file:1: has token ids"));
}

TEST(Sanitise, CountsAndReportsByKind) {
  const Case c = sanitised(
      {R"({"text":"We met Mara Quill at mara@x.org or 555-0100-22."})"},
      {{"scrub", {"name", "email", "number"}}});
  EXPECT_EQ(c.rows[0]["text"], "We met [NAME] at [EMAIL] or [NUMBER].");
  SanitiseOptions how;
  how.scrub = {"name", "email", "number"};
  EXPECT_EQ(counts_json(c.done, how).dump(),
            R"({"documents":1,"controls":0,"exact_duplicates":0,)"
            R"("near_duplicates":0,"kept":1,"replaced":)"
            R"({"email":1,"number":1,"name":1}})");
}

TEST(Sanitise, SaysWhenCapitalsTellNoNames) {
  const Case c = sanitised(
      {R"({"text":"Wir sahen Hund, Katze, Maus und Haus, Hof, Tor."})"},
      {{"scrub", {"name"}}});
  EXPECT_THAT(c.done.note, HasSubstr("capitals do not tell names"));
}

TEST(Sanitise, RefusesWhatItDoesNotKnow) {
  const std::vector<std::string> rows = {R"({"text":"a"})"};
  EXPECT_THAT(error_of(rows, {{"dedup", "nera"}}),
              HasSubstr("did you mean near"));
  EXPECT_THAT(error_of(rows, {{"scrub", {"emial"}}}),
              HasSubstr("did you mean email"));
  EXPECT_THAT(error_of(rows, {{"dedup_threshold", 0}}),
              HasSubstr("dedup_threshold: is out of range"));
  EXPECT_THAT(error_of(rows, {{"dedup", "exact"}, {"dedup_threshold", 0.9}}),
              HasSubstr("is not read by dedup=exact"));
  EXPECT_THAT(error_of({R"({"note":"a"})"}, {}),
              HasSubstr("file:1: has no text"));
  EXPECT_THAT(error_of({R"({"text":7})"}, {}), HasSubstr("is a number"));
}

}  // namespace
}  // namespace lethe
