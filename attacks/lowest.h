// The lowest values of a text's tokens, shared by the min-k attacks.
#pragma once

#include <string>
#include <vector>

namespace lethe {

// The mean of the max(1, int(share * n)) lowest of n values; NaN for none, and
// where a value is NaN.
double mean_of_lowest(std::vector<double> values, double share);

// Throws: usage error unless the share lies in (0, 1].
void check_share(double share, const std::string& who);

}  // namespace lethe
