// The reinforced model of Who's Harry Potter: the one that knows the forget
// texts even better.
#pragma once

#include <string>

#include "harness/plugin/method.h"

namespace lethe {

struct Reinforcement {
  double lr = 3e-6;
  double epochs = 3.0;

  // Over the training options of the run.
  Json options() const;
};

// Trains the model further on the forget texts, into out_folder().reinforced.
// Throws: runtime error that names `method` when training diverged.
Unlearned reinforce(Context& context, const std::string& method,
                    const Reinforcement& how);

}  // namespace lethe
