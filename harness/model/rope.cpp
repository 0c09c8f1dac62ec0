#include "harness/model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "harness/model/config.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// A positive, finite number.
double positive(const Json& json, const std::string& key,
                const std::string& where) {
  const double value = require_number(json, key, where);
  if (!(value > 0) || !std::isfinite(value)) {
    fail_input(where, fmt::format("\"{}\" is {}", key, value),
               "it must be above 0");
  }
  return value;
}

double positive(const Json& json, const std::string& key,
                const std::string& where, double fallback) {
  const bool absent = !json.contains(key) || json[key].is_null();
  return absent ? fallback : positive(json, key, where);
}

// The object that describes the scaling; null when there is none.
Json rope_object(const Json& json, const std::string& where) {
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (!json.contains(key) || json[key].is_null()) continue;
    if (!json[key].is_object()) {
      fail_input(where, fmt::format("\"{}\" is no object", key),
                 "write e.g. {\"rope_type\": \"linear\", \"factor\": 2.0}");
    }
    for (const auto& [name, value] : json[key].items()) {
      if (!value.is_object()) continue;
      fail_input(where, fmt::format("\"{}\" differs by layer ({})", key, name),
                 "one rotary form for all layers is supported");
    }
    return json[key];
  }
  return Json::object();
}

double yarn_scale(double factor, double mscale) {
  return factor <= 1 ? 1 : 0.1 * mscale * std::log(factor) + 1;
}

// yarn's factor of cosines and sines.
double yarn_attention(const Json& rope, const std::string& where,
                      double factor) {
  const double mscale = config_number(rope, "mscale", where, 0);
  const double all = config_number(rope, "mscale_all_dim", where, 0);
  const double usual = mscale != 0 && all != 0 ? yarn_scale(factor, mscale) /
                                                     yarn_scale(factor, all)
                                               : yarn_scale(factor, 1);
  const double scale = positive(rope, "attention_factor", where, usual);
  if (!(scale > 0) || !std::isfinite(scale)) {
    fail_input(where, fmt::format("yarn's attention factor is {}", scale),
               "check factor, mscale and mscale_all_dim");
  }
  return scale;
}

// longrope's factor of each pair for texts within the original window.
std::vector<double> short_factors(const Json& rope, const std::string& where,
                                  int64_t pairs) {
  for (const char* key : {"short_factor", "long_factor"}) {
    const bool list = rope.contains(key) && rope[key].is_array();
    if (!list || static_cast<int64_t>(rope[key].size()) != pairs) {
      fail_input(where,
                 fmt::format("\"{}\" is no list of {} numbers", key, pairs),
                 "longrope has one for each pair of rotated values");
    }
    for (const Json& value : rope[key]) {
      if (value.is_number() && value.get<double>() > 0) continue;
      fail_input(where, fmt::format("\"{}\" has {}", key, value.dump()),
                 "each must be a number above 0");
    }
  }
  return rope["short_factor"].get<std::vector<double>>();
}

void read_longrope(const Json& rope, const std::string& where, double ratio,
                   Rope& r) {
  const double factor = positive(rope, "factor", where, ratio);
  const auto original = static_cast<double>(r.original_positions);
  const double usual =
      factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(original));
  r.attention_factor = positive(rope, "attention_factor", where, usual);
  r.short_factors = short_factors(rope, where, r.dim / 2);
}

// The window before it was scaled: the model's own key goes first, as in the
// peer.
int64_t original_positions(const Json& json, const Json& rope,
                           const std::string& where, int64_t fallback) {
  const char* key = "original_max_position_embeddings";
  return config_size(json, key, where, config_size(rope, key, where, fallback));
}

void read_scaling(const Json& rope, const std::string& where,
                  int64_t max_positions, Rope& r) {
  const double ratio = static_cast<double>(max_positions) /
                       static_cast<double>(r.original_positions);
  if (r.type == "default") return;
  if (r.type == "longrope") return read_longrope(rope, where, ratio, r);
  // yarn: the ratio of the windows stands for a factor that is not given.
  const bool from_ratio = r.type == "yarn" && ratio > 1;
  r.factor = from_ratio ? positive(rope, "factor", where, ratio)
                        : positive(rope, "factor", where);
  if (r.type == "llama3") {
    r.low_freq_factor = positive(rope, "low_freq_factor", where);
    r.high_freq_factor = positive(rope, "high_freq_factor", where);
    if (r.high_freq_factor <= r.low_freq_factor) {
      fail_input(where, "\"high_freq_factor\" is not above \"low_freq_factor\"",
                 "check rope_scaling");
    }
  }
  if (r.type == "yarn") {
    if (r.theta == 1) {
      fail_input(where, "rope_theta is 1, so that every pair turns alike",
                 "yarn needs another one, e.g. 10000");
    }
    r.beta_fast = positive(rope, "beta_fast", where, 32);
    r.beta_slow = positive(rope, "beta_slow", where, 1);
    r.truncate = config_flag(rope, "truncate", where, true);
    r.attention_factor = yarn_attention(rope, where, r.factor);
  }
}

Tensor llama3_frequencies(const Rope& r, const Tensor& plain) {
  const auto old = static_cast<double>(r.original_positions);
  const Tensor wavelength = 2 * std::numbers::pi / plain;
  const Tensor smooth = (old / wavelength - r.low_freq_factor) /
                        (r.high_freq_factor - r.low_freq_factor);
  const Tensor blended = (1 - smooth) * plain / r.factor + smooth * plain;
  const Tensor low = wavelength > old / r.low_freq_factor;
  const Tensor high = wavelength < old / r.high_freq_factor;
  return at::where(low, plain / r.factor, at::where(high, plain, blended));
}

Tensor yarn_frequencies(const Rope& r, const Tensor& plain) {
  // The pair that makes `turns` turns over the original positions.
  const auto pair_of = [&](double turns) {
    return static_cast<double>(r.dim) *
           std::log(static_cast<double>(r.original_positions) /
                    (turns * 2 * std::numbers::pi)) /
           (2 * std::log(r.theta));
  };
  double low = pair_of(r.beta_fast), high = pair_of(r.beta_slow);
  if (r.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(r.dim - 1));
  if (low == high) high += 0.001;
  const Tensor pairs = at::arange(plain.size(0), at::TensorOptions(at::kFloat));
  const Tensor ramp = ((pairs - low) / (high - low)).clamp(0, 1);
  return plain / r.factor * ramp + plain * (1 - ramp);
}

}  // namespace

Rope rope_from_json(const Json& json, const std::string& where,
                    int64_t head_dim, int64_t max_positions,
                    const RopeDefaults& defaults) {
  const Json rope = rope_object(json, where);
  Rope r;
  r.type = config_string(rope, "rope_type", where,
                         config_string(rope, "type", where, "default"));
  const std::vector<std::string> known = {"default", "linear",   "dynamic",
                                          "yarn",    "longrope", "llama3"};
  if (std::find(known.begin(), known.end(), r.type) == known.end()) {
    fail_input(where, fmt::format("rope type \"{}\" is not supported", r.type),
               "supported: default, linear, dynamic, yarn, longrope, llama3");
  }
  r.theta = positive(json, "rotary_emb_base", where, defaults.theta);
  r.theta = positive(json, "rope_theta", where, r.theta);
  r.theta = positive(rope, "rope_theta", where, r.theta);
  double partial = positive(json, "rotary_pct", where, defaults.partial);
  partial = positive(json, "partial_rotary_factor", where, partial);
  partial = positive(rope, "partial_rotary_factor", where, partial);
  if (partial > 1) {
    fail_input(where, fmt::format("{} of each head is rotated", partial),
               "partial_rotary_factor is at most 1");
  }
  r.dim = static_cast<int64_t>(static_cast<double>(head_dim) * partial);
  if (r.dim < 2 || r.dim % 2 != 0) {
    fail_input(where, fmt::format("{} values of a head are rotated", r.dim),
               "rotary positions need an even number");
  }
  const int64_t original = defaults.original_positions;
  r.original_positions = original_positions(
      json, rope, where, original == 0 ? max_positions : original);
  read_scaling(rope, where, max_positions, r);
  return r;
}

int64_t rope_window(const Rope& rope, int64_t max_positions) {
  return rope.type == "longrope"
             ? std::min(max_positions, rope.original_positions)
             : max_positions;
}

Tensor rope_frequencies(const Rope& r) {
  const Tensor even = at::arange(0, r.dim, 2, at::TensorOptions(at::kFloat));
  const Tensor plain =
      1.0 / at::pow(r.theta, even / static_cast<double>(r.dim));
  if (r.type == "linear") return plain / r.factor;
  if (r.type == "llama3") return llama3_frequencies(r, plain);
  if (r.type == "yarn") return yarn_frequencies(r, plain);
  if (r.type == "longrope") {
    return plain / at::tensor(r.short_factors, plain.options());
  }
  return plain;
}

Tensor rotation(const Rope& rope, const Tensor& frequencies,
                const Tensor& positions) {
  const Tensor angle = at::outer(positions.to(at::kFloat), frequencies);
  const Tensor turns = at::cat({angle.cos(), angle.sin()}, -1);
  return rope.attention_factor == 1 ? turns : turns * rope.attention_factor;
}

Tensor rotate(const Tensor& heads, const Tensor& turns) {
  const int64_t dim = turns.size(1), half = dim / 2, all = heads.size(2);
  const Tensor turn = turns.to(heads.scalar_type()).unsqueeze(1);
  const Tensor cosine = turn.narrow(2, 0, half),
               sine = turn.narrow(2, half, half);
  const Tensor a = heads.narrow(2, 0, half), b = heads.narrow(2, half, half);
  std::vector<Tensor> parts = {a * cosine - b * sine, b * cosine + a * sine};
  if (dim < all) parts.push_back(heads.narrow(2, dim, all - dim));
  return at::cat(parts, -1);
}

}  // namespace lethe
