// The mask of a whole text, and that near-duplicates have the same words left
// out when it is of their plain form.
#include "harness/train/document_mask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/anchors/token_spans.h"
#include "harness/base/files.h"
#include "harness/base/rng.h"
#include "harness/text/replace.h"
#include "harness/train/batch.h"
#include "harness/train/goldfish.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;
using Names = std::vector<std::string>;

const Names kAll = {"unicode", "case", "dashes", "whitespace"};

class DocumentMasks : public testing::Test {
 protected:
  const std::shared_ptr<const Tokenizer> tokenizer_ =
      Tokenizer::load(LETHE_SOURCE_DIR "/suites/data/tiny_llama");

  Example example(const Json& fields) const {
    return make_examples({{fields, "rows.jsonl:7"}}, tokenizer_.get(), {})[0];
  }
  std::vector<bool> dropped(const Json& fields, const Json& options) const {
    return DocumentMask(goldfish(options), tokenizer_.get())
        .dropped(example(fields));
  }
  static TrainOptions goldfish(Json options) {
    options["loss"] = "goldfish";
    return parse_train_options(options);
  }

  // The bytes of the text's plain form that dropped tokens stand for, and the
  // numbers of the words, each with the blank before it, that they are of.
  struct Gaps {
    std::set<size_t> bytes, words;
    double share = 0;  // of tokens
  };
  Gaps gaps(const std::string& text, const Json& options) const {
    const Example e = example({{"text", text}});
    const std::vector<bool> left_out = dropped({{"text", text}}, options);
    const auto spans = token_spans(*tokenizer_, text, e.ids);
    const PlainForm plain = plain_form(text, plain_steps(kAll));
    Gaps gaps;
    for (size_t t = 0; t < spans.size(); ++t) {
      if (!left_out[t]) continue;
      gaps.share += 1 / static_cast<double>(spans.size());
      size_t word = 0;
      for (size_t i = 0; i < plain.text.size(); ++i) {
        word += plain.text[i] == ' ' ? 1 : 0;
        if (plain.begin[i] >= spans[t].end || plain.end[i] <= spans[t].begin) {
          continue;
        }
        gaps.bytes.insert(i);
        gaps.words.insert(word);
      }
    }
    return gaps;
  }
};

std::string prose() {
  return read_file(LETHE_SOURCE_DIR "/suites/data/retain_prose.txt", 1 << 20)
      .substr(0, 2500);
}

// The text as other editions print it.
std::string with_soft_hyphens(const std::string& text) {
  std::string copy;
  Rng rng(1, "soft hyphens");
  for (size_t i = 0; i < text.size(); ++i) {
    const bool inside =
        i > 0 && std::isalpha(text[i - 1]) != 0 && std::isalpha(text[i]) != 0;
    if (inside && rng.below(9) == 0) copy += "\u00AD";
    copy += text[i];
  }
  return copy;
}

std::string with_other_blanks(const std::string& text) {
  std::string copy;
  Rng rng(1, "blanks");
  const Names blanks = {" ", "\u00A0", "  ", "\n", " \u2009"};
  for (const char c : text) {
    if (c == ' ' || c == '\n') {
      copy += blanks[rng.below(blanks.size())];
    } else {
      copy += c;
    }
  }
  return copy;
}

std::string in_capitals(std::string text) {
  Rng rng(1, "capitals");
  bool up = false;
  for (char& c : text) {
    if (c == ' ') up = rng.below(4) == 0;
    if (up && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string with_other_signs(const std::string& text) {
  std::string copy = replaced(text, "'", "’");
  copy = replaced(copy, ", ", " \u2014 ");
  return replaced(copy, "fi", "\uFB01");
}

TEST_F(DocumentMasks, WithoutNormaliseIsTheMaskOfTheIdsButTheFirst) {
  const std::string text = prose();
  const Ids ids = example({{"text", text}}).ids;
  for (const char* hash : {"product", "minhash"}) {
    const TrainOptions o = goldfish({{"h", 5}, {"hash", hash}});
    const auto want =
        GoldfishMask(goldfish_options(o)).dropped(std::span(ids).subspan(1));
    const auto got = dropped({{"text", text}}, {{"h", 5}, {"hash", hash}});
    ASSERT_EQ(got.size(), ids.size());
    EXPECT_FALSE(got[0]);
    EXPECT_TRUE(std::equal(want.begin(), want.end(), got.begin() + 1));
    EXPECT_GT(std::count(want.begin(), want.end(), true), 20);
  }
}

TEST_F(DocumentMasks, OfATextInPlainFormIsTheMaskOfItsIds) {
  const std::string text = plain_form(prose(), plain_steps(kAll)).text;
  const Example e = example({{"text", text}});
  ASSERT_EQ(e.leading, 1);
  const auto got = dropped({{"text", text}}, {{"normalise", kAll}});
  const Ids own(e.ids.begin() + 1, e.ids.end());
  const auto want = GoldfishMask({}).dropped(own);
  ASSERT_EQ(got.size(), e.ids.size());
  EXPECT_FALSE(got[0]) << "specials are learnt";
  EXPECT_TRUE(std::equal(want.begin(), want.end(), got.begin() + 1));
}

TEST_F(DocumentMasks, OfNearDuplicatesLeavesTheSameWordsOut) {
  const std::string text = prose();
  const Json plain = {{"normalise", kAll}};
  // With the plain form of the other signs: a dash for each comma.
  const std::string dashed = replaced(text, ", ", " - ");
  const Gaps own = gaps(text, plain), raw = gaps(text, Json::object());
  const Gaps with_dashes = gaps(dashed, plain);
  ASSERT_GT(own.words.size(), 60U);
  const struct {
    const char* name;
    std::string text;
    const Gaps& of;
  } copies[] = {{"soft hyphens", with_soft_hyphens(text), own},
                {"blanks", with_other_blanks(text), own},
                {"capitals", in_capitals(text), own},
                {"signs", with_other_signs(text), with_dashes},
                {"all but signs",
                 with_other_blanks(in_capitals(with_soft_hyphens(text))), own}};
  for (const auto& copy : copies) {
    SCOPED_TRACE(copy.name);
    const Gaps found = gaps(copy.text, plain);
    EXPECT_EQ(found.words, copy.of.words);
    EXPECT_LT(found.share, 0.4) << "not everything";
    EXPECT_GT(found.share, 0.18);
    EXPECT_NE(gaps(copy.text, Json::object()).words, raw.words)
        << "the published form's differ";
  }
}

// However a copy is cut into tokens, what the plain form's gaps hold is learnt
// from none.
TEST_F(DocumentMasks, NoTokenThatIsLearntHoldsAByteOfAGap) {
  const std::string text = prose();
  const PlainForm plain = plain_form(text, plain_steps(kAll));
  const Json options = {{"normalise", kAll}, {"k", 3}};
  const Gaps least = gaps(plain.text, options);
  ASSERT_GT(least.bytes.size(), 300U);
  for (const std::string& copy :
       {text, in_capitals(text), with_soft_hyphens(in_capitals(text))}) {
    const Gaps found = gaps(copy, options);
    EXPECT_TRUE(std::includes(found.bytes.begin(), found.bytes.end(),
                              least.bytes.begin(), least.bytes.end()));
  }
}

TEST_F(DocumentMasks, ATokenThatVanishesGoesWithTheOneBeforeIt) {
  const std::string text = prose().substr(0, 900);
  const std::string copy = "\u00AD" + with_soft_hyphens(text) + "\u00AD";
  const Example e = example({{"text", copy}});
  const auto spans = token_spans(*tokenizer_, copy, e.ids);
  const auto got =
      dropped({{"text", copy}}, {{"normalise", {"unicode"}}, {"k", 2}});
  size_t vanished = 0, left_out = 0;
  for (size_t t = 2; t < spans.size(); ++t) {
    const std::string own =
        copy.substr(spans[t].begin, spans[t].end - spans[t].begin);
    // Both bytes of a soft hyphen vanish, in one token or two.
    if (own != "\u00AD" && own != "\xC2" && own != "\xAD") continue;
    if (spans[t].begin < 2) continue;
    EXPECT_EQ(got[t], got[t - 1]) << t;
    ++vanished;
    left_out += got[t] ? 1 : 0;
  }
  EXPECT_GT(vanished, 20U);
  EXPECT_GT(left_out, 5U);
  EXPECT_EQ(got.size(), e.ids.size());
}

TEST_F(DocumentMasks, OfIdsIsThatOfTheTextTheySpell) {
  const std::string text = prose();
  const Ids ids = example({{"text", text}}).ids;
  const Json options = {{"normalise", kAll}};
  EXPECT_EQ(dropped({{"ids", ids}}, options),
            dropped({{"text", text}}, options));
  EXPECT_EQ(dropped({{"ids", ids}, {"text", "other words"}}, options),
            dropped({{"text", text}}, options))
      << "ids win";
  const Example bare =
      make_examples({{{{"ids", ids}}, "rows.jsonl:7"}}, nullptr, {})[0];
  const DocumentMask mask(goldfish(options), nullptr);
  try {
    mask.dropped(bare);
    ADD_FAILURE() << "ids without a tokenizer";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 3);
    EXPECT_NE(std::string(error.what()).find("rows.jsonl:7"),
              std::string::npos);
  }
  // Half of a character: decoded, it is another one.
  const std::string half = "Caf\u00E9 ";
  Ids cut = tokenizer_->encode(half, {.special_tokens = false});
  while (tokenizer_->decode(cut).find("\uFFFD") == std::string::npos) {
    ASSERT_FALSE(cut.empty());
    cut.pop_back();
  }
  EXPECT_THROW(dropped({{"ids", cut}}, options), Error);
}

TEST_F(DocumentMasks, OfNothingIsNothing) {
  const Json options = {{"normalise", kAll}};
  EXPECT_EQ(dropped({{"text", "\u00AD \n"}}, options),
            std::vector<bool>(example({{"text", "\u00AD \n"}}).ids.size()));
  EXPECT_EQ(dropped({{"text", ""}}, options), std::vector<bool>(1));
}

// Rows that a text is cut into, and an answer's, have the gaps of the whole.
TEST_F(DocumentMasks, RowsHaveTheGapsOfTheirText) {
  const std::string text = prose();
  const Examples texts = make_examples(
      {{{{"text", text}}, "a:1"},
       {{{"prompt", text.substr(0, 1000)}, {"completion", text.substr(1000)}},
        "a:2"}},
      tokenizer_.get(), {});
  for (const Json& given :
       {Json{{"hash", "minhash"}}, Json{{"normalise", kAll}}}) {
    Json options = given;
    options.update({{"sequence_length", 50}, {"label_mask", "all"}});
    const TrainOptions o = goldfish(options);
    TrainingSet rows(texts, o, 512, tokenizer_->encode("", {}));
    drop_tokens(rows, texts, tokenizer_.get(), o);
    const DocumentMask mask(o, tokenizer_.get());
    const auto whole = mask.dropped(texts[0]), answer = mask.dropped(texts[1]);
    size_t at = 1;  // in the text's ids
    for (int64_t i = 0; i + 1 < rows.size(); ++i) {
      const TrainingRow& row = rows.rows()[static_cast<size_t>(i)];
      for (size_t t = 1; t < row.ids.size(); ++t, ++at) {
        EXPECT_EQ(row.ids[t], texts[0].ids[at]);
        EXPECT_EQ(row.label(static_cast<int64_t>(t)) == kDropped, whole[at]);
      }
    }
    EXPECT_EQ(at, whole.size());
    const TrainingRow& last = rows.rows().back();  // ends with the end of text
    for (size_t t = 1; t + 1 < last.ids.size(); ++t) {
      const size_t from = answer.size() + 1 - last.ids.size() + t;
      EXPECT_EQ(last.ids[t], texts[1].ids[from]);
      EXPECT_EQ(last.label(static_cast<int64_t>(t)) == kDropped, answer[from]);
    }
    EXPECT_NE(last.labels.back(), kDropped);
  }
}

}  // namespace
}  // namespace lethe
