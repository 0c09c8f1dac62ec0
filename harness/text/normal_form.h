// The normal forms of Unicode Standard Annex 15.
#pragma once

#include <string>
#include <string_view>

namespace lethe {

struct NormalForm {
  bool compatible;  // NFKC and NFKD: compatible characters become one
  bool composed;    // NFC and NFKC
};

// `text` in that form, by the tables of the peer's library. REQUIRES: valid
// UTF-8. Linear but for marks in a row: n log n in their number.
std::string normal_form(std::string_view text, NormalForm form);

}  // namespace lethe
