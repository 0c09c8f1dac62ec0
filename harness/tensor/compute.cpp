#include "harness/tensor/compute.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/core.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <torch/headeronly/version.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include "harness/base/error.h"
#include "harness/base/names.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Large tensors come from the heap and stay there: mapping and unmapping each
// costs 9 % of a scoring run.
void keep_heap() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, -1);
}

// The folder of libtorch_cpu.so.
std::string torch_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&at::get_num_threads), &info) == 0) {
    return "";
  }
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

// Empty when CUDA is usable, else the reason. Must come before anything asks
// ATen about CUDA: the answer is kept from the first call on.
std::string load_cuda() {
  static const std::string reason = []() -> std::string {
    if (dlopen("libcuda.so.1", RTLD_LAZY | RTLD_GLOBAL) == nullptr) {
      return "no NVIDIA driver (libcuda.so.1)";
    }
    const std::string path = torch_folder() + "/libtorch_cuda.so";
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
      const char* what = dlerror();
      return what == nullptr ? "libtorch_cuda.so does not load" : what;
    }
    if (!at::hasCUDA()) return "LibTorch sees no CUDA";
    return at::detail::getCUDAHooks().deviceCount() > 0 ? "" : "no CUDA device";
  }();
  return reason;
}

at::Device resolve_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name == "auto")
    return load_cuda().empty() ? at::Device("cuda:0") : at::Device(at::kCPU);
  if (name.rfind("cuda", 0) != 0) {
    fail_usage("--device", "unknown device \"" + name + "\"",
               suggest(name, {"auto", "cpu", "cuda", "cuda:0"}));
  }
  const std::string reason = load_cuda();
  if (!reason.empty()) {
    fail_usage(
        "--device " + name, reason,
        "run ./dev gpu on a machine with an NVIDIA GPU, or --device cpu");
  }
  const at::Device device(name == "cuda" ? "cuda:0" : name);
  const int count = at::detail::getCUDAHooks().deviceCount();
  if (device.index() >= count) {
    fail_usage("--device " + name,
               fmt::format("there are {} CUDA devices", count),
               "choose cuda:0 to cuda:" + std::to_string(count - 1));
  }
  return device;
}

struct Dtype {
  const char* name;
  at::ScalarType type;
};
constexpr Dtype kDtypes[] = {
    {"float32", at::kFloat}, {"bfloat16", at::kBFloat16},
    {"float16", at::kHalf},  {"float64", at::kDouble},
    {"int64", at::kLong},    {"int32", at::kInt},
    {"int16", at::kShort},   {"int8", at::kChar},
    {"uint8", at::kByte},    {"bool", at::kBool},
};

}  // namespace

std::string Compute::device_name() const { return device.str(); }
std::string Compute::dtype_name() const { return lethe::dtype_name(dtype); }

Compute start_compute(const ComputeOptions& options) {
  keep_heap();
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  at::set_num_threads(options.threads > 0 ? options.threads
                                          : std::max(1, cores));
  Compute compute;
  compute.device = resolve_device(options.device);
  at::globalContext().setDeterministicAlgorithms(options.deterministic, false);
  if (options.dtype == "auto") {
    compute.dtype = compute.device.is_cpu() ? at::kFloat : at::kBFloat16;
  } else {
    compute.dtype = dtype_from_name(options.dtype);
    if (!at::isFloatingType(compute.dtype) || compute.dtype == at::kDouble) {
      fail_usage("--dtype", "\"" + options.dtype + "\" is no compute type",
                 "choose auto, float32, bfloat16 or float16");
    }
  }
  return compute;
}

std::string torch_version() {
  return fmt::format("{}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
                     TORCH_VERSION_PATCH);
}

std::string dtype_name(at::ScalarType dtype) {
  for (const Dtype& known : kDtypes) {
    if (known.type == dtype) return known.name;
  }
  return at::toString(dtype);
}

at::ScalarType dtype_from_name(const std::string& name) {
  std::vector<std::string> names;
  for (const Dtype& known : kDtypes) {
    if (name == known.name) return known.type;
    names.emplace_back(known.name);
  }
  fail_usage(name, "unknown dtype", suggest(name, names));
}

Tensor int_tensor(const std::vector<int64_t>& numbers, at::Device device) {
  const Tensor host = at::empty({static_cast<int64_t>(numbers.size())},
                                at::TensorOptions().dtype(at::kLong));
  if (!numbers.empty()) {
    std::memcpy(host.mutable_data_ptr<int64_t>(), numbers.data(),
                numbers.size() * sizeof(int64_t));
  }
  return device.is_cpu() ? host : host.to(device);
}

std::vector<int64_t> to_ints(const Tensor& tensor) {
  const Tensor host = tensor.to(at::kCPU, at::kLong).contiguous();
  const auto* data = host.const_data_ptr<int64_t>();
  return {data, data + host.numel()};
}

std::vector<float> to_floats(const Tensor& tensor) {
  const Tensor host = tensor.to(at::kCPU, at::kFloat).contiguous();
  const auto* data = host.const_data_ptr<float>();
  return {data, data + host.numel()};
}

// The heap grows by untouched pieces, which are given back to it: it keeps its
// pages (see start_compute), and these are large when they are first touched.
void prefer_large_pages(int64_t bytes) {
  constexpr int64_t kPiece = int64_t{256} << 20, kPage = int64_t{2} << 20;
  std::vector<std::unique_ptr<char, decltype(&std::free)>> pieces;
  for (int64_t left = bytes; left > 0; left -= kPiece) {
    pieces.emplace_back(static_cast<char*>(std::malloc(kPiece)), &std::free);
    char* piece = pieces.back().get();
    if (piece == nullptr) return;
    const auto skipped = static_cast<int64_t>(
        -reinterpret_cast<uintptr_t>(piece) % static_cast<uintptr_t>(kPage));
    // Advice: nothing depends on it.
    (void)::madvise(piece + skipped, kPiece - skipped, MADV_HUGEPAGE);
  }
}

namespace {

// A line of /proc/self/status, in kilobytes there.
int64_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind(key, 0) == 0) {
      return std::stoll(line.substr(key.size())) * 1024;
    }
  }
  return 0;
}

}  // namespace

int64_t peak_bytes() { return status_bytes("VmHWM:"); }

int64_t resident_bytes() { return status_bytes("VmRSS:"); }

// What the heap kept of earlier work is given back first: it would count as
// this one's.
void reset_peak_bytes() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

int64_t device_peak_bytes(at::Device device) {
  if (device.is_cpu()) return 0;
  const auto stats =
      at::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  return stats.allocated_bytes[0].peak;
}

}  // namespace lethe
