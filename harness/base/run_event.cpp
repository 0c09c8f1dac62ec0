#include "harness/base/run_event.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>

#include "harness/base/hash.h"

namespace lethe {
namespace {

constexpr size_t kLongestMessage = 1000;

void put(OrderedJson& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

void put(OrderedJson& json, const char* key, int64_t number) {
  if (number != 0) json[key] = number;
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>()
                                                   : "";
}

double number_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  const double number =
      found != json.end() && found->is_number() ? found->get<double>() : 0;
  return std::isfinite(number) ? number : 0;
}

// Counts beyond what a double holds exactly are no counts.
int64_t count_at(const Json& json, const char* key) {
  const double number = number_at(json, key);
  return std::abs(number) < 9e15 ? static_cast<int64_t>(number) : 0;
}

bool flag_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

const Json& list_at(const Json& json, const char* key) {
  static const Json kNone = Json::array();
  const auto found = json.find(key);
  return found != json.end() && found->is_array() ? *found : kNone;
}

OrderedJson plan_json(const std::vector<PlannedRow>& plan) {
  OrderedJson rows = OrderedJson::array();
  for (const PlannedRow& row : plan) {
    OrderedJson json = {{"cell", row.cell}, {"label", row.label}};
    put(json, "transform", row.transform);
    put(json, "seed", row.seed);
    rows.push_back(json);
  }
  return rows;
}

}  // namespace

OrderedJson to_json(const RunEvent& e) {
  OrderedJson json;
  put(json, "time", e.time);
  json["event"] = e.event;
  put(json, "suite", e.suite);
  put(json, "cell", e.cell);
  put(json, "unit", e.unit);
  put(json, "stage", e.stage);
  put(json, "done", e.done);
  put(json, "total", e.total);
  put(json, "counted", e.counted);
  put(json, "status", e.status);
  if (e.seconds > 0) json["seconds"] = std::round(e.seconds * 1e3) / 1e3;
  put(json, "tokens", e.tokens);
  put(json, "peak_bytes", e.peak_bytes);
  if (e.resumed) json["resumed"] = true;
  if (e.kept) json["kept"] = true;
  put(json, "process", e.process);
  put(json, "message", printable(e.message, kLongestMessage));
  if (!e.units.empty()) json["units"] = e.units;
  if (!e.plan.empty()) json["plan"] = plan_json(e.plan);
  return json;
}

RunEvent run_event_from_json(const Json& json) {
  RunEvent e;
  if (!json.is_object()) return e;
  e.event = text_at(json, "event");
  e.time = text_at(json, "time");
  e.suite = text_at(json, "suite");
  e.cell = text_at(json, "cell");
  e.unit = text_at(json, "unit");
  e.stage = text_at(json, "stage");
  e.counted = text_at(json, "counted");
  e.status = text_at(json, "status");
  e.message = text_at(json, "message");
  e.process = text_at(json, "process");
  e.done = count_at(json, "done");
  e.total = count_at(json, "total");
  e.seconds = number_at(json, "seconds");
  e.tokens = count_at(json, "tokens");
  e.peak_bytes = count_at(json, "peak_bytes");
  e.resumed = flag_at(json, "resumed");
  e.kept = flag_at(json, "kept");
  for (const Json& unit : list_at(json, "units")) {
    if (unit.is_string()) e.units.push_back(unit);
  }
  for (const Json& row : list_at(json, "plan")) {
    if (!row.is_object()) continue;
    e.plan.push_back({text_at(row, "cell"), text_at(row, "label"),
                      text_at(row, "transform"), count_at(row, "seed")});
  }
  return e;
}

std::string utc_time(double seconds) {
  const auto whole = static_cast<std::time_t>(std::floor(seconds));
  const auto milli = static_cast<int>((seconds - std::floor(seconds)) * 1e3);
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                     parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec, milli);
}

double seconds_of(const std::string& utc) {
  std::tm parts{};
  const char* rest = ::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::numeric_limits<double>::quiet_NaN();
  const double fraction = *rest == '.' ? std::strtod(rest, nullptr) : 0;
  return static_cast<double>(::timegm(&parts)) + fraction;
}

double wall_clock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

namespace {

// Numbers of processes mean something within one boot and one namespace.
std::string machine() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::error_code ignored;
  const auto space =
      std::filesystem::read_symlink("/proc/self/ns/pid", ignored);
  return short_hash(boot + space.string());
}

}  // namespace

std::string process_name() {
  return machine() + "/" + std::to_string(::getpid());
}

ProcessState process_state(const std::string& name) {
  const size_t slash = name.find('/');
  if (slash == std::string::npos || name.substr(0, slash) != machine()) {
    return ProcessState::elsewhere;
  }
  const int64_t number = std::strtoll(name.c_str() + slash + 1, nullptr, 10);
  if (number <= 0) return ProcessState::elsewhere;
  const bool ended =
      ::kill(static_cast<pid_t>(number), 0) != 0 && errno == ESRCH;
  return ended ? ProcessState::ended : ProcessState::runs;
}

}  // namespace lethe
