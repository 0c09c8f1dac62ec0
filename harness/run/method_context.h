// What a method sees of a workshop.
#pragma once

#include <memory>

#include "harness/plugin/method.h"
#include "harness/run/workshop.h"

namespace lethe {

// All of it must outlive the context.
std::unique_ptr<Context> method_context(Workshop& shop, const Variant& variant,
                                        const Made& base);

}  // namespace lethe
