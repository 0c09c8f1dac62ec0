// YAML: what is read has places, and is within the bounds.
#include "harness/base/fuzzing.h"
#include "harness/data/yaml.h"

namespace {

using namespace lethe;

size_t checked(const YamlNode& node, int depth) {
  must_hold(depth <= 66, "values are not nested deeper than the bound");
  must_hold(node.where.starts_with("t.yaml:"), "a value has its place");
  must_hold(!node.shown().empty(), "a value can be shown");
  size_t count = 1;
  for (const YamlNode& item : node.items) count += checked(item, depth + 1);
  for (const auto& [key, value] : node.entries) {
    must_hold(node.find(key) == &value, "a key stands there once");
    count += checked(value, depth + 1);
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = fuzz_text(data, size);
  works([&] {
    must_hold(checked(parse_yaml(text, "t.yaml"), 0) <= 20'000,
              "values are as few as the bound says");
  });
  return 0;
}
