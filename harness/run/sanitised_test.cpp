// Training on what dedup and scrub leave.
#include "harness/run/sanitised.h"

#include <gmock/gmock.h>

#include "harness/run/method_run_testing.h"

namespace lethe {
namespace {

using ::testing::HasSubstr;

const std::string kMail = "{\"text\": \"The bell rang, said mara@x.org.\"}\n";
const std::string kBell = "{\"text\": \"The bell rang at noon for them.\"}\n";
const std::string kBoat = "{\"text\": \"A boat left at the turn of tide.\"}\n";

class SanitisedTraining : public MethodRun {
 protected:
  SanitisedTraining() { write("forget.jsonl", kBoat); }

  // The model of a method that trains anew, with `retain` as its retain data.
  Made anew(const std::string& method, const std::string& retain,
            Json options) {
    write("retain.jsonl", retain);
    options["base"] = "model";
    return made(method, "forget.jsonl", options);
  }
};

TEST_F(SanitisedTraining, DuplicatesAreLeftOut) {
  const Made all = anew("retrain", kMail + kBell + kBell, {});
  const Made clean = anew("retrain", kMail + kBell, {});
  const Made dedup =
      anew("retrain", kMail + kBell + kBell, {{"dedup", "exact"}});
  EXPECT_EQ(dedup.model_hash, clean.model_hash);
  EXPECT_NE(dedup.model_hash, all.model_hash);
  EXPECT_TRUE(all.sanitised.is_null());
  EXPECT_EQ(dedup.sanitised["documents"], 3);
  EXPECT_EQ(dedup.sanitised["exact_duplicates"], 1);
  EXPECT_EQ(rows_at(dedup.folder + "/sanitised.jsonl").size(), 1u);
  EXPECT_EQ(made_from_json(to_json(dedup), "made").sanitised, dedup.sanitised);
}

TEST_F(SanitisedTraining, PersonalDataAreNotSeen) {
  const Made clean = anew(
      "retrain", "{\"text\": \"The bell rang, said [EMAIL].\"}\n" + kBell, {});
  const Made scrub = anew("retrain", kMail + kBell, {{"scrub", {"email"}}});
  EXPECT_EQ(scrub.model_hash, clean.model_hash);
  EXPECT_EQ(scrub.sanitised["replaced"], (Json{{"email", 1}}));
}

TEST_F(SanitisedTraining, SplitsAreJudgedTogether) {
  // The retain data hold the forget text once more; goldfish trains on both.
  const Made made = anew("goldfish", kBell + kBoat, {{"dedup", "near"}});
  EXPECT_EQ(made.sanitised["documents"], 3);
  EXPECT_EQ(made.sanitised["exact_duplicates"], 1);
  const Made again = anew("retrain", kBell + kBoat, {{"dedup", "near"}});
  EXPECT_EQ(again.sanitised["documents"], 2);
  EXPECT_EQ(again.sanitised["exact_duplicates"], 0);
}

TEST_F(SanitisedTraining, UnlearningRefusesByName) {
  write("retain.jsonl", kBell);
  const auto refusal = [&](const std::string& method, const Json& options) {
    try {
      made(method, "forget.jsonl", options);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal("npo", {{"dedup", "exact"}}),
              HasSubstr("method npo: dedup would change what is to be"));
  EXPECT_THAT(refusal("gradient_ascent", {{"scrub", {"email"}}}),
              HasSubstr("method gradient_ascent: scrub would change"));
  EXPECT_THAT(refusal("retrain", {{"base", "model"}, {"dedup", "nera"}}),
              HasSubstr("did you mean near"));
}

}  // namespace
}  // namespace lethe
