// config.json of every family, decoders and encoders: numbers that are accepted
// are finite and in range, and so are a classifier's labels.
#include <cmath>

#include "harness/base/fuzzing.h"
#include "harness/model/encoder_config.h"
#include "harness/model/sequence_classifier.h"

namespace {

using namespace lethe;

void check_decoder(const DecoderConfig& c) {
  must_hold(c.layers >= 1 && c.heads >= 1 && c.kv_heads >= 1,
            "there are layers and heads");
  must_hold(c.heads % c.kv_heads == 0, "heads share key-value heads");
  must_hold(c.head_dim >= 1 && c.max_positions >= 1, "sizes are positive");
  must_hold(c.parameters() > 0, "there are weights");
  must_hold(
      c.windows.empty() || static_cast<int64_t>(c.windows.size()) == c.layers,
      "every layer has a window");
  must_hold(c.rope.dim >= 0 && c.rope.dim <= c.head_dim,
            "no more is rotated than there is");
  for (const double number :
       {c.norm_eps, c.rope.theta, c.rope.factor, c.rope.attention_factor,
        c.attention_scale, c.attention_softcap, c.final_softcap, c.clip_qkv,
        c.embedding_scale}) {
    must_hold(std::isfinite(number), "numbers are finite");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  works([&] {
    const Json json = parse_json(fuzz_text(data, size), "config.json");
    works([&] { check_decoder(config_from_json(json, "config.json")); });
    works([&] {
      const EncoderConfig c = encoder_config_from_json(json, "config.json");
      must_hold(c.head_dim() >= 1 && c.layers >= 1, "sizes are positive");
      must_hold(c.window() >= 0 && std::isfinite(c.norm_eps), "is in range");
    });
    works([&] {
      const ClassLabels labels = class_labels_from_json(json, "config.json");
      must_hold(!labels.names.empty() && labels.names.size() <= 10000,
                "there are labels");
      for (const std::string& name : labels.names) {
        must_hold(!name.empty() && name.size() <= 200, "labels are short");
      }
    });
  });
  return 0;
}
