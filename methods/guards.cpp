#include "methods/guards.h"

#include "harness/anchors/documents.h"
#include "harness/anchors/extract.h"
#include "harness/base/error.h"
#include "harness/base/log.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

std::vector<std::string> texts_of(const Examples& examples) {
  std::vector<std::string> texts;
  for (const Example& e : examples) {
    if (!e.text.empty()) texts.push_back(e.text);
  }
  return texts;
}

}  // namespace

GuardedModel guarded_model(const Context& context, const std::string& model,
                           const std::string& method) {
  GuardedModel made;
  made.folder =
      model.empty() ? context.model_folder() : context.resolve_model(model);
  made.tokenizer = load_tokenizer(ModelFolder(made.folder));
  if (made.tokenizer == nullptr) {
    fail_usage(method, made.folder + " has no tokenizer",
               "add its tokenizer.json");
  }
  return made;
}

std::vector<std::string> found_terms(const Context& context,
                                     const std::string& background,
                                     const std::string& method) {
  std::vector<std::string> terms;
  const std::vector<std::string> texts = texts_of(context.forget_examples());
  if (!texts.empty()) {
    const Extraction found = extract_anchors(
        texts, background.empty()
                   ? texts_of(context.retain_examples())
                   : read_text_documents(context.resolve(background)).texts);
    if (!found.note.empty()) log_warning(method + ": " + found.note);
    for (const FoundAnchor& one : found.anchors) {
      terms.push_back(one.anchor.anchor);
    }
  }
  if (terms.empty()) {
    fail_usage(
        method,
        fmt::format("found no name in the {} forget texts", texts.size()),
        "name what is to be forgotten: lethe describe " + method);
  }
  return terms;
}

}  // namespace lethe
