// fetch: the official files of benchmarks. The only command that opens a
// connection.
#include "harness/fetch/fetch.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "harness/app/arguments.h"
#include "harness/app/fetch/list.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/fetch/download.h"
#include "harness/fetch/headers.h"

namespace lethe {
namespace {

extern "C" void stop_on_signal(int signal) {
  constexpr char kLine[] = "\nstopped; the same command goes on\n";
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, kLine, sizeof(kLine) - 1);
  ::_exit(128 + signal);
}

std::string check_text(const FileReport& file, const std::string& folder) {
  if (file.checked == "pinned") return "sha256 as pinned";
  if (file.checked == "archive") return "its archive's sha256 as pinned";
  if (file.checked == "recorded") return "sha256 as first fetched";
  if (file.checked == "none") return "not checked: no sha256 is known";
  return "not pinned: recorded sha256 " + file.sha256 + " in " + folder +
         "/fetched.json";
}

void print_reports(const std::vector<FileReport>& files,
                   const std::string& folder) {
  for (const FileReport& file : files) {
    fmt::print("{}  {}  {}, {}\n", printable(folder + "/" + file.path, 4000),
               human_bytes(static_cast<double>(file.bytes)),
               file.fetched ? "fetched" : "is there", check_text(file, folder));
  }
  std::fflush(stdout);
}

OrderedJson reports_json(const std::vector<FileReport>& files) {
  OrderedJson json = OrderedJson::array();
  for (const FileReport& file : files) {
    json.push_back({{"path", file.path},
                    {"url", file.url},
                    {"bytes", file.bytes},
                    {"sha256", file.sha256},
                    {"status", file.fetched ? "fetched" : "there"},
                    {"checked", file.checked}});
  }
  return json;
}

// What to do without a network.
void print_places(const DataSource& source, const FetchOptions& options) {
  std::fprintf(stderr, "to go on without a network, get these elsewhere:\n");
  for (const SourceFile& file : source.files) {
    const std::string path = resolve(options.folder, file.path);
    if (exists(path)) continue;
    std::fprintf(stderr, "  %s\n    from %s\n", path.c_str(),
                 mirrored(file.url, options.mirror).c_str());
  }
  std::fprintf(stderr, "and run the same command again: it checks%s\n",
               source.files.front().members.empty() ? "" : " and unpacks them");
}

// Fetches one source; the exit code. A source that fails does not keep the
// others from being fetched.
int fetch_one(const DataSource& source, const FetchOptions& options,
              OrderedJson* json) {
  OrderedJson entry = {{"name", source.name}, {"status", "ok"}};
  int code = 0;
  const auto failed = [&](const std::string& message) {
    entry["status"] = "failed";
    entry["message"] = message;
    std::fprintf(stderr, "error: %s\n", message.c_str());
  };
  try {
    const auto files = fetch_source(source, options);
    entry["files"] = reports_json(files);
    if (json == nullptr) print_reports(files, options.folder);
  } catch (const Error& error) {
    code = error.exit_code();
    failed(error.what());
    if (dynamic_cast<const OfflineError*>(&error) != nullptr) {
      print_places(source, options);
    }
  } catch (const std::exception& error) {  // memory, the file system
    code = static_cast<int>(Fault::runtime);
    failed(printable(source.name + ": " + error.what(), 1000));
  }
  if (json != nullptr) json->push_back(entry);
  return code;
}

void check_mirror(const std::string& mirror) {
  const bool known =
      mirror.rfind("http://", 0) == 0 || mirror.rfind("https://", 0) == 0;
  const bool plain = is_plain(mirror) && mirror.find(' ') == mirror.npos;
  if (mirror.empty() || (known && plain)) return;
  fail_usage("--from", "is \"" + printable(mirror) + "\"",
             "give a URL of http or https, e.g. https://mirror.example/data");
}

std::vector<DataSource> chosen(const std::vector<DataSource>& all,
                               const std::vector<std::string>& names) {
  std::vector<DataSource> found;
  std::vector<std::string> known;
  for (const DataSource& source : all) known.push_back(source.name);
  for (const std::string& name : names) {
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end()) {
      fail_usage("lethe fetch " + name, "unknown name", suggest(name, known));
    }
    found.push_back(all[static_cast<size_t>(at - known.begin())]);
  }
  return found;
}

int run_fetch(const Arguments& arguments) {
  const auto all =
      read_data_sources(arguments.text("--sources", data_sources_file()));
  const auto& names = arguments.positional();
  FetchOptions options;
  options.folder = arguments.text("--data-dir", "data");
  options.mirror = arguments.text("--from");
  check_mirror(options.mirror);
  if (arguments.has("--list")) {
    list_sources(
        names.empty() ? all : chosen(all, names), options.folder,
        {.json = arguments.has("--json"), .long_form = !names.empty()});
    return 0;
  }
  if (names.empty()) {
    fail_usage("lethe fetch", "no name is given",
               "lethe fetch --list shows them");
  }
  const auto sources = chosen(all, names);
  make_folder(options.folder);
  const FolderLock lock(options.folder);
  OrderedJson json = OrderedJson::array();
  int code = 0;
  for (const DataSource& source : sources) {
    const int own =
        fetch_one(source, options, arguments.has("--json") ? &json : nullptr);
    if (code == 0) code = own;
  }
  if (arguments.has("--json")) print_json({{"sources", json}});
  return code;
}

int report(const std::string& message, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return code;
}

}  // namespace
}  // namespace lethe

// The library's door. No exception leaves it.
extern "C" int lethe_fetch_main(int count, char** values) {
  std::signal(SIGINT, lethe::stop_on_signal);
  std::signal(SIGTERM, lethe::stop_on_signal);
  try {
    const lethe::Arguments arguments(lethe::find_command(values[1]),
                                     {values + 2, values + count});
    if (arguments.has("-q")) lethe::set_verbosity(lethe::Verbosity::quiet);
    if (arguments.has("-v")) lethe::set_verbosity(lethe::Verbosity::verbose);
    const int code = lethe::run_fetch(arguments);
    if (std::fflush(stdout) != 0) {
      return lethe::report("stdout: cannot write: check where it goes", 1);
    }
    return code;
  } catch (const lethe::Error& error) {
    return lethe::report(error.what(), error.exit_code());
  } catch (const std::exception& error) {
    return lethe::report(lethe::printable(error.what(), 1000), 1);
  }
}
