// What verify takes and shows, with and without the engine.
#pragma once

#include "harness/app/arguments.h"
#include "harness/stored/verify.h"

namespace lethe {

// --sample, --seed and --folder. Throws: usage error.
VerifyOptions verify_options(const Arguments& arguments);

// Prints the checks; returns the exit code: 0, or 3 where something differs.
int print_verified(const Arguments& arguments, const Verified& verified);

}  // namespace lethe
