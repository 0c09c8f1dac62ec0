// Vocabulary files of text: tokenizer_config.json, a vocabulary (vocab.json and
// vocab.txt alike), merges.txt, added_tokens.json and a text, divided by zero
// bytes.
#include "harness/base/fuzzing.h"
#include "harness/text/tokenizer_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lethe;
  static const FuzzFolder folder;
  const std::vector<std::string> texts = fuzz_texts(data, size, 5);
  folder.write("tokenizer_config.json", texts[0].empty() ? "{}" : texts[0]);
  folder.write("vocab.json", texts[1]);
  folder.write("vocab.txt", texts[1]);
  folder.write("merges.txt", texts[2]);
  folder.write("added_tokens.json", texts[3].empty() ? "{}" : texts[3]);
  try_tokenizer(folder.path(), texts[4]);
  return 0;
}
