// The ATen operators, for .cpp files only: six seconds to compile.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "harness/tensor/tensor.h"  // IWYU pragma: export
