// What the forget texts are about, for methods that must name it.
#pragma once

#include <string>
#include <vector>

#include "harness/plugin/method.h"

namespace lethe {

// The anchors of the forget texts (harness/anchors), most particular first,
// against a text file as background; "": the retain texts.
// Throws: usage error that names `method` when there are none.
std::vector<std::string> found_terms(const Context& context,
                                     const std::string& background,
                                     const std::string& method);

}  // namespace lethe
