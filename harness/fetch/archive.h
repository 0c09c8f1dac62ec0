// What is taken out of a release that comes as an archive (zip, tar, tar.gz).
#pragma once

#include <string>
#include <vector>

#include "harness/data/data_sources.h"

namespace lethe {

struct Extracted {
  std::string path;  // below the folder
  std::string part;  // where it lies for now
  std::string sha256;
  int64_t bytes = 0;
};

// Writes the members that `file` names out of the archive at `path` to
// `folder`, each beside its place with ".part" behind its name, and returns
// them in the order of the archive. Only regular files are taken; names decide
// nothing but which member it is. Throws: input error when the archive is
// damaged, lacks a member, has one twice, under a name that is not plain UTF-8
// or that leaves the archive's folder, when one is a link, longer than it may
// be (its `bytes`, else 4 GiB), they are too many or all of it is more than
// 64 GiB; WriteError, also before a member that the disk has no room for.
// What was written is then removed.
std::vector<Extracted> extract(const SourceFile& file, const std::string& path,
                               const std::string& folder);

// Whether an archive's `name` is the one or one of those that `member` means: *
// and ? stand for anything but a /. Files of other systems ("._x", __MACOSX/)
// are never meant by a pattern.
bool means_member(const std::string& member, const std::string& name);

// Whether the name stays below the folder that the archive is unpacked in.
bool stays_inside(const std::string& name);

}  // namespace lethe
