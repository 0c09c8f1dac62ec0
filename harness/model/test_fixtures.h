// Golden folders for parity tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "harness/tensor/compute.h"

namespace lethe {

// LETHE_FIXTURES, empty when it is not set.
inline std::string fixtures() {
  const char* folder = std::getenv("LETHE_FIXTURES");
  return folder == nullptr ? "" : folder;
}

// The device that tests run on: LETHE_TEST_DEVICE, else the CPU.
inline Compute test_compute() {
  const char* device = std::getenv("LETHE_TEST_DEVICE");
  ComputeOptions options;
  options.device = device == nullptr ? "cpu" : device;
  options.dtype = "float32";
  options.threads = 1;  // the models of tests are tiny
  return start_compute(options);
}

}  // namespace lethe

#define LETHE_NEEDS_FIXTURES() \
  if (lethe::fixtures().empty()) GTEST_SKIP() << "LETHE_FIXTURES is not set"
