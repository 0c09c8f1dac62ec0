// Where and in which type tensors are computed.
#pragma once

#include <string>

#include "harness/tensor/compute_options.h"
#include "harness/tensor/tensor.h"

namespace lethe {

struct Compute {
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;

  std::string device_name() const;  // "cpu", "cuda:0"
  std::string dtype_name() const;   // "float32"
};

// Sets threads and determinism for the process, loads the CUDA libraries when
// asked for and resolves "auto": CUDA when there is a device, else the CPU;
// float32 on the CPU, bfloat16 on CUDA.
// Throws: usage error for an unknown name; for cuda without a device or without
// its libraries (never a silent CPU run).
Compute start_compute(const ComputeOptions& options);

// float32, bfloat16, float16, ...: names as in config.json and safetensors.
std::string dtype_name(at::ScalarType dtype);
// Throws: usage error with near names.
at::ScalarType dtype_from_name(const std::string& name);

// The version of LibTorch, "2.11.0".
std::string torch_version();

// A one-dimensional int64 tensor of these numbers on `device`.
Tensor int_tensor(const std::vector<int64_t>& numbers, at::Device device);

// The numbers of a tensor of any shape: one transfer.
std::vector<int64_t> to_ints(const Tensor& tensor);
std::vector<float> to_floats(const Tensor& tensor);

// Peak resident memory of this process in bytes, and of the device (0 on CPU).
int64_t peak_bytes();
int64_t device_peak_bytes(at::Device device);
// Lets the next `bytes` of the heap lie in large pages where the system offers
// them: products of large matrices look up fewer addresses. Takes no memory.
void prefer_large_pages(int64_t bytes);

// Resident memory of this process, bytes.
int64_t resident_bytes();
// Starts a new measurement of peak_bytes where the kernel allows it.
void reset_peak_bytes();

}  // namespace lethe
