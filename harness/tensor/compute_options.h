// What the command line asks of the computation; no LibTorch.
#pragma once

#include <string>

namespace lethe {

// What --device, --dtype, --threads and --deterministic ask for.
struct ComputeOptions {
  std::string device = "auto";  // auto, cpu, cuda or cuda:N
  std::string dtype = "auto";   // auto, float32, bfloat16 or float16
  int threads = 0;              // 0: all cores
  bool deterministic = false;
};

}  // namespace lethe
