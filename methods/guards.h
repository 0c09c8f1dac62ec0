// What guards share: the model that they stand before, and what the forget
// texts are about.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/plugin/method.h"

namespace lethe {

class Tokenizer;

struct GuardedModel {
  std::string folder;
  std::shared_ptr<const Tokenizer> tokenizer;
};

// The folder `model`, or the run's own if it is empty. Throws: usage error that
// names `method` for one without a tokenizer.
GuardedModel guarded_model(const Context& context, const std::string& model,
                           const std::string& method);

// The anchors of the forget texts (harness/anchors), most particular first,
// against a text file as background; "": the retain texts.
// Throws: usage error that names `method` when there are none.
std::vector<std::string> found_terms(const Context& context,
                                     const std::string& background,
                                     const std::string& method);

}  // namespace lethe
