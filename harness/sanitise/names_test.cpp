#include "harness/sanitise/names.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

std::vector<std::string> without_names(const std::vector<std::string>& texts) {
  std::vector<std::string> plain;
  const FoundPersonalNames found = find_personal_names(texts);
  for (size_t i = 0; i < texts.size(); ++i) {
    plain.push_back(scrubbed(texts[i], found.spans[i]));
  }
  return plain;
}

TEST(PersonalNames, AreFoundByTheirCapitals) {
  const auto plain = without_names(
      {"Yesterday Mr. Abel Quinlan met Odile Verrin in Pitch Lane, and the "
       "door of Quinlan’s house was open."});
  EXPECT_EQ(plain[0],
            "Yesterday Mr. [NAME] met [NAME] in [NAME], and the door of "
            "[NAME]’s house was open.");
}

TEST(PersonalNames, OneTextShowsWhatIsANameInAll) {
  const auto plain = without_names({"We saw that Quinlan was kind.",
                                    "Quinlan left. QUINLAN! The door closed.",
                                    "The door was open."});
  EXPECT_EQ(plain[0], "We saw that [NAME] was kind.");
  EXPECT_EQ(plain[1], "[NAME] left. [NAME]! The door closed.");
  EXPECT_EQ(plain[2], "The door was open.");
}

TEST(PersonalNames, MonthsAndNationsAreNone) {
  const std::string text = "It was in May that the French came on a Monday.";
  EXPECT_EQ(without_names({text})[0], text);
}

TEST(PersonalNames, StandOnBordersOfCharacters) {
  const auto plain =
      without_names({"Dort sah man, dass Ödön Šimková im Haus war – Ödön!"});
  EXPECT_NE(plain[0].find("dass [NAME] im"), std::string::npos) << plain[0];
  EXPECT_EQ(plain[0].find("Ödön"), std::string::npos) << plain[0];
}

TEST(PersonalNames, CountWords) {
  const FoundPersonalNames found =
      find_personal_names({"We saw Abel Quinlan there.", ""});
  EXPECT_EQ(found.words, 5);
  EXPECT_EQ(found.name_words, 2);
  EXPECT_TRUE(found.spans[1].empty());
}

}  // namespace
}  // namespace lethe
