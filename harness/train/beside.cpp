#include "harness/train/beside.h"

#include <ATen/ThreadLocalState.h>
#include <c10/core/DeviceGuard.h>

#include <future>

namespace lethe {

Tensor recorded_beside(at::Device device, const std::function<Tensor()>& work) {
  const at::ThreadLocalState state;  // whether gradients are recorded
  return std::async(std::launch::async,
                    [&] {
                      const at::ThreadLocalStateGuard same(state);
                      const c10::OptionalDeviceGuard on(device);
                      return work();
                    })
      .get();
}

}  // namespace lethe
