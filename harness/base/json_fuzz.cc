// JSON texts: what is read is the same when it is written and read again.
#include "harness/base/fuzzing.h"
#include "harness/base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lethe;
  const std::string text = fuzz_text(data, size);
  works([&] {
    const Json value = parse_json(text, "input");
    must_hold(parse_json(canonical(value), "again") == value,
              "a value survives writing");
  });
  works([&] { parse_json_with_comments(text, "input"); });
  return 0;
}
