#include "harness/run/check_inputs.h"

#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/run/located.h"
#include "harness/run/selection.h"
#include "harness/run/tasks.h"
#include "harness/run/text_models.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

// A method must not find out after hours that its data are missing.
void check_roles(const Variant& variant, const Suite& suite,
                 const SuiteData& data) {
  const Uses uses = Registry<Method>::make(variant.method, variant.own)->uses();
  if (!uses.training || uses.from_start) return;
  if (!suite.model.adapter.empty()) {
    fail_usage(variant.label, "starts from a model folder, not an adapter",
               "merge it: lethe model merge DIR --adapter A --out DIR2");
  }
  for (const auto& [role, used] :
       {std::pair{"forget", uses.forget}, std::pair{"retain", uses.retain}}) {
    if (!used || !data.trained(role).empty()) continue;
    fail_usage(variant.label,
               fmt::format("reads data of role {}, the suite has none", role),
               fmt::format("add a split with \"role\": \"{}\"", role));
  }
}

}  // namespace

void check_inputs(const Suite& suite, const std::vector<Variant>& variants,
                  const SuiteData& data, const Workshop& shop) {
  if (!suite.model.path.empty()) {  // the folder itself, and that they fit
    load_tokenizer(ModelFolder(shop.start_folder()));
  }
  data.check(shop.tokenizer().get());
  check_validation(suite, data);
  if (suite.selection) settled_selection(suite);
  for (const Variant& variant : variants) check_roles(variant, suite, data);
  for (const TaskSpec& task : suite.tasks) check_task(task, suite);
  for (const MetricSpec& metric : suite.metrics) {
    check_text_model(
        *Registry<Metric>::make(metric.name, located(metric, suite)));
  }
}

}  // namespace lethe
