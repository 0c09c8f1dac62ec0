#include "harness/run/made.h"

#include <algorithm>

#include "harness/base/files.h"
#include "harness/target/defended.h"
#include "harness/tensor/compute.h"

namespace lethe {

bool is_there(const Made& made) {
  const auto folders = defence_folders(made.defence);
  const bool all =
      std::all_of(folders.begin(), folders.end(), [](const auto& option) {
        return exists(option.second + "/config.json");
      });
  return all && exists(made.folder + "/config.json") &&
         (made.adapter.empty() ||
          exists(made.adapter + "/adapter_config.json"));
}

Made made_or_again(const Made& made, const std::string& label,
                   const std::function<Made()>& make) {
  if (is_there(made)) return made;
  Made again = make();
  if (again.model_hash != made.model_hash) {
    fail_runtime(label, "made again it is another model",
                 "delete the run folder and start again");
  }
  return again;
}

std::string own_folder(const Made& made) {
  if (!made.adapter.empty()) return made.adapter;
  const auto folders = defence_folders(made.defence);
  return folders.empty() ? made.folder : folders.begin()->second;
}

std::shared_ptr<const Target> as_asked(const LoadedModel& loaded,
                                       const Made& made) {
  return defended(loaded.target, made.defence);
}

void put_privacy(const std::string& out, Made& made) {
  const std::string path = out + "/privacy.json";
  if (!exists(path)) return;
  const Json card = read_json(path);
  made.privacy = require_string(card, "promise", path);
  made.epsilon = require_number(card, "epsilon", path);
}

OrderedJson to_json(const Made& made) {
  OrderedJson json = {{"folder", made.folder},
                      {"adapter", made.adapter},
                      {"model_hash", made.model_hash},
                      {"steps", made.steps},
                      {"tokens", made.tokens},
                      {"seconds", made.seconds},
                      {"peak_bytes", made.peak_bytes},
                      {"message", made.message},
                      {"tokenizer_hash", made.tokenizer_hash}};
  if (!made.sanitised.is_null()) json["sanitised"] = made.sanitised;
  if (!made.defence.is_null()) json["defence"] = made.defence;
  if (!made.privacy.empty()) {
    json["privacy"] = made.privacy;
    json["epsilon"] = made.epsilon;
  }
  return json;
}

Made made_from_json(const Json& json, const std::string& where) {
  return {require_string(json, "folder", where),
          require_string(json, "adapter", where),
          require_string(json, "model_hash", where),
          require_int(json, "steps", where),
          require_int(json, "tokens", where),
          require_number(json, "seconds", where),
          require_int(json, "peak_bytes", where),
          require_string(json, "message", where),
          require_string(json, "tokenizer_hash", where),
          json.value("sanitised", Json()),
          json.value("defence", Json()),
          json.value("privacy", ""),
          json.value("epsilon", 0.0)};
}

std::vector<Record> cost_records(const Record& base, const Made& made) {
  std::vector<Record> all;
  const auto add = [&](const char* field, double value, const char* unit) {
    Record record = base;
    record.metric = "cost";
    record.field = field;
    record.want = "low";
    record.unit = unit;
    record.value = value;
    record.n = record.n_expected = 1;
    record.seconds = made.seconds;
    record.tokens = made.tokens;
    record.peak_bytes = made.peak_bytes;
    record.message = made.message;
    all.push_back(record);
  };
  add("seconds", made.seconds, "seconds");
  add("tokens", static_cast<double>(made.tokens), "tokens");
  add("peak_bytes", static_cast<double>(made.peak_bytes), "bytes");
  if (!made.privacy.empty()) {
    add("epsilon", made.epsilon, "nats");
    all.back().message = made.privacy;
  }
  return all;
}

Cost::Cost() : start_(std::chrono::steady_clock::now()) { reset_peak_bytes(); }

void Cost::put(Made& made) const {
  made.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_)
          .count();
  if (made.peak_bytes == 0) made.peak_bytes = peak_bytes();
}

}  // namespace lethe
