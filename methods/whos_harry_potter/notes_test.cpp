// What people edit comes back as they wrote it, and nothing else does.
#include "methods/whos_harry_potter/notes.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/json.h"

namespace lethe {
namespace {

using testing::HasSubstr;

class LabelNotes : public testing::Test {
 protected:
  LabelNotes() {
    std::string name = testing::TempDir() + "lethe_notes_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    tokenizer_ =
        Tokenizer::load(LETHE_SOURCE_DIR "/harness/text/testdata/byte_level");
    Example e;
    e.id = "a";
    e.text = "The ferry waits";
    e.ids = tokenizer_->encode(e.text);
    rows_ = TrainingSet({e}, {}, 64, {});
    labels_.emplace_back(e.ids.size());
    for (size_t t = 1; t < e.ids.size(); ++t) {
      labels_[0][t] = {e.ids[t - 1], 0.1 * static_cast<double>(t)};
    }
  }
  ~LabelNotes() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const {
    return folder_ + "/" + name;
  }
  void edit(const std::string& name, const std::string& from,
            const std::string& to) const {
    std::string text = read_file(path(name));
    const size_t at = text.find(from);
    ASSERT_NE(at, text.npos) << text;
    write_file_atomically(path(name), text.replace(at, from.size(), to));
  }
  std::string refusal(const std::string& file) const {
    try {
      read_labels(path(file), rows_, tokenizer_.get());
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  std::string folder_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  TrainingSet rows_;
  BlockLabels labels_;
};

TEST_F(LabelNotes, ReturnAsTheyWereWritten) {
  write_labels(path("labels.jsonl"), rows_, {"a"}, labels_, tokenizer_.get());
  const BlockLabels read =
      read_labels(path("labels.jsonl"), rows_, tokenizer_.get());
  ASSERT_EQ(read.size(), 1U);
  for (size_t t = 0; t < labels_[0].size(); ++t) {
    EXPECT_EQ(read[0][t].id, labels_[0][t].id);
    EXPECT_NEAR(read[0][t].probability, labels_[0][t].probability, 1e-6);
  }
}

TEST_F(LabelNotes, ALabelThatIsNoTokenIsRefusedByName) {
  write_labels(path("labels.jsonl"), rows_, {"a"}, labels_, tokenizer_.get());
  const Json row = parse_json(read_file(path("labels.jsonl")), "row");
  const std::string labels = row["labels"].dump();
  edit("labels.jsonl", labels,
       "[null" + std::string(",\"no such token\"") +
           labels.substr(labels.find(',', labels.find(',') + 1)));
  EXPECT_THAT(refusal("labels.jsonl"), HasSubstr("no such token"));
  EXPECT_THAT(refusal("labels.jsonl"), HasSubstr("labels.jsonl:1"));
}

TEST_F(LabelNotes, OfOtherTextsAreRefused) {
  Example other;
  other.text = "Another text that is longer";
  other.ids = tokenizer_->encode(other.text);
  const TrainingSet rows({other}, {}, 64, {});
  const BlockLabels labels = {
      std::vector<GenericLabel>(rows.rows()[0].ids.size())};
  write_labels(path("labels.jsonl"), rows, {"b"}, labels, tokenizer_.get());
  EXPECT_THAT(refusal("labels.jsonl"), HasSubstr("tokens"));
  write_file_atomically(
      path("none.jsonl"),
      read_file(path("labels.jsonl")) + read_file(path("labels.jsonl")));
  EXPECT_THAT(refusal("none.jsonl"), HasSubstr("has 2 blocks"));
}

TEST_F(LabelNotes, TheQueueHoldsWhatIsUnsureLeastProbableFirst) {
  labels_[0][2].id = rows_.rows()[0].ids[2];  // the text's own: not asked
  const auto size = static_cast<int64_t>(labels_[0].size());
  ASSERT_GE(size, 4);
  const int64_t queued = write_review(path("review.jsonl"), rows_, labels_,
                                      0.35, tokenizer_.get());
  EXPECT_EQ(queued, 2);  // places 1 and 3: 0.1 and 0.3
  const std::vector<std::string> lines = read_lines(path("review.jsonl"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(parse_json(lines[0], "row")["place"], 1);
  EXPECT_EQ(parse_json(lines[1], "row")["place"], 3);
  EXPECT_TRUE(parse_json(lines[0], "row")["verdict"].is_null());
}

TEST_F(LabelNotes, VerdictsChangeLabels) {
  write_review(path("review.jsonl"), rows_, labels_, 0.35, tokenizer_.get());
  std::vector<std::string> lines = read_lines(path("review.jsonl"));
  ASSERT_EQ(lines.size(), 3U);
  const auto judged = [](const std::string& line, const Json& verdict,
                         const Json& corrected) {
    Json row = parse_json(line, "row");
    row["verdict"] = verdict;
    row["corrected"] = corrected;
    return row.dump() + "\n";
  };
  write_file_atomically(path("review.jsonl"),
                        judged(lines[0], "reject", nullptr) +
                            judged(lines[1], "rewrite", " the") +
                            judged(lines[2], "accept", nullptr));
  const Reviewed counts =
      apply_review(path("review.jsonl"), rows_, tokenizer_.get(), labels_);
  EXPECT_EQ(counts.accepted + counts.rejected + counts.rewritten, 3);
  EXPECT_EQ(labels_[0][1].id, -1);
  EXPECT_EQ(labels_[0][2].id,
            tokenizer_->encode(" the", {.special_tokens = false}).front());
  EXPECT_EQ(labels_[0][3].id, rows_.rows()[0].ids[2]);
  write_file_atomically(path("review.jsonl"), judged(lines[0], "perhaps", {}));
  EXPECT_THROW(
      apply_review(path("review.jsonl"), rows_, tokenizer_.get(), labels_),
      Error);
}

}  // namespace
}  // namespace lethe
