#include "harness/fetch/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fnmatch.h>
#include <locale.h>

#include <filesystem>
#include <memory>
#include <set>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/fetch/place.h"

namespace lethe {
namespace {

constexpr int64_t kMaxMember = int64_t{4} << 30;
constexpr int64_t kMaxUnpacked = int64_t{64} << 30;
constexpr size_t kMaxMembers = 10'000;
constexpr size_t kBlock = 1u << 16;

using Reader = std::unique_ptr<archive, int (*)(archive*)>;

// While it lives, the thread's locale is one of UTF-8, where there is one:
// libarchive gives names of zip files that are not ASCII in the locale only.
class Utf8Names {
 public:
  Utf8Names() {
    static const locale_t kNames =
        ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    before_ = ::uselocale(kNames);  // null changes nothing
  }
  ~Utf8Names() { ::uselocale(before_); }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t before_;
};

std::string without_dots(std::string text) {
  while (text.rfind("./", 0) == 0) text.erase(0, 2);
  return text;
}

class Extraction {
 public:
  Extraction(const SourceFile& file, const std::string& path,
             const std::string& folder)
      : file_(file),
        folder_(folder),
        path_(path),
        reader_(archive_read_new(), archive_read_free) {}

  std::vector<Extracted> run();

 private:
  void open();
  archive_entry* next(std::string& name) const;
  void check_size(archive_entry* entry) const;
  void check_member(const SourceMember& member, archive_entry* entry,
                    const std::string& name);
  void take(const SourceMember& member, archive_entry* entry,
            const std::string& name);
  int64_t most_of(const SourceMember& member) const;
  void copy(const SourceMember& member, Extracted& taken);
  void check_complete() const;
  [[noreturn]] void refuse(const std::string& what) const;
  [[noreturn]] void refuse_damaged() const;

  const SourceFile& file_;
  const std::string folder_, path_;
  Reader reader_;
  std::set<const SourceMember*> found_;
  std::vector<Extracted> taken_;
  int64_t bytes_ = 0;  // of all that was taken
};

void Extraction::refuse(const std::string& what) const {
  fail_input(path_, what, "get it again");
}

void Extraction::refuse_damaged() const {
  const char* why = archive_error_string(reader_.get());
  refuse(std::string("is no sound zip, tar or tar.gz: ") +
         (why == nullptr ? "it cannot be read" : why));
}

void Extraction::open() {
  archive* reader = reader_.get();
  archive_read_support_filter_gzip(reader);
  archive_read_support_format_tar(reader);
  archive_read_support_format_zip(reader);
  if (!file_.password.empty()) {
    archive_read_add_passphrase(reader, file_.password.c_str());
  }
  if (archive_read_open_filename(reader, path_.c_str(), kBlock) != ARCHIVE_OK) {
    refuse_damaged();
  }
}

// Null at the end.
archive_entry* Extraction::next(std::string& name) const {
  const Utf8Names utf8;
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(reader_.get(), &entry);
  if (result == ARCHIVE_EOF) return nullptr;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) refuse_damaged();
  const char* given = archive_entry_pathname_utf8(entry);
  if (given == nullptr) given = archive_entry_pathname(entry);
  if (given == nullptr) {
    refuse("has a member with a name that is not plain UTF-8");
  }
  name = without_dots(given);
  return entry;
}

// A few bytes can stand for very many, also of members that are passed over.
void Extraction::check_size(archive_entry* entry) const {
  const int64_t so_far = archive_filter_bytes(reader_.get(), 0);
  if (archive_entry_size(entry) > kMaxUnpacked - std::max(so_far, bytes_)) {
    refuse(fmt::format("holds more than {} bytes", kMaxUnpacked));
  }
}

int64_t Extraction::most_of(const SourceMember& member) const {
  return std::min(member.bytes > 0 ? member.bytes : kMaxMember,
                  kMaxUnpacked - bytes_);
}

void Extraction::copy(const SourceMember& member, Extracted& taken) {
  const int64_t most = most_of(member);
  PartFile out(taken.part, 0);
  Sha256 hash;
  std::vector<char> buffer(1u << 20);
  while (true) {
    const la_ssize_t n =
        archive_read_data(reader_.get(), buffer.data(), buffer.size());
    if (n == 0) break;
    if (n < 0) refuse_damaged();
    if (out.bytes() + n > most) {
      refuse(fmt::format("its member {} has more than {} bytes", member.member,
                         most));
    }
    out.write(buffer.data(), static_cast<size_t>(n));
    hash.add({buffer.data(), static_cast<size_t>(n)});
  }
  if (member.bytes > 0 && out.bytes() != member.bytes) {
    refuse(fmt::format("its member {} has {} bytes, {} are wanted",
                       member.member, out.bytes(), member.bytes));
  }
  bytes_ += out.bytes();
  taken.bytes = out.bytes();
  taken.sha256 = hash.hex();
}

void Extraction::check_member(const SourceMember& member, archive_entry* entry,
                              const std::string& name) {
  if (printable(name, name.size() + 1) != name) {
    refuse("its member " + name + " has a name that is not plain UTF-8");
  }
  if (!stays_inside(name)) {
    refuse("its member " + name + " would leave the folder");
  }
  if (archive_entry_filetype(entry) != AE_IFREG ||
      archive_entry_hardlink(entry) != nullptr) {
    refuse("its member " + name + " is a link or a folder, not a file");
  }
  if (!found_.insert(&member).second && member.path.back() != '/') {
    refuse("has the member " + name + " twice");
  }
  if (taken_.size() == kMaxMembers) {
    refuse(fmt::format("has more than {} members to take", kMaxMembers));
  }
}

void Extraction::take(const SourceMember& member, archive_entry* entry,
                      const std::string& name) {
  check_member(member, entry, name);
  const bool to_folder = member.path.back() == '/';
  Extracted taken;
  taken.path = member.path;
  if (to_folder) taken.path += std::filesystem::path(name).filename().string();
  for (const Extracted& other : taken_) {
    if (other.path == taken.path) refuse("has the member " + name + " twice");
  }
  taken.part = resolve(folder_, taken.path) + ".part";
  make_folder(std::filesystem::path(taken.part).parent_path().string());
  need_space(taken.part,
             std::min<int64_t>(archive_entry_size(entry), most_of(member)));
  taken_.push_back(taken);  // known before it is written: to be removed
  copy(member, taken_.back());
}

void Extraction::check_complete() const {
  for (const SourceMember& member : file_.members) {
    if (found_.count(&member) == 0) {
      refuse("has no member " + member.member);
    }
  }
}

std::vector<Extracted> Extraction::run() {
  open();
  try {
    std::string name;
    while (archive_entry* entry = next(name)) {
      check_size(entry);
      for (const SourceMember& member : file_.members) {
        if (!means_member(member.member, name)) continue;
        take(member, entry, name);
        break;
      }
    }
    check_complete();
  } catch (...) {
    for (const Extracted& taken : taken_) remove_file(taken.part);
    throw;
  }
  return std::move(taken_);
}

}  // namespace

bool means_member(const std::string& member, const std::string& name) {
  if (member == name) return true;
  const size_t slash = name.rfind('/');
  const std::string own = slash == name.npos ? name : name.substr(slash + 1);
  if (own.empty() || own.front() == '.' || name.rfind("__MACOSX/", 0) == 0) {
    return false;
  }
  return ::fnmatch(member.c_str(), name.c_str(), FNM_PATHNAME | FNM_NOESCAPE) ==
         0;
}

bool stays_inside(const std::string& name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != name.npos) {
    return false;
  }
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    if (name.compare(begin, end - begin, "..") == 0) return false;
    begin = end + 1;
  }
  return true;
}

std::vector<Extracted> extract(const SourceFile& file, const std::string& path,
                               const std::string& folder) {
  return Extraction(file, path, folder).run();
}

}  // namespace lethe
