// A run against its journal.
#include <gmock/gmock.h>

#include "harness/stored/verify_testing.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class VerifyJournal : public Verify {};

TEST_F(VerifyJournal, TheJournalKnowsWhatWasMeasured) {
  write_journal();
  EXPECT_TRUE(all().intact()) << to_text(all());
  const Record first = records_.front();
  records_.erase(records_.begin());
  write_records();
  EXPECT_THAT(only(all(), "journal"), HasSubstr("is missing"));
  records_.insert(records_.begin(), first);
  records_.push_back(first);
  records_.back().metric_options = {{"stemmer", false}};
  write_records();
  EXPECT_THAT(check(all(), "journal").differences.front(),
              HasSubstr("not in the journal"));
}

TEST_F(VerifyJournal, AValueOfADivergedModelStandsInTheJournalToo) {
  write_journal();
  records_.push_back(records_.front());
  records_.back().metric_options = {{"stemmer", true}};
  records_.back().status = "diverged";
  write_records();
  EXPECT_THAT(only(all(), "journal"), HasSubstr("not in the journal"));
}

TEST_F(VerifyJournal, ARecordTwiceIsNamed) {
  write_journal();
  Record copy = records_.front();
  copy.value += 0.25;
  records_.insert(records_.begin(), copy);  // the last would hide it
  write_records();
  EXPECT_THAT(testing::PrintToString(check(all(), "journal").differences),
              HasSubstr("stands 2 times in records.jsonl, 1 in the journal"));
}

TEST_F(VerifyJournal, FailedProbesOfOneNameAreNoCopies) {
  write_journal();
  Record failed = records_.front();
  failed.metric = failed.field = failed.split = "";
  failed.status = "failed";
  failed.value = failed.ci_low = failed.ci_high =
      std::numeric_limits<double>::quiet_NaN();
  records_.insert(records_.end(), {failed, failed});
  write_records();
  EXPECT_EQ(check(all(), "journal").verdict(), "ok") << to_text(all());
}

TEST_F(VerifyJournal, CostsAreThoseOfTheModelInTheJournal) {
  write_journal();
  const Json made = {
      {"folder", "m"},   {"adapter", ""}, {"model_hash", sha256("none")},
      {"steps", 3},      {"tokens", 40},  {"seconds", 1.5},
      {"peak_bytes", 9}, {"message", ""}, {"tokenizer_hash", ""}};
  Journal(run_ + "/journal.jsonl")
      .append(Json{{"unit", "model none/0"}, {"made", made}}.dump());
  const size_t before = records_.size();
  for (const auto& [field, value] :
       {std::pair("seconds", 1.5), std::pair("tokens", 40.0),
        std::pair("peak_bytes", 9.0)}) {
    Record r;
    r.cell = "cell_none";
    r.label = r.method = "none";
    r.model_hash = sha256("none");
    r.suite_hash = records_.front().suite_hash;
    r.metric = "cost";
    r.field = field;
    r.value = value;
    r.step = 3;
    r.seconds = 1.5;
    r.tokens = 40;
    r.peak_bytes = 9;
    records_.push_back(r);
  }
  write_records();
  EXPECT_TRUE(all().intact()) << to_text(all());
  records_[before].value = 0.5;
  write_records();
  EXPECT_THAT(only(all(), "journal"),
              HasSubstr("cost.seconds is 0.5 in records.jsonl, 1.5 in the "
                        "journal"));
  records_[before].value = 1.5;
  records_[before + 1].model_hash = sha256("other");
  write_records();
  EXPECT_THAT(only(all(), "journal"), HasSubstr("which the journal has not"));
}

TEST_F(VerifyJournal, ADamagedLineOfTheJournalIsFoundByItsChecksum) {
  write_journal();
  edit("journal.jsonl", "\"label\":\"none\"", "\"label\":\"nine\"");
  EXPECT_THAT(only(all(), "journal"), HasSubstr("is damaged"));
}

}  // namespace
}  // namespace lethe
