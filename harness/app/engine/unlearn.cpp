#include <cstdio>
#include <filesystem>

#include "harness/app/engine/engine.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/run/variants.h"
#include "harness/run/workshop.h"

namespace lethe {
namespace {

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// The one-method suite that the command line describes.
Suite suite_of(const Arguments& arguments) {
  Suite suite;
  suite.name = "unlearn";
  suite.folder = std::filesystem::current_path().string();
  suite.model.path = find_model(arguments.needed("--model"));
  for (const char* role : {"forget", "retain"}) {
    const std::string file = arguments.text(std::string("--") + role);
    if (file.empty()) continue;
    SplitSpec split;
    split.name = split.role = role;
    split.file = absolute(file);
    suite.data.push_back(split);
  }
  MethodSpec method;
  method.name = arguments.needed("--method");
  method.set = set_options(arguments);
  if (arguments.has("--seed")) {
    method.set["seed"] = arguments.integer("--seed", 0);
  }
  suite.methods = {method};
  return suite;
}

// `model`: what is trained further; empty: nothing is.
void refuse_out(const std::string& out, const std::string& model) {
  std::error_code absent;
  if (std::filesystem::equivalent(out, model, absent)) {
    fail_usage("--out", out + " is the model itself, which would be lost",
               "choose another folder");
  }
  if (!is_folder(out) || exists(out + "/train_log.jsonl")) return;
  if (!std::filesystem::is_empty(out)) {
    fail_usage(out, "is not empty", "choose another --out");
  }
}

// What was made in `out`.
void show(const Arguments& arguments, const std::string& out,
          const Made& made) {
  if (!made.message.empty()) log_warning(made.message);
  if (arguments.has("--json")) {
    print_json(to_json(made));
  } else {
    std::printf("%s: %ld steps, %s tokens, %s, peak %s\n", out.c_str(),
                static_cast<long>(made.steps),
                human_count(static_cast<double>(made.tokens)).c_str(),
                human_seconds(made.seconds).c_str(),
                human_bytes(static_cast<double>(made.peak_bytes)).c_str());
    if (!made.privacy.empty()) std::printf("%s\n", made.privacy.c_str());
  }
}

}  // namespace

int unlearn_command(const Arguments& arguments) {
  const Suite suite = suite_of(arguments);
  const std::string out = absolute(arguments.needed("--out"));
  const std::vector<Variant> variants = expand(suite);
  if (variants.size() != 1) {
    fail_usage("lethe unlearn", "an option is a list of values",
               "use lethe run for a grid");
  }
  refuse_out(out, suite.model.path);
  const Variant& variant = variants.front();
  if (Registry<Method>::make(variant.method, variant.own)->uses().defence) {
    fail_usage("lethe unlearn",
               "method " + variant.method +
                   " works when the model is asked: there is no new model to "
                   "write",
               "make it a row of a suite: lethe run");
  }
  const Compute compute = start_compute(arguments.compute());
  const SuiteData data(suite, arguments.integer("--limit", 0));
  data.check(load_tokenizer(ModelFolder(suite.model.path)).get());
  Workshop shop(suite, data, compute, out);
  shop.write_into(out);
  const Made base = shop.base();
  const Made made = shop.make(variants.front(), base);
  if (made.folder != out && made.adapter != out) {
    fail_usage("lethe unlearn",
               "method " + variants.front().method + " writes no new model",
               "use the folder " + made.folder);
  }
  show(arguments, out, made);
  return 0;
}

int train_command(const Arguments& arguments) {
  Suite suite;
  suite.name = "train";
  suite.folder = std::filesystem::current_path().string();
  SplitSpec split;
  split.name = "train";
  split.role = "retain";
  split.file = absolute(arguments.needed("--data"));
  suite.data.push_back(split);
  if (arguments.has("--eval-data")) {
    SplitSpec eval;
    eval.name = "eval";
    eval.role = "holdout";
    eval.train = false;
    eval.file = absolute(arguments.text("--eval-data"));
    suite.data.push_back(eval);
  }
  if (arguments.has("--model") == arguments.has("--config")) {
    fail_usage("lethe train", "needs either --model or --config",
               "give one of them");
  }
  Json set = set_options(arguments);
  if (arguments.has("--seed")) set["seed"] = arguments.integer("--seed", 0);
  const std::string out = absolute(arguments.needed("--out"));
  refuse_out(out, arguments.text("--model"));
  const Compute compute = start_compute(arguments.compute());
  const SuiteData data(suite, arguments.integer("--limit", 0));
  Workshop shop(suite, data, compute, out);
  const Json start =
      arguments.has("--config")
          ? Json{{"config", absolute(arguments.text("--config"))}}
          : Json{{"base", find_model(arguments.text("--model"))}};
  const Made made = shop.pretrain(start, {"train"}, set, out);
  show(arguments, out, made);
  return 0;
}

}  // namespace lethe
