#include "harness/run/trainee.h"

#include "harness/base/hash.h"
#include "harness/train/lora.h"
#include "harness/train/selection.h"

namespace lethe {

Trainee open_trainee(const ModelFolder& source, const Compute& compute,
                     const TrainOptions& options) {
  if (options.lora_rank > 0) {  // what the matrices stand on stays as it is
    const auto base = Model::load(source, compute);
    return {with_lora(*base, options), [base] { return base; }};
  }
  const auto model = Model::load(source, compute, true);
  select_trainable(*model, options);
  return {model, [&source, compute] { return Model::load(source, compute); }};
}

Unlearned write_trained(const Model& model, const ModelFolder& source,
                        const TrainOptions& options, const std::string& out) {
  Unlearned made;
  made.folder = out;
  if (options.lora_rank == 0) {
    save_model(model, source, out);
  } else if (options.lora_merge) {
    save_model(*merged(model), source, out);
    save_adapter(model, options, source.path(), out + "/adapter");
  } else {
    save_adapter(model, options, source.path(), out);
    made.folder = source.path();
    made.adapter = out;
  }
  return made;
}

std::string recipe(const std::vector<std::string>& parts) {
  return short_hash(canonical(Json(parts)));
}

std::string diverged_message(const TrainResult& result) {
  return result.diverged
             ? fmt::format(
                   "diverged: the loss or gradient of step {} is not "
                   "finite",
                   result.steps + 1)
             : "";
}

}  // namespace lethe
