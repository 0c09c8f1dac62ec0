// The random numbers of Python's `random` module, bit for bit: few-shot
// examples and bootstraps of lm-eval depend on them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lethe {

// random.Random(seed), CPython 3.11: MT19937 (Matsumoto and Nishimura 1998)
// started by init_by_array.
class PythonRandom {
 public:
  explicit PythonRandom(uint32_t seed);

  uint32_t next();           // getrandbits(32)
  double uniform();          // random(): [0, 1), 53 bits
  int64_t below(int64_t n);  // randrange(n); REQUIRES: 0 < n < 2^31

  // sample(range(n), k). REQUIRES: k <= n.
  std::vector<int64_t> sample(int64_t n, int64_t k);

 private:
  void refill();

  std::array<uint32_t, 624> state_;
  size_t at_ = 624;
};

}  // namespace lethe
