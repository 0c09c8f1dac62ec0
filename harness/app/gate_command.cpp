#include "harness/app/gate_command.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "harness/base/files.h"
#include "results/gate/gate.h"
#include "results/gate/kept_gates.h"
#include "results/gate/writers.h"

namespace lethe {
namespace {

// GitHub shows at most 1 MiB of a step's summary.
constexpr size_t kSummaryLimit = 1'000'000;

std::vector<Gate> gates_of(const Arguments& arguments, const std::string& run) {
  const std::vector<Gate> named = named_gates(arguments);
  return named.empty() ? kept_gates(run) : named;
}

std::string utc_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  return text;
}

// What fits beside `used` bytes, cut behind a line, with a notice.
std::string cut_to_limit(const std::string& text, size_t used) {
  const size_t room = used < kSummaryLimit ? kSummaryLimit - used : 0;
  if (text.size() <= room) return text;
  const size_t end = text.rfind('\n', room);
  return text.substr(0, end == std::string::npos ? 0 : end + 1) +
         "\nThe rest does not fit into a step summary.\n";
}

void append_step_summary(const std::string& markdown) {
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr || *path == '\0') return;
  std::error_code absent;
  const auto used = std::filesystem::file_size(path, absent);
  const std::string text =
      cut_to_limit(markdown, absent ? 0 : static_cast<size_t>(used));
  std::FILE* file = std::fopen(path, "ab");
  if (file == nullptr) fail_write(path);
  const bool written = std::fputs(text.c_str(), file) >= 0;
  if (std::fclose(file) != 0 || !written) fail_write(path);
}

void write_files(const Arguments& arguments, const GateReport& report) {
  if (arguments.has("--junit")) {
    write_file_atomically(arguments.text("--junit"),
                          gate_junit(report, utc_time()));
  }
  if (arguments.has("--sarif")) {
    write_file_atomically(arguments.text("--sarif"), gate_sarif(report));
  }
  if (arguments.has("--markdown")) {
    write_file_atomically(arguments.text("--markdown"), gate_markdown(report));
  }
  append_step_summary(gate_markdown(report));
}

}  // namespace

std::vector<Gate> named_gates(const Arguments& arguments) {
  std::vector<Gate> gates;
  for (const std::string& rules : arguments.all("--rules")) {
    gates.push_back(read_gate(rules));
  }
  return gates;
}

int gate_command(const Arguments& arguments) {
  const std::string& run = arguments.positional().front();
  const GateReport report =
      hold_gates(gates_of(arguments, run), run, arguments.text("--baseline"));
  if (arguments.has("--json")) {
    const std::string text = gate_json(report).dump(
        2, ' ', true, OrderedJson::error_handler_t::replace);
    std::printf("%s\n", text.c_str());
  } else {
    std::fputs(gate_terminal(report).c_str(), stdout);
  }
  write_files(arguments, report);
  return report.exit_code();
}

}  // namespace lethe
