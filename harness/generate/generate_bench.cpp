// How fast a model folder decodes. The folder and the work come from the
// environment, so that the peers can be timed on the same in the same run
// (harness/oracle/speed.py):
//   LETHE_BENCH_MODEL    the folder
//   LETHE_BENCH_DTYPE    float32, bfloat16 or float16; default float32
//   LETHE_BENCH_THREADS  default all cores
//   LETHE_BENCH_WORK     batch,beams,prompt tokens,new tokens; 16,1,64,64
// Without new tokens the prompt's last logits are computed alone (prefill).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <sstream>

#include "harness/generate/generate.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

std::string setting(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

struct Work {
  int64_t batch = 0, beams = 0, prompt = 0, fresh = 0;
};

Work work_of(const std::string& text) {
  Work work;
  char comma = 0;
  std::istringstream(text) >> work.batch >> comma >> work.beams >> comma >>
      work.prompt >> comma >> work.fresh;
  return work;
}

// The prompts of speed.py: token (7919 (i + 1) + 104729 row) mod vocabulary.
Prompts prompts_of(const Work& work, int64_t vocabulary) {
  Prompts prompts(work.batch);
  for (int64_t b = 0; b < work.batch; ++b) {
    for (int64_t i = 0; i < work.prompt; ++i) {
      prompts[b].push_back((7919 * (i + 1) + 104729 * b) % vocabulary);
    }
  }
  return prompts;
}

void decode(benchmark::State& state) {
  ComputeOptions options;
  options.device = setting("LETHE_TEST_DEVICE", "cpu");
  options.dtype = setting("LETHE_BENCH_DTYPE", "float32");
  options.threads = std::stoi(setting("LETHE_BENCH_THREADS", "0"));
  const Compute compute = start_compute(options);
  const at::NoGradGuard guard;
  const auto model =
      Model::load(ModelFolder(setting("LETHE_BENCH_MODEL", "")), compute);
  const Work work = work_of(setting("LETHE_BENCH_WORK", "16,1,64,64"));
  const Prompts prompts = prompts_of(work, model->config().vocab_size);
  GenerateOptions generation;
  generation.max_new_tokens = work.fresh;
  generation.num_beams = work.beams;
  generation.batch_tokens = 1 << 20;
  const auto once = [&] {
    if (work.fresh > 0) {
      benchmark::DoNotOptimize(generate(*model, prompts, generation));
      return;
    }
    Ragged rows = ragged(prompts, model->device());
    std::vector<int64_t> last;
    for (int64_t b = 0; b < rows.rows(); ++b) {
      last.push_back(rows.offsets[b + 1] - 1);
    }
    rows.wanted = int_tensor(last, model->device());
    to_floats(model->head(model->hidden(rows)));
  };
  once();  // maps pages, fills the heap
  for (auto _ : state) once();
  state.counters["peak_bytes"] = static_cast<double>(peak_bytes());
  const int64_t tokens =
      work.batch * (work.fresh > 0 ? work.fresh : work.prompt);
  state.SetItemsProcessed(state.iterations() * tokens);
}

[[maybe_unused]] const bool registered = [] {
  if (!setting("LETHE_BENCH_MODEL", "").empty()) {
    benchmark::RegisterBenchmark("decode", decode)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
  return true;
}();

}  // namespace
}  // namespace lethe
