// Rotary positions: how fast each pair of a head's values turns.
//
// Su et al. 2021, arXiv:2104.09864; scaled forms as transformers 5.23.0 has
// them (modeling_rope_utils): linear, dynamic (NTK), yarn (arXiv:2309.00071),
// longrope (arXiv:2402.13753), llama3.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/tensor/tensor.h"

namespace lethe {

struct Rope {
  // default, linear, dynamic, yarn, longrope, llama3
  std::string type = "default";
  double theta = 10000;
  int64_t dim = 0;  // rotated values of each head, even; 0: no rotation
  double factor = 1;
  // llama3: wavelengths between original_positions / high and / low are
  // blended.
  double low_freq_factor = 1, high_freq_factor = 4;
  // yarn: turns over original_positions between which frequencies are blended.
  double beta_fast = 32, beta_slow = 1;
  bool truncate = true;         // yarn: the blend's ends are whole numbers
  double attention_factor = 1;  // of cosines and sines
  int64_t original_positions = 0;
  std::vector<double> short_factors;  // longrope: of each pair, [dim / 2]
};

// What a family's rotary positions are when config.json does not say.
struct RopeDefaults {
  double theta = 10000;
  double partial = 1;              // rotated share of each head
  int64_t original_positions = 0;  // 0: max_position_embeddings
};

// Both spellings of config.json: rope_parameters, or rope_theta, rope_scaling,
// partial_rotary_factor, rotary_pct and rotary_emb_base.
// Throws: input error that names an unknown type or a missing or bad number.
Rope rope_from_json(const Json& json, const std::string& where,
                    int64_t head_dim, int64_t max_positions,
                    const RopeDefaults& defaults = {});

// The positions that these frequencies hold for, at most `max_positions`.
// longrope has other ones for texts longer than the original window: such texts
// are not read, the model's window is the original one.
int64_t rope_window(const Rope& rope, int64_t max_positions);

// Radians a position, [dim / 2] float32. `dynamic` is as plain up to the
// model's window, which is all that is read.
Tensor rope_frequencies(const Rope& rope);

// Cosines, then sines, [N, dim], of positions [N]; float32.
Tensor rotation(const Rope& rope, const Tensor& frequencies,
                const Tensor& positions);

// Turns the first `dim` values of each head [N, heads, D] by halves;
// `turns` is [N, dim].
Tensor rotate(const Tensor& heads, const Tensor& turns);

}  // namespace lethe
