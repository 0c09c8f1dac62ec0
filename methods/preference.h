// The loss of pairs of answers to one prompt, of which one is to be preferred.
#pragma once

#include <string>

#include "harness/plugin/method.h"
#include "harness/tensor/tensor.h"

namespace lethe {

// Mean over the pairs of a step of -log sigmoid(beta (w - l)), scalar, nats; w
// and l: log p - log p_original of the alternate and of the forget answer,
// summed over the supervised tokens. One alternate stands beside each forget
// row; both graphs live at once. Rafailov et al. 2023, equation 7.
Tensor pair_loss(Step& s, double beta);

// What that loss is multiplied by: 1 for the form "paper", 2 / beta for
// "open_unlearning", as NPO's losses are. Throws: usage error that names
// `method` for another form or a beta that is not above 0.
double pair_scale(const std::string& method, const std::string& form,
                  double beta);

// What methods with this loss use.
Uses pair_uses(double retain, double kl);

}  // namespace lethe
