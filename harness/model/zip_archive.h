// Zip archives whose entries are stored as they are, as torch.save writes them:
// a reader that trusts nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

struct ZipEntry {
  std::string name;
  std::string_view bytes;  // inside the archive
  uint32_t crc;            // of the bytes, as the archive says; not checked
};

// The entries of an archive that takes all of `file`, in the order of its
// directory. Reads the directory and the entries' heads, none of their bytes.
//
// Throws: input error that begins with `where` for anything but stored entries:
// compression, encryption, comments, several disks; and unless both directories
// (zip64 too) agree with each other and with the heads of the entries, every
// entry lies inside the file, no two overlap and no name stands twice.
// O(n log n) in the entries.
std::vector<ZipEntry> read_zip(std::string_view file, const std::string& where);

}  // namespace lethe
