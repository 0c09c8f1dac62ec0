// doctor.
#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <cstdio>
#include <thread>

#include "harness/app/engine/engine.h"
#include "harness/base/log.h"
#include "harness/base/shipped.h"
#include "harness/base/version.h"
#include "harness/base/zlib_size.h"
#include "harness/model/encoder.h"

namespace lethe {
namespace {

std::string cuda_state() {
  try {
    ComputeOptions options;
    options.device = "cuda";
    return start_compute(options).device_name() + " usable";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

int doctor_command(const Arguments& arguments) {
  const std::string cuda = cuda_state();
  ComputeOptions options = arguments.compute();
  options.device = "cpu";
  start_compute(options);
  OrderedJson json;
  json["lethe"] = version();
  json["git"] = git_state();
  json["libtorch"] = torch_version();
  json["cores"] = std::thread::hardware_concurrency();
  json["threads"] = at::get_num_threads();
  json["cpu_kernels"] = at::get_cpu_capability();
  json["dtypes"] = {"float32", "bfloat16", "float16"};
  json["cuda"] = cuda;
  json["zlib"] = zlib_build();
  json["suites"] = suites_folder();
  json["model_families"] = family_names();
  json["encoder_families"] = encoder_names();
  if (arguments.has("--json")) {
    print_json(json);
    return 0;
  }
  for (const auto& [key, value] : json.items()) {
    std::printf("%-16s %s\n", key.c_str(),
                value.is_string() ? value.get<std::string>().c_str()
                                  : value.dump().c_str());
  }
  return 0;
}

}  // namespace lethe
