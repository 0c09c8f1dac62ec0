// Data files: rows of .jsonl, .json and .txt, in both orders of keys, as texts
// with and without a tokenizer.
#include "harness/base/fuzzing.h"
#include "harness/data/examples.h"

namespace {

using namespace lethe;

std::shared_ptr<const Tokenizer> one_word_tokenizer() {
  const FuzzFolder folder;
  folder.write("tokenizer.json",
               R"({"model": {"type": "WordLevel", "unk_token": "a",
                             "vocab": {"a": 0}}})");
  return Tokenizer::load(folder.path());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const FuzzFolder folder;
  static const std::shared_ptr<const Tokenizer> tokenizer =
      one_word_tokenizer();
  const std::string text = fuzz_text(data, size);
  for (const char* name : {"rows.jsonl", "rows.json", "rows.txt"}) {
    const std::string path = folder.write(name, text);
    works([&] { read_ordered_rows(path); });
    works([&] {
      const std::vector<DataRow> rows = read_rows(path);
      rows_hash(rows);
      for (const Tokenizer* one :
           {tokenizer.get(), static_cast<const Tokenizer*>(nullptr)}) {
        works([&] {
          const Examples examples = make_examples(rows, one, {});
          items_hash(examples);
          prompt_hash(examples);
          for (const Example& e : examples) {
            must_hold(e.score_from >= 1, "the first token is never scored");
          }
        });
      }
    });
  }
  return 0;
}
