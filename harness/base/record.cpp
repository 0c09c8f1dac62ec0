#include "harness/base/record.h"

#include <unordered_map>

#include "harness/base/files.h"

namespace lethe {
namespace {

constexpr int kSchema = 1;

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

// JSON has no NaN and no infinity.
OrderedJson number_or_null(double number) {
  return std::isfinite(number) ? OrderedJson(number) : OrderedJson(nullptr);
}

OrderedJson interval_json(const Record& r) {
  if (!std::isfinite(r.ci_low) || !std::isfinite(r.ci_high)) return nullptr;
  return OrderedJson::array({r.ci_low, r.ci_high});
}

// Typed access to the fields of one record; every fault names where and key.
class Fields {
 public:
  Fields(const Json& json, const std::string& where)
      : json_(json), where_(where) {}

  std::string text(const char* key) const {
    return require_string(json_, key, where_);
  }
  std::string text_or_empty(const char* key) const {
    return require(json_, key, where_).is_null() ? "" : text(key);
  }
  int64_t integer(const char* key) const {
    return require_int(json_, key, where_);
  }
  double number_or_nan(const char* key) const {
    if (require(json_, key, where_).is_null()) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    return require_number(json_, key, where_);
  }
  Json object(const char* key) const {
    const Json& found = require(json_, key, where_);
    if (!found.is_object()) mistyped(key, "an object");
    return found;
  }
  Json array(const char* key) const {
    const Json& found = require(json_, key, where_);
    if (!found.is_array()) mistyped(key, "a list");
    return found;
  }

  Json target() const {
    const Json& found = require(json_, "target", where_);
    if (!found.is_null() && !found.is_number() && !found.is_string()) {
      mistyped("target", "null, a number or \"reference\"");
    }
    return found;
  }

  // A field that came later than schema 1's first records.
  std::string optional_text(const char* key) const {
    return json_.contains(key) ? text_or_empty(key) : "";
  }

  bool optional_flag(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) return false;
    if (!found->is_boolean()) mistyped(key, "true or false");
    return found->get<bool>();
  }

  void interval(double& low, double& high) const {
    const Json& found = require(json_, "ci95", where_);
    if (found.is_null()) return;
    if (!found.is_array() || found.size() != 2 || !found[0].is_number() ||
        !found[1].is_number()) {
      mistyped("ci95", "null or [low, high]");
    }
    low = found[0].get<double>();
    high = found[1].get<double>();
    if (low > high) mistyped("ci95", "[low, high], the lower first");
  }

 private:
  [[noreturn]] void mistyped(const std::string& key,
                             const std::string& wanted) const {
    fail_input(where_, fmt::format("\"{}\" is {}", key, canonical(json_[key])),
               "it must be " + wanted);
  }

  const Json& json_;
  const std::string& where_;
};

void read_identity(const Fields& f, Record& r) {
  r.run = f.text("run");
  r.cell = f.text("cell");
  r.suite = f.text_or_empty("suite");
  r.suite_hash = f.text_or_empty("suite_hash");
  r.profile = f.text_or_empty("profile");
  r.label = f.text("label");
  r.method = f.text("method");
  r.method_options = f.object("method_options");
  r.model_hash = f.text("model_hash");
  r.tokenizer_hash = f.text("tokenizer_hash");
  r.reference_hash = f.text_or_empty("reference_hash");
  r.transform = f.array("transform");
  r.probe = f.text_or_empty("probe");
  r.probe_options = f.object("probe_options");
  r.task = f.text_or_empty("task");
}

void read_measure(const Fields& f, Record& r) {
  r.metric = f.text_or_empty("metric");
  r.metric_options = f.object("metric_options");
  r.field = f.text("field");
  r.split = f.text("split");
  r.role = f.optional_text("role");
  r.validation = f.optional_flag("validation");
  r.data_hash = f.text("data_hash");
  r.prompt_hash = f.text("prompt_hash");
  r.items_hash = f.text("items_hash");
  r.want = f.text_or_empty("want");
  r.target = f.target();
  r.value = f.number_or_nan("value");
  r.unit = f.text("unit");
  r.n = f.integer("n");
  r.n_expected = f.integer("n_expected");
  f.interval(r.ci_low, r.ci_high);
  r.ci_method = f.text("ci_method");
}

void read_circumstances(const Fields& f, Record& r, const std::string& where) {
  r.seed = f.integer("seed");
  r.step = f.integer("step");
  r.device = f.text("device");
  r.dtype = f.text("dtype");
  r.status = f.text("status");
  r.message = f.text("message");
  r.selection = f.optional_text("selection");
  r.seconds = f.number_or_nan("seconds");
  r.tokens = f.integer("tokens");
  r.peak_bytes = f.integer("peak_bytes");
  r.device_peak_bytes = f.integer("device_peak_bytes");
  const Json given = f.object("counts");
  const Fields counts(given, where);
  r.counts.truncated = counts.integer("truncated");
  r.counts.boundary_mismatch = counts.integer("boundary_mismatch");
  r.counts.nonfinite = counts.integer("nonfinite");
  r.counts.skipped = counts.integer("skipped");
  r.versions = f.object("versions");
}

std::vector<Record> read_finished(const std::string& path) {
  std::vector<Record> records;
  int64_t number = 0;
  for (const auto& line : read_lines(path)) {
    const std::string where = fmt::format("{}:{}", path, ++number);
    records.push_back(record_from_json(parse_json(line, where), where));
  }
  return records;
}

// Of a run that is resumed records.jsonl is what an earlier call left.
bool is_going(const std::string& run_folder) {
  const std::string path = run_folder + "/run.json";
  if (!exists(path)) return false;
  const Json run = read_json(path);
  return run.is_object() && run.contains("status") &&
         run["status"] == "running";
}

// A unit of work that was done again replaces its first result in place, so
// that a resumed run lists its records in the order of a straight one.
std::vector<Record> read_unfinished(const std::string& path) {
  std::vector<std::vector<Record>> units;
  std::unordered_map<std::string, size_t> place;
  int64_t number = 0;
  for (const auto& line : Journal::read(path)) {
    const std::string where = fmt::format("{}:{}", path, ++number);
    const Json entry = parse_json(line, where);
    if (!entry.is_object() || !entry.contains("records")) continue;
    if (!entry["records"].is_array()) {
      fail_input(where, "\"records\" is no list", "delete the run folder");
    }
    std::vector<Record> records;
    for (const auto& json : entry["records"]) {
      records.push_back(record_from_json(json, where));
    }
    const std::string unit = entry.contains("unit")
                                 ? canonical(entry["unit"])
                                 : fmt::format("line {}", number);
    const auto [found, added] = place.try_emplace(unit, units.size());
    if (added) units.emplace_back();
    units[found->second] = std::move(records);
  }
  std::vector<Record> all;
  for (auto& unit : units) {
    for (auto& record : unit) all.push_back(std::move(record));
  }
  return all;
}

}  // namespace

std::string Record::method_name() const {
  return name_with_options(method, method_options);
}

std::string Record::metric_name() const {
  return metric == field ? metric : metric + "." + field;
}

OrderedJson to_json(const Record& r) {
  OrderedJson json;
  json["schema"] = r.schema;
  json["run"] = r.run;
  json["cell"] = r.cell;
  json["suite"] = text_or_null(r.suite);
  json["suite_hash"] = text_or_null(r.suite_hash);
  json["profile"] = text_or_null(r.profile);
  json["label"] = r.label;
  json["method"] = r.method;
  json["method_options"] = r.method_options;
  json["model_hash"] = r.model_hash;
  json["tokenizer_hash"] = r.tokenizer_hash;
  json["reference_hash"] = text_or_null(r.reference_hash);
  json["transform"] = r.transform;
  json["probe"] = text_or_null(r.probe);
  json["probe_options"] = r.probe_options;
  json["task"] = text_or_null(r.task);
  json["metric"] = text_or_null(r.metric);
  json["metric_options"] = r.metric_options;
  json["field"] = r.field;
  json["split"] = r.split;
  json["role"] = text_or_null(r.role);
  if (r.validation) json["validation"] = true;
  json["data_hash"] = r.data_hash;
  json["prompt_hash"] = r.prompt_hash;
  json["items_hash"] = r.items_hash;
  json["want"] = text_or_null(r.want);
  json["target"] = r.target;
  json["value"] = number_or_null(r.value);
  json["unit"] = r.unit;
  json["n"] = r.n;
  json["n_expected"] = r.n_expected;
  json["ci95"] = interval_json(r);
  json["ci_method"] = r.ci_method;
  json["seed"] = r.seed;
  json["step"] = r.step;
  json["device"] = r.device;
  json["dtype"] = r.dtype;
  json["status"] = r.status;
  json["message"] = r.message;
  if (!r.selection.empty()) json["selection"] = r.selection;
  json["seconds"] = number_or_null(r.seconds);
  json["tokens"] = r.tokens;
  json["peak_bytes"] = r.peak_bytes;
  json["device_peak_bytes"] = r.device_peak_bytes;
  json["counts"] = {{"truncated", r.counts.truncated},
                    {"boundary_mismatch", r.counts.boundary_mismatch},
                    {"nonfinite", r.counts.nonfinite},
                    {"skipped", r.counts.skipped}};
  json["versions"] = r.versions;
  return json;
}

Record record_from_json(const Json& json, const std::string& where) {
  const Fields fields(json, where);
  Record record;
  const int64_t schema = fields.integer("schema");
  if (schema != kSchema) {
    fail_input(where,
               fmt::format("schema {}, this program reads {}", schema, kSchema),
               "read the run with the version of lethe that wrote it");
  }
  record.schema = kSchema;
  read_identity(fields, record);
  read_measure(fields, record);
  read_circumstances(fields, record, where);
  return record;
}

std::vector<Record> read_records(const std::string& run_folder) {
  const std::string finished = run_folder + "/records.jsonl";
  const std::string journal = run_folder + "/journal.jsonl";
  const bool there = exists(finished);
  if (there && !(exists(journal) && is_going(run_folder))) {
    return read_finished(finished);
  }
  if (exists(journal)) return read_unfinished(journal);
  fail_usage(run_folder,
             exists(run_folder) ? "holds no records.jsonl and no journal.jsonl"
                                : "no such folder",
             "name the --out folder of a run");
}

std::string name_with_options(const std::string& name, const Json& options) {
  std::string text = name;
  char separator = ':';
  for (const auto& [key, value] : options.items()) {  // sorted by key
    text += separator + key + "=";
    text += value.is_string() ? value.get<std::string>() : canonical(value);
    separator = ',';
  }
  return text;
}

}  // namespace lethe
