// merge: the shards of a run as one run.
#include "harness/run/merge.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>

#include "harness/app/engine/engine.h"
#include "harness/app/engine/run_pages.h"
#include "harness/app/shown_runs.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "results/gate/kept_gates.h"
#include "results/gate/writers.h"
#include "results/redact.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

// A folder that is removed with this.
class Scratch {
 public:
  Scratch() {
    path_ = (fs::temp_directory_path() / "lethe_XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) {
      fail_write(path_, "create a folder");
    }
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Gates are held on what was measured: options are marks in a redacted copy,
// and so are the paths and patterns of rules, which are not written there.
GateReport write_pages(const std::string& whole, const std::string& out,
                       const std::vector<Gate>& gates,
                       const std::string& baseline) {
  if (whole == out) return write_run_pages(out, gates, baseline);
  write_plain_pages(out);
  if (gates.empty()) return {};
  GateReport report = hold_gates(gates, whole, baseline);
  report.run = out;
  return report;
}

}  // namespace

int merge_command(const Arguments& arguments) {
  const std::string out = arguments.needed("--out");
  const bool redacts = arguments.has("--redact");
  const RedactOptions redaction = redact_options(arguments);
  const std::string baseline = arguments.text("--baseline");
  if (!baseline.empty()) read_records(baseline);  // before the work, not after
  const Scratch scratch;
  const std::string name = fs::path(fs::absolute(out + "/."))
                               .lexically_normal()
                               .parent_path()
                               .filename();
  const std::string whole = redacts ? scratch.path() + "/" + name : out;
  const Merged merged = merge_shards(arguments.positional(), whole);
  if (redacts) redact(whole, out, redaction);
  for (const std::string& warning : merged.warnings) log_warning(warning);
  const std::vector<Gate> gates = kept_gates(arguments.positional().front());
  const GateReport report = write_pages(whole, out, gates, baseline);
  if (arguments.has("--json")) {
    OrderedJson json = {{"run", out},
                        {"shards", merged.shards},
                        {"cells", merged.cells},
                        {"records", merged.records},
                        {"repeated", merged.repeated},
                        {"failed", merged.failed}};
    if (!gates.empty()) json["gate"] = gate_json(report);
    print_json(json);
  } else {
    std::printf("%s: %ld records of %ld cells from %ld shards\n",
                printable(out).c_str(), static_cast<long>(merged.records),
                static_cast<long>(merged.cells),
                static_cast<long>(merged.shards));
    if (merged.repeated > 0) {
      std::printf("%ld values were computed in several shards and agree\n",
                  static_cast<long>(merged.repeated));
    }
    if (!gates.empty()) std::fputs(gate_terminal(report).c_str(), stdout);
  }
  if (merged.failed > 0) return 1;
  return gates.empty() ? 0 : report.exit_code();
}

}  // namespace lethe
