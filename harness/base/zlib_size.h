// The compressed size of a text.
#pragma once

#include <cstddef>
#include <string>

namespace lethe {

// Bytes of zlib.compress(text): level 6, header and checksum included (8 for
// the empty text).
size_t zlib_size(const std::string& text);

// The version of the zlib that computes it: other implementations (zlib-ng)
// give other sizes.
std::string zlib_build();

}  // namespace lethe
