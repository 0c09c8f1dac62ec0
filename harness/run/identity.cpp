#include "harness/run/identity.h"

#include "harness/base/hash.h"
#include "harness/base/version.h"
#include "harness/run/located.h"

namespace lethe {

OrderedJson run_identity(const Suite& suite, const RunOptions& options,
                         const SuiteData& data, const Workshop& shop) {
  OrderedJson json;
  json["suite"] = resolved(suite);
  json["model_hash"] = shop.start_hash();
  for (const SplitSpec& split : suite.data) {
    json["data_hashes"][split.name] = data.hash({split.name});
  }
  const OrderedJson named = named_hashes(suite);
  if (!named.empty()) json["named_hashes"] = named;
  json["lethe"] = version();
  json["device"] = options.compute.device_name();
  json["dtype"] = options.compute.dtype_name();
  json["threads"] = options.threads;
  json["batch_tokens"] = options.target.batch_tokens;
  json["limit"] = options.limit;
  if (!options.shard.whole()) {
    json["shard"] = fmt::format("{}/{}", options.shard.index, options.shard.of);
  }
  if (!options.reference.empty()) {
    json["reference_hash"] = ModelFolder(options.reference).hash();
  }
  return json;
}

OrderedJson run_description(const OrderedJson& identity, const Suite& suite,
                            const RunEvent& plan) {
  OrderedJson json = identity;
  json["suite_hash"] = sha256(canonical(resolved(suite)));
  json["versions"] = {{"lethe", version()}, {"git", git_state()}};
  json["suite_folder"] = suite.folder;
  json["planned"] = {{"cells", plan.plan.size()}, {"units", plan.units.size()}};
  return json;
}

}  // namespace lethe
