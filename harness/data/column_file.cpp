#include "harness/data/column_file.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/file_reader.h"
#include "harness/data/arrow/interface.h"

namespace lethe {
namespace {

std::string module_path() {
  const char* named = std::getenv("LETHE_ARROW_MODULE");
  if (named != nullptr && *named != '\0') return named;
  const auto program = std::filesystem::canonical("/proc/self/exe");
  return (program.parent_path() / "liblethe_arrow.so").string();
}

// A line of Python that writes the file as JSON Lines, for who has that.
std::string conversion(const std::string& path) {
  const bool arrow =
      path.size() > 6 && path.substr(path.size() - 6) == ".arrow";
  return fmt::format(
      "python3 -c \"import {}('{}').{}to_json('rows.jsonl', "
      "orient='records', lines=True)\"",
      arrow ? "datasets; datasets.Dataset.from_file"
      : path.find(".feather") != path.npos ? "pandas; pandas.read_feather"
                                           : "pandas; pandas.read_parquet",
      path, arrow ? "to_pandas()." : "");
}

[[noreturn]] void refuse_without_module(const std::string& path,
                                        const std::string& why) {
  fail_usage(
      path, "Parquet and Arrow files are read with pyarrow's libraries, " + why,
      "run ./dev arrow, or convert it: " + conversion(path));
}

// Opened once and never closed: its threads and pools live as long as we do.
const ArrowInterface& arrow_interface(const std::string& path) {
  const std::string module = module_path();
  if (!std::filesystem::exists(module)) {
    refuse_without_module(path,
                          "which this build is without (no " + module + ")");
  }
  void* library = dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    refuse_without_module(path,
                          fmt::format("which do not load ({})", dlerror()));
  }
  const auto get = reinterpret_cast<ArrowInterfaceFunction>(
      dlsym(library, kArrowInterfaceName));
  if (get == nullptr || get()->version != kArrowInterfaceVersion) {
    refuse_without_module(path,
                          "and " + module + " is not the module of this build");
  }
  return *get();
}

}  // namespace

struct ColumnFile::Rows {
  explicit Rows(const std::string& path)
      : arrow(arrow_interface(path)), file(arrow.open(path.c_str())) {}
  ~Rows() { arrow.close(file); }

  const ArrowInterface& arrow;
  ColumnRows* const file;
};

ColumnFile::ColumnFile(const std::string& path) : path_(path) {
  const FileReader there(path);  // a folder, a pipe and an absent file end here
  rows_ = std::make_unique<Rows>(path);
}

ColumnFile::~ColumnFile() = default;

bool ColumnFile::next(std::string& row) {
  const char* text = nullptr;
  size_t size = 0;
  const int read = rows_->arrow.next(rows_->file, &text, &size);
  if (read < 0) {
    fail_input(number_ == 0 ? path_ : "after " + where(),
               printable(rows_->arrow.fault(rows_->file), 400),
               rows_->arrow.cure(rows_->file));
  }
  if (read == 0) return false;
  row.assign(text, size);
  ++number_;
  return true;
}

std::string ColumnFile::where() const {
  return fmt::format("{} row {}", path_, number_);
}

std::string ColumnFile::format() const {
  return rows_->arrow.format(rows_->file);
}

}  // namespace lethe
