// doctor and model check.
#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <cstdio>
#include <thread>

#include "harness/app/engine/engine.h"
#include "harness/base/log.h"
#include "harness/base/version.h"
#include "harness/base/zlib_size.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Values that are not finite, tensor by tensor.
int64_t nonfinite_values(const ModelFolder& folder) {
  int64_t count = 0;
  for (const TensorEntry& entry : folder.entries()) {
    if (!at::isFloatingType(entry.dtype)) continue;
    const Tensor weight = folder.tensor(entry.name);
    count += (weight.numel() - at::isfinite(weight).sum().item<int64_t>());
  }
  return count;
}

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

int model_command(const Arguments& arguments) {
  if (arguments.positional()[0] != "check") {
    fail_usage("lethe model " + arguments.positional()[0], "unknown action",
               suggest(arguments.positional()[0], {"check"}));
  }
  start_compute(arguments.compute());
  const ModelFolder folder(find_model(arguments.positional()[1]));
  const DecoderConfig& c = folder.config();
  Compute compute;
  compute.dtype = folder.stored_dtype();
  const auto model = Model::load(folder, compute);  // names and shapes
  const auto tokenizer = load_tokenizer(folder);
  const int64_t bad = nonfinite_values(folder);
  size_t bytes = 0;
  int64_t parameters = 0;
  for (const auto& [name, weight] : model->parameters()) {
    parameters += weight.numel();
  }
  for (const TensorEntry& entry : folder.entries()) bytes += entry.bytes;
  OrderedJson json = {
      {"folder", folder.path()},
      {"model_type", c.model_type},
      {"parameters", parameters},
      {"tensors", folder.entries().size()},
      {"used_tensors", model->parameters().size()},
      {"dtype", dtype_name(folder.stored_dtype())},
      {"bytes", bytes},
      {"vocab_size", c.vocab_size},
      {"layers", c.layers},
      {"hidden_size", c.hidden_size},
      {"heads", c.heads},
      {"kv_heads", c.kv_heads},
      {"window", c.max_positions},
      {"tokenizer_vocab_size", tokenizer == nullptr
                                   ? OrderedJson()
                                   : OrderedJson(tokenizer->vocab_size())},
      {"nonfinite_values", bad},
      {"model_hash", folder.hash()}};
  if (arguments.has("--json")) {
    print_json(json);
  } else {
    for (const auto& [key, value] : json.items()) {
      std::printf(
          "%-22s %s\n", key.c_str(),
          printable(value.is_string() ? value.get<std::string>() : value.dump())
              .c_str());
    }
  }
  if (bad > 0) {
    fail_input(folder.path(), fmt::format("{} weights are not finite", bad),
               "the model diverged or the file is damaged");
  }
  return 0;
}

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
