// tokenizer.json, then a text, then tokenizer_config.json, divided by zero
// bytes: loads, encodes the text and decodes its ids.
#include "harness/base/fuzzing.h"
#include "harness/text/tokenizer_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lethe;
  static const FuzzFolder folder;
  const std::vector<std::string> texts = fuzz_texts(data, size, 3);
  folder.write("tokenizer.json", texts[0]);
  folder.write("tokenizer_config.json", texts[2].empty() ? "{}" : texts[2]);
  try_tokenizer(folder.path(), texts[1]);
  return 0;
}
