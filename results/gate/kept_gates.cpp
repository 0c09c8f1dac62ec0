#include "results/gate/kept_gates.h"

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/keys.h"

namespace lethe {
namespace {

std::string file_of(const std::string& run_folder) {
  return run_folder + "/gates.json";
}

}  // namespace

void keep_gates(const std::string& run_folder, const std::vector<Gate>& gates) {
  if (gates.empty()) {
    std::error_code ignored;  // there was none
    std::filesystem::remove(file_of(run_folder), ignored);
    return;
  }
  OrderedJson list = OrderedJson::array();
  for (const Gate& gate : gates) {
    list.push_back({{"file", gate.source}, {"gate", gate.json}});
  }
  write_file_atomically(
      file_of(run_folder),
      list.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
}

std::vector<Gate> kept_gates(const std::string& run_folder) {
  const std::string file = file_of(run_folder);
  if (!exists(file)) return {};
  const Json list = read_json(file, 16u << 20);
  if (!list.is_array()) {
    fail_usage(file, "is no list of gates", "name rules with --rules");
  }
  std::vector<Gate> gates;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("{}[{}]", file, i);
    std::string source;
    Keys keys(list[i], where);
    keys.need("file", source);
    const Json* gate = keys.raw("gate");
    keys.done();
    gates.push_back(gate_from_json(gate == nullptr ? Json() : *gate, where));
    gates.back().source = source;
  }
  return gates;
}

}  // namespace lethe
