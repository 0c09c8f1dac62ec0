#include "harness/anchors/dictionary.h"

#include "harness/data/data_testing.h"

namespace lethe {
namespace {

class AnchorDictionary : public DataTest {};

TEST_F(AnchorDictionary, ReadsRowsWithDefaultsAndKeepsWhatPeopleAdded) {
  const Anchors anchors = read_anchors(write(
      "a.jsonl",
      R"({"anchor":"Ines  Okafor","generic":"Clara Weldon","kind":"person",)"
      R"("count":7,"score":12.5,"comment":"checked"})"
      "\n"
      R"({"anchor":"Lumenstadt","generic":"Harbury"})"
      "\n"
      R"({"anchor":"Tuesday Club","use":false})"
      "\n"));
  ASSERT_EQ(anchors.size(), 3U);
  EXPECT_EQ(anchors[0].anchor, "Ines Okafor");
  EXPECT_EQ(anchors[0].count, 7);
  EXPECT_EQ(anchors[0].notes["comment"], "checked");
  EXPECT_EQ(anchors[1].kind, "thing");
  EXPECT_TRUE(anchors[1].use);
  EXPECT_FALSE(anchors[2].use);
}

TEST_F(AnchorDictionary, SaysWhereWhatAndTheCure) {
  const auto refuse = [&](const std::string& rows,
                          const std::vector<std::string>& words) {
    const std::string path = write("a.jsonl", rows);
    expect_refused(Fault::input, words, [&] { read_anchors(path); });
  };
  refuse("{\"anchor\":\"Okafor\",\"generic\":\"Weldon\"}\n{\"generic\":\"x\"}",
         {"a.jsonl:2", "no text under \"anchor\"", "write"});
  refuse(R"({"anchor":" ","generic":"Weldon"})", {"a.jsonl:1", "letter"});
  refuse(R"({"anchor":"Okafor","generic":"..."})", {"a.jsonl:1", "generic"});
  refuse(R"({"anchor":"Okafor","generic":"okafor"})",
         {"a.jsonl:1", "its own generic form"});
  refuse(R"({"anchor":"Okafor","generic":"Weldon","kind":"persn"})",
         {"a.jsonl:1", "persn", "person"});
  refuse(R"({"anchor":"Okafor","generic":"Weldon","use":"no"})",
         {"a.jsonl:1", "\"use\"", "true or false"});
  refuse(R"({"anchor":"Okafor","generic":"Weldon","count":"two"})",
         {"a.jsonl:1", "\"count\"", "number"});
  refuse(
      "{\"anchor\":\"Okafor\",\"generic\":\"Weldon\"}\n"
      "{\"anchor\":\"Okafor\",\"generic\":\"Marlow\"}",
      {"a.jsonl:2", "Okafor", "a.jsonl:1", "keep one"});
  refuse(
      "{\"anchor\":\"Okafor\",\"generic\":\"Ines\"}\n"
      "{\"anchor\":\"Ines\",\"generic\":\"Clara\"}",
      {"generic form of \"Okafor\"", "anchor \"Ines\"", "choose another"});
}

TEST_F(AnchorDictionary, WritesTheSameBytesWhateverTheOrder) {
  const Anchor a = {"Okafor", "Weldon", "person", 3, 1.5, true, false, {}};
  const Anchor b = {"Ines", "Clara", "person", 9, 2, true, false, {}};
  Anchor c = {"Abel", "Peter", "person", 3, 0, true, true, {}};
  c.notes["comment"] = "minor";
  const std::string text = anchors_text({a, b, c});
  EXPECT_EQ(text, anchors_text({c, b, a}));
  EXPECT_EQ(
      text,
      R"({"anchor":"Ines","generic":"Clara","kind":"person","count":9,)"
      R"("score":2.0,"use":true})"
      "\n"
      R"({"anchor":"Abel","generic":"Peter","kind":"person","count":3,)"
      R"("score":0.0,"use":true,"any_case":true,"comment":"minor"})"
      "\n"
      R"({"anchor":"Okafor","generic":"Weldon","kind":"person","count":3,)"
      R"("score":1.5,"use":true})"
      "\n");
  const Anchors again = read_anchors(write("b.jsonl", text));
  EXPECT_EQ(anchors_text(again), text);
}

TEST(MergeAnchors, PeoplesRowsWinAndNewOnesAreAdded) {
  const Anchors corrected = {
      {"Okafor", "Carter", "person", 0, 0, true, false, {}},
      {"Mill", "", "place", 2, 1, false, false, {}},
      {"owl club", "hat shop", "phrase", 0, 0, true, false, {}}};
  const Anchors fresh = {{"Okafor", "Weldon", "thing", 8, 5, true, false, {}},
                         {"Mill", "Harbury", "place", 3, 2, true, false, {}},
                         {"Ines", "Clara", "person", 4, 3, true, false, {}}};
  const Anchors merged = merge_anchors(corrected, fresh);
  ASSERT_EQ(merged.size(), 4U);
  EXPECT_EQ(merged[0].generic, "Carter");
  EXPECT_EQ(merged[0].kind, "person");
  EXPECT_EQ(merged[0].count, 8);  // that they do not have
  EXPECT_EQ(merged[1].anchor, "Ines");
  EXPECT_EQ(merged[2].anchor, "Mill");
  EXPECT_FALSE(merged[2].use);
  EXPECT_EQ(merged[2].count, 2);
  EXPECT_EQ(merged[3].anchor, "owl club");
}

}  // namespace
}  // namespace lethe
