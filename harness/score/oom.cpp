#include "harness/score/oom.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <string>

#include "harness/base/error.h"
#include "harness/base/log.h"

namespace lethe {
namespace {

bool out_of_memory(const c10::Error& error) {
  const std::string what = error.what_without_backtrace();
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         what.find("can't allocate memory") != std::string::npos ||
         what.find("out of memory") != std::string::npos;
}

}  // namespace

bool try_with_memory(bool can_shrink, const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const c10::Error& error) {
    if (!out_of_memory(error)) throw;
  } catch (const std::bad_alloc&) {
  }
  if (!can_shrink) {
    fail_runtime("memory", "one item alone does not fit",
                 "use shorter texts, a smaller dtype or a larger machine");
  }
  log_warning("out of memory: the batch is halved");
  return false;
}

void in_batches(const std::vector<int64_t>& sizes, int64_t budget,
                const std::function<void(size_t begin, size_t end)>& work,
                const std::function<void(int64_t tokens)>& progress) {
  size_t begin = 0;
  while (begin < sizes.size()) {
    int64_t tokens = 0;
    size_t end = begin;
    while (end < sizes.size() &&
           (end == begin || tokens + sizes[end] <= budget)) {
      tokens += sizes[end++];
    }
    if (!try_with_memory(end - begin > 1, [&] { work(begin, end); })) {
      budget = std::max<int64_t>(1, tokens / 2);  // this batch again
      continue;
    }
    begin = end;
    if (progress) progress(tokens);
  }
}

}  // namespace lethe
