// The file of an lm-eval task (0.4.13) with what it includes.
#pragma once

#include <string>

#include "harness/data/yaml.h"

namespace lethe {

// The map of the file: what `include:` names comes first, keys of the including
// file win, paths are relative to the file that has them (lm-eval
// tasks/_yaml_loader.py). Files that are included lie in the folder of the
// first file or below it.
// Throws: usage error when the file is absent; input error on what is no map,
// on files included twice, too deep, or elsewhere, and as parse_yaml.
YamlNode read_lm_eval_file(const std::string& path);

}  // namespace lethe
