// Models beside the targets of a run, loaded once however many targets ask.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "harness/plugin/attack.h"
#include "harness/plugin/mask_filler.h"

namespace lethe {

// Keeps the value that was asked for last, so that a run holds at most one;
// finds others as long as somebody else holds them.
template <class T>
class LastOpened {
 public:
  // `load()` is called when nothing of that key is alive, after the last value
  // was let go.
  template <class Load>
  std::shared_ptr<const T> get(const std::string& key, const Load& load) {
    if (auto alive = alive_[key].lock()) return last_ = alive;
    last_.reset();
    last_ = load();
    alive_[key] = last_;
    return last_;
  }

 private:
  std::shared_ptr<const T> last_;
  std::map<std::string, std::weak_ptr<const T>> alive_;
};

// What Target::open() and Target::mask_filler() gave.
struct OpenedModels {
  LastOpened<Target> targets;
  LastOpened<MaskFiller> mask_fillers;
};

}  // namespace lethe
