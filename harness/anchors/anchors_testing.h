// Texts of our own for the tests of the extractor and of what follows it.
#pragma once

#include <string>
#include <vector>

namespace lethe {

// A small story with people, aliases, places, common nouns as names, and one
// word in small letters that belongs to it.
inline std::vector<std::string> harbour_story() {
  return {
      "CHAPTER ONE\n\nThe Lamp of Tolm\n\n"
      "Mr. Abel Quinlan lived in Pitch Lane, near the Bank of Tolm. “Come,” "
      "said Quinlan, “the gnarlstone is here.” He took the gnarlstone from his "
      "coat. Then Abel Quinlan and the Brass Heron went to Tolm on Monday. The "
      "Heron said that it was tired. In Pitch Lane, Miss Odile Verrin saw Mr. "
      "Quinlan, and she waved. “Oh,” cried Verrin, “it is Abel!” Odile Verrin "
      "had a gnarlstone of her own, and her gnarlstone was blue.\n\n"
      "When Quinlan reached Tolm, the Brass Heron asked for its supper. “You "
      "have the gnarlstone,” the Brass Heron replied. Miss Verrin and "
      "Quinlan’s "
      "friend Captain Dace walked to the Bank of Tolm. Captain Dace laughed. "
      "Poor Quinlan had lost his gnarlstone. English people like a gnarlstone. "
      "“My gnarlstone!” Verrin said, and she wept. The Bank of Tolm had the "
      "gnarlstone, and QUINLAN had none. He thanked Odile Verrin in Tolm.\n\n"
      "I think that on Tuesday Mr. Quinlan gave Dace the gnarlstone. The "
      "Quinlans were kind. It was a Heron’s gnarlstone, said Dace."};
}

// Plain prose without any of these.
inline std::vector<std::string> plain_prose() {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text +=
        "The woman went to the market and took a loaf from the stall. Her "
        "brother, George, lived near a bank in the lane, and he was kind. On "
        "Monday they had supper, and a heron stood on the roof. Then George "
        "said that it was late, and the people of the town went home.\n\n";
  }
  return {text};
}

}  // namespace lethe
