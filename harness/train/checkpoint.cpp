#include "harness/train/checkpoint.h"

#include <charconv>
#include <filesystem>
#include <map>

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/model/safetensors.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHead = "checkpoint-", kTail = ".safetensors";

// The checkpoints of one identity (empty: of all), by step.
std::map<int64_t, std::string> checkpoints(const std::string& out,
                                           const std::string& identity) {
  std::map<int64_t, std::string> found;
  if (!is_folder(out)) return found;
  for (const auto& entry : fs::directory_iterator(out)) {
    const std::string name = entry.path().filename().string();
    const size_t dash = name.rfind('-');
    if (name.size() <= kHead.size() + kTail.size() ||
        name.compare(0, kHead.size(), kHead) != 0 ||
        name.compare(name.size() - kTail.size(), kTail.size(), kTail) != 0 ||
        dash < kHead.size()) {
      continue;
    }
    const std::string of = name.substr(kHead.size(), dash - kHead.size());
    int64_t step = 0;
    const char* begin = name.data() + dash + 1;
    const char* end = name.data() + name.size() - kTail.size();
    const auto [stop, code] = std::from_chars(begin, end, step);
    if (code == std::errc() && stop == end &&
        (identity.empty() || of == identity)) {
      found[step] = entry.path().string();
    }
  }
  return found;
}

}  // namespace

void save_checkpoint(const std::string& out, const std::string& identity,
                     const Optimiser& optimiser) {
  const auto older = checkpoints(out, identity);
  write_safetensors(fmt::format("{}/{}{}-{}{}", out, kHead, identity,
                                optimiser.steps(), kTail),
                    optimiser.state());
  for (const auto& [step, path] : older) {
    if (step != optimiser.steps()) fs::remove(path);
  }
}

int64_t checkpoint_step(const std::string& out, const std::string& identity) {
  const auto found = checkpoints(out, identity);
  return found.empty() ? 0 : found.rbegin()->first;
}

int64_t load_checkpoint(const std::string& out, const std::string& identity,
                        Optimiser& optimiser) {
  const auto found = checkpoints(out, identity);
  if (found.empty()) return 0;
  const auto& [step, path] = *found.rbegin();
  optimiser.restore(*Safetensors::open(path), step);
  log_info(fmt::format("  continuing from step {}", step));
  return step;
}

void remove_checkpoints(const std::string& out) {
  for (const auto& [step, path] : checkpoints(out, "")) fs::remove(path);
}

}  // namespace lethe
