#include "harness/run/located.h"

#include "harness/base/files.h"
#include "harness/base/registry.h"
#include "harness/data/rows.h"
#include "harness/model/folder.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

// The name that an option has, empty for none.
std::string named(const ProbeSpec& probe, const std::string& option) {
  const Json name = probe.set.value(option, Json(""));
  return name.is_string() ? name.get<std::string>() : "";
}

std::string file_of(const ProbeSpec& probe, const std::string& option,
                    const Suite& suite) {
  const std::string file = resolve(suite.folder, named(probe, option));
  if (!exists(file)) {
    fail_usage(probe.name + "." + option, file + " is not there",
               "name a file, relative to the suite");
  }
  return file;
}

std::string model_of(const ProbeSpec& probe, const std::string& option,
                     const Suite& suite) {
  const std::string folder = resolve(suite.folder, named(probe, option));
  return is_folder(folder) ? folder : find_model(named(probe, option));
}

}  // namespace

Json located(const ProbeSpec& probe, const Suite& suite) {
  const Info& info = Registry<Probe>::find(probe.name).info;
  Json set = probe.set;
  for (const std::string& option : info.files) {
    if (named(probe, option).empty()) continue;
    set[option] = file_of(probe, option, suite);
  }
  for (const std::string& option : info.models) {
    if (named(probe, option).empty()) continue;
    set[option] = model_of(probe, option, suite);
  }
  return set;
}

OrderedJson named_hashes(const Suite& suite) {
  OrderedJson hashes = OrderedJson::object();
  for (const ProbeSpec& probe : suite.attacks) {
    const Info& info = Registry<Probe>::find(probe.name).info;
    for (const std::string& option : info.files) {
      const std::string name = named(probe, option);
      if (name.empty()) continue;
      hashes[name] = rows_hash(read_rows(file_of(probe, option, suite)));
    }
    for (const std::string& option : info.models) {
      const std::string name = named(probe, option);
      if (name.empty()) continue;
      hashes[name] = ModelFolder(model_of(probe, option, suite)).hash();
    }
  }
  return hashes;
}

}  // namespace lethe
