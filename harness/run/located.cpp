#include "harness/run/located.h"

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/mapped_file.h"
#include "harness/base/registry.h"
#include "harness/data/rows.h"
#include "harness/model/folder.h"
#include "harness/plugin/attack.h"
#include "harness/plugin/method.h"
#include "harness/plugin/metric.h"
#include "harness/run/variants.h"

namespace lethe {
namespace {

// A probe or metric of a suite.
struct Named {
  const std::string& name;
  const Json& set;
  const Info& info;
  const Suite& suite;

  // The name that an option has, empty for none.
  std::string of(const std::string& option) const {
    const Json value = set.value(option, Json(""));
    return value.is_string() ? value.get<std::string>() : "";
  }

  std::string file(const std::string& option) const {
    const std::string found = resolve(suite.folder, of(option));
    if (!exists(found)) {
      fail_usage(name + "." + option, found + " is not there",
                 "name a file, relative to the suite");
    }
    return found;
  }

  std::string model(const std::string& option) const {
    const std::string folder = resolve(suite.folder, of(option));
    return is_folder(folder) ? folder : find_model(of(option));
  }

  Json located() const {
    Json found = set;
    for (const std::string& option : info.files) {
      if (!of(option).empty()) found[option] = file(option);
    }
    for (const std::string& option : info.models) {
      if (!of(option).empty()) found[option] = model(option);
    }
    return found;
  }

  // `file_hash` of each file, and the hash of each model.
  template <class FileHash>
  void put_hashes(OrderedJson& hashes, const FileHash& file_hash) const {
    for (const std::string& option : info.files) {
      if (!of(option).empty()) hashes[of(option)] = file_hash(file(option));
    }
    for (const std::string& option : info.models) {
      if (of(option).empty()) continue;
      hashes[of(option)] = ModelFolder(model(option)).hash();
    }
  }
};

Named named(const ProbeSpec& probe, const Suite& suite) {
  return {probe.name, probe.set, Registry<Probe>::find(probe.name).info, suite};
}

Named named(const MetricSpec& metric, const Suite& suite) {
  return {metric.name, metric.set, Registry<Metric>::find(metric.name).info,
          suite};
}

Named named(const Variant& variant, const Suite& suite) {
  return {variant.method, variant.own,
          Registry<Method>::find(variant.method).info, suite};
}

}  // namespace

Json located(const ProbeSpec& probe, const Suite& suite) {
  return named(probe, suite).located();
}

Json located(const MetricSpec& metric, const Suite& suite) {
  return named(metric, suite).located();
}

OrderedJson named_hashes(const Suite& suite) {
  OrderedJson hashes = OrderedJson::object();
  for (const ProbeSpec& probe : suite.attacks) {
    named(probe, suite).put_hashes(hashes, [](const std::string& file) {
      return rows_hash(read_rows(file));
    });
  }
  const auto of_bytes = [](const std::string& file) {
    return sha256(MappedFile(file).bytes());
  };
  for (const MetricSpec& metric : suite.metrics) {
    named(metric, suite).put_hashes(hashes, of_bytes);
  }
  for (const Variant& variant : expand(suite)) {
    named(variant, suite).put_hashes(hashes, of_bytes);
  }
  return hashes;
}

}  // namespace lethe
