#define Eigen EigenPlain
#include "metrics/clusters_kernel.h"

namespace lethe {

ClusterKernels cluster_kernels_plain() { return {project, lloyd}; }

}  // namespace lethe
