// Model folders as metrics read them: texts in, hidden states out.
#pragma once

#include <memory>
#include <string>

#include "harness/plugin/metric.h"
#include "harness/tensor/compute.h"

namespace lethe {

// What is known of the folder from config.json and tokenizer_config.json.
// Throws: usage error if it is absent or has no tokenizer; input error as
// reading its configuration.
TextModelShape text_model_shape(const std::string& folder);

struct TextModelOptions {
  Compute compute;
  int64_t batch_tokens = 0;  // tokens a batch; 0: chosen for the device
  bool progress = true;
};

// Loads text models; the last one stays loaded, since the cells of a run ask
// for it again and again.
class TextModels {
 public:
  explicit TextModels(const TextModelOptions& options) : o_(options) {}

  // The model that needs() name, a folder or org/name; null when they name
  // none. It lives until another one is asked for. Throws: as check_model().
  TextModel* of(const Metric& metric);

 private:
  const TextModelOptions o_;
  std::string name_;
  std::unique_ptr<TextModel> model_;
};

// Whether the metric can read the model that its needs() name, by its
// configuration alone. Throws: usage or input error that says why not.
void check_text_model(const Metric& metric);

}  // namespace lethe
