// Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3. Numbers
// are little-endian.
#include "harness/model/zip_archive.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_set>

#include "harness/base/error.h"

namespace lethe {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50;
constexpr uint32_t kEnd = 0x06054b50, kEnd64 = 0x06064b50;
constexpr uint32_t kLocator64 = 0x07064b50;
constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22;
constexpr size_t kEnd64Bytes = 56, kLocator64Bytes = 20;
constexpr uint64_t kMaxEntries = 1 << 20;
constexpr uint64_t kFull16 = 0xFFFF, kFull32 = 0xFFFFFFFF;  // see zip64
// A data descriptor follows; the name is UTF-8. Torch sets both.
constexpr uint64_t kKnownFlags = 1 << 3 | 1 << 11;

class Archive {
 public:
  Archive(std::string_view file, const std::string& where)
      : file_(file), where_(where) {}

  std::vector<ZipEntry> entries();

 private:
  struct Directory {
    uint64_t begin, bytes, entries;
    uint64_t end;  // where the record that describes it begins
  };
  struct Place {  // of an entry in the file
    uint64_t begin, end;
  };

  [[noreturn]] void refuse(const std::string& what) const {
    fail_input(where_, what, "download the file again, or torch.save it again");
  }

  // The number of `width` bytes at `at`.
  uint64_t number(uint64_t at, size_t width) const {
    if (at > file_.size() || width > file_.size() - at) {
      refuse(fmt::format("ends at byte {}, {} are needed", file_.size(),
                         at + width));
    }
    uint64_t value = 0;
    for (size_t i = width; i > 0; --i) {
      value = value << 8 | static_cast<uint8_t>(file_[at + i - 1]);
    }
    return value;
  }
  std::string_view part(uint64_t at, uint64_t size) const {
    if (at > file_.size() || size > file_.size() - at) {
      refuse(fmt::format("ends at byte {}, a part takes {} from byte {} on",
                         file_.size(), size, at));
    }
    return file_.substr(at, size);
  }

  Directory directory() const;
  Directory directory64(const Directory& old) const;
  ZipEntry entry(uint64_t* at, const Directory& directory);
  void read_zip64(uint64_t at, uint64_t size,
                  const std::vector<uint64_t*>& wanted) const;
  std::string_view data(const ZipEntry& entry, uint64_t flags, uint64_t begin,
                        uint64_t size, const Directory& directory);
  void check_places();

  const std::string_view file_;
  const std::string& where_;
  std::vector<Place> places_;
};

Archive::Directory Archive::directory() const {
  if (file_.size() < kEndBytes || number(file_.size() - kEndBytes, 4) != kEnd) {
    refuse("does not end as a zip archive does: cut off, or no zip archive");
  }
  const uint64_t at = file_.size() - kEndBytes;
  if (number(at + 20, 2) != 0) refuse("the archive has a comment");
  if (number(at + 4, 4) != 0 || number(at + 8, 2) != number(at + 10, 2)) {
    refuse("the archive is a part of several");
  }
  Directory found = {number(at + 16, 4), number(at + 12, 4), number(at + 10, 2),
                     at};
  const bool has64 =
      at >= kLocator64Bytes && number(at - kLocator64Bytes, 4) == kLocator64;
  if (has64) found = directory64(found);
  if (found.begin > found.end || found.bytes != found.end - found.begin) {
    refuse(fmt::format("its directory should take {} bytes from byte {} to {}",
                       found.bytes, found.begin, found.end));
  }
  if (found.entries > kMaxEntries ||
      found.entries * kCentralBytes > found.bytes) {
    refuse(fmt::format("{} entries in a directory of {} bytes", found.entries,
                       found.bytes));
  }
  return found;
}

Archive::Directory Archive::directory64(const Directory& old) const {
  const uint64_t locator = old.end - kLocator64Bytes;
  const uint64_t at = number(locator + 8, 8);
  if (number(locator + 4, 4) != 0 || number(locator + 16, 4) != 1) {
    refuse("the archive is a part of several");
  }
  if (locator < kEnd64Bytes || at != locator - kEnd64Bytes ||
      number(at, 4) != kEnd64 || number(at + 4, 8) != kEnd64Bytes - 12 ||
      number(at + 16, 8) != 0 || number(at + 24, 8) != number(at + 32, 8)) {
    refuse("its zip64 directory is none");
  }
  const Directory found = {number(at + 48, 8), number(at + 40, 8),
                           number(at + 32, 8), at};
  // Readers that know no zip64 must see the same archive.
  const auto agree = [](uint64_t narrow, uint64_t wide, uint64_t full) {
    return narrow == full || narrow == wide;
  };
  if (!agree(old.begin, found.begin, kFull32) ||
      !agree(old.bytes, found.bytes, kFull32) ||
      !agree(old.entries, found.entries, kFull16)) {
    refuse("its two directories disagree");
  }
  return found;
}

// Replaces each of `wanted` that is full by the next number of the zip64 field
// among the extra fields.
void Archive::read_zip64(uint64_t at, uint64_t size,
                         const std::vector<uint64_t*>& wanted) const {
  const uint64_t end = at + size;
  bool seen = false;
  while (at < end) {
    const uint64_t kind = number(at, 2), length = number(at + 2, 2);
    if (end - at < 4 || length > end - at - 4) refuse("an extra field is torn");
    uint64_t next = at + 4;
    at = next + length;
    if (kind != 1) continue;
    if (seen) refuse("an entry has two zip64 fields");
    seen = true;
    for (uint64_t* value : wanted) {
      if (*value != kFull32) continue;
      if (at - next < 8) refuse("a zip64 field is too short");
      *value = number(next, 8);
      next += 8;
    }
  }
}

// The entry that the directory describes at `at`, which moves behind it.
ZipEntry Archive::entry(uint64_t* at, const Directory& directory) {
  const uint64_t head = *at;
  if (number(head, 4) != kCentral) refuse("its directory is torn");
  const uint64_t flags = number(head + 8, 2), method = number(head + 10, 2);
  const uint64_t name_bytes = number(head + 28, 2);
  const uint64_t extra_bytes = number(head + 30, 2);
  ZipEntry entry;
  entry.name = part(head + kCentralBytes, name_bytes);
  entry.crc = static_cast<uint32_t>(number(head + 16, 4));
  const std::string shown = "entry \"" + printable(entry.name) + "\" ";
  if (method != 0) {
    refuse(shown +
           fmt::format("is compressed (method {}), torch stores", method));
  }
  if ((flags & ~kKnownFlags) != 0) {
    refuse(shown + fmt::format("has flags {:#x}: encrypted or patched", flags));
  }
  if (number(head + 32, 4) != 0) refuse(shown + "has a comment or a disk");
  uint64_t packed = number(head + 20, 4), size = number(head + 24, 4);
  uint64_t local = number(head + 42, 4);
  read_zip64(head + kCentralBytes + name_bytes, extra_bytes,
             {&size, &packed, &local});
  if (packed != size) {
    refuse(shown + fmt::format("takes {} bytes for {}", packed, size));
  }
  *at = head + kCentralBytes + name_bytes + extra_bytes;
  if (*at > directory.end) refuse("its directory is torn");
  entry.bytes = data(entry, flags, local, size, directory);
  return entry;
}

std::string_view Archive::data(const ZipEntry& entry, uint64_t flags,
                               uint64_t begin, uint64_t size,
                               const Directory& directory) {
  const std::string shown = "entry \"" + printable(entry.name) + "\" ";
  if (begin > directory.begin || kLocalBytes > directory.begin - begin ||
      number(begin, 4) != kLocal) {
    refuse(shown + fmt::format("is not at byte {}", begin));
  }
  const uint64_t name_bytes = number(begin + 26, 2);
  if (number(begin + 6, 2) != flags || number(begin + 8, 2) != 0 ||
      part(begin + kLocalBytes, name_bytes) != entry.name) {
    refuse(shown + "is called something else where it stands");
  }
  uint64_t packed = number(begin + 18, 4), unpacked = number(begin + 22, 4);
  const uint64_t extra = begin + kLocalBytes + name_bytes;
  const uint64_t extra_bytes = number(begin + 28, 2);
  read_zip64(extra, extra_bytes, {&unpacked, &packed});
  const bool later = (flags & 1 << 3) != 0 && packed == 0 && unpacked == 0;
  if (!later && (packed != size || unpacked != size)) {
    refuse(shown + fmt::format("has {} bytes in the directory, {} and {} "
                               "where it stands",
                               size, packed, unpacked));
  }
  const uint64_t data = extra + extra_bytes;
  if (data > directory.begin || size > directory.begin - data) {
    refuse(shown + fmt::format("has {} bytes from byte {} on, the directory "
                               "begins at byte {}",
                               size, data, directory.begin));
  }
  places_.push_back({begin, data + size});
  return part(data, size);
}

void Archive::check_places() {
  std::sort(places_.begin(), places_.end(),
            [](const Place& a, const Place& b) { return a.begin < b.begin; });
  for (size_t i = 1; i < places_.size(); ++i) {
    if (places_[i].begin < places_[i - 1].end) {
      refuse(fmt::format("two entries overlap at byte {}", places_[i].begin));
    }
  }
}

std::vector<ZipEntry> Archive::entries() {
  const Directory found = directory();
  std::vector<ZipEntry> all;
  std::unordered_set<std::string> names;
  uint64_t at = found.begin;
  for (uint64_t i = 0; i < found.entries; ++i) {
    all.push_back(entry(&at, found));
    if (!names.insert(all.back().name).second) {
      refuse("entry \"" + printable(all.back().name) + "\" stands twice");
    }
  }
  if (at != found.end) {
    refuse(fmt::format("{} entries end at byte {}, the directory at {}",
                       found.entries, at, found.end));
  }
  check_places();
  return all;
}

}  // namespace

std::vector<ZipEntry> read_zip(std::string_view file,
                               const std::string& where) {
  return Archive(file, where).entries();
}

}  // namespace lethe
