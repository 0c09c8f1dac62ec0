#include "harness/model/text_window.h"

#include <algorithm>

#include "harness/base/folder_file.h"

namespace lethe {

Json tokenizer_config(const std::string& folder) {
  const std::string path = folder_file(folder, "tokenizer_config.json");
  if (path.empty()) return Json::object();
  const Json json = read_json(path);
  return json.is_object() ? json : Json::object();
}

int64_t text_window(int64_t model_window, const Json& tokenizer_config) {
  const Json most = tokenizer_config.value("model_max_length", Json());
  if (!most.is_number() || !(most.get<double>() >= 1) ||
      most.get<double>() > 1e9) {  // transformers writes 1e30 for none
    return model_window;
  }
  const auto tokens = most.get<int64_t>();
  return model_window == 0 ? tokens : std::min(model_window, tokens);
}

}  // namespace lethe
