// Plain scalars of YAML 1.1, as PyYAML resolves them.
#pragma once

#include "harness/data/yaml.h"

namespace lethe {

// Sets the kind and the value that the plain `node.text` stands for. Throws:
// input error on what PyYAML makes a date, and on whole numbers past 64 bits.
void resolve_plain_scalar(YamlNode& node);

}  // namespace lethe
