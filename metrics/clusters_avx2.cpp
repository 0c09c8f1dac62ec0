#if defined(__x86_64__)

#define Eigen EigenAvx2
#include "metrics/clusters_kernel.h"

namespace lethe {

ClusterKernels cluster_kernels_avx2() { return {project, lloyd}; }

}  // namespace lethe

#endif
