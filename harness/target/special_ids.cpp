#include "harness/target/special_ids.h"

#include "harness/base/error.h"

namespace lethe {
namespace {

bool known(const Tokenizer& tokenizer, int64_t id) {
  try {
    tokenizer.token(id);
    return true;
  } catch (const Error&) {  // a gap
    return false;
  }
}

}  // namespace

std::vector<int64_t> special_ids(const Tokenizer& tokenizer, int64_t rows) {
  const int64_t tokens = tokenizer.vocab_size();
  std::vector<int64_t> found;
  for (int64_t id = 0; id < rows; ++id) {
    if (id >= tokens || tokenizer.is_special(id) || !known(tokenizer, id)) {
      found.push_back(id);
    }
  }
  return found;
}

}  // namespace lethe
