// One file over HTTP: goes on where an earlier try stopped, never takes more
// than it may, and asks again when a server is busy.
#pragma once

#include <cstdint>
#include <string>

#include "harness/base/error.h"

namespace lethe {

struct Download {
  std::string title;    // shown with the progress
  std::string url;      // http or https
  std::string part;     // where the bytes go; what is there is gone on with
  int64_t bytes = 0;    // that the file must have; 0: not known
  int64_t limit = 0;    // bytes at most
  bool pinned = false;  // its hash is known and will be checked
};

// Nothing was reached: no such host, no connection.
class OfflineError : public Error {
 public:
  using Error::Error;
};

// Fetches the whole file into `part`, in ranges where the server sends it so.
// What says which release the bytes belong to (URL, ETag, length) is kept in
// note_of(part), also behind the end: the caller deletes it once the file is
// accepted, so that a download that is stopped while it is checked is not lost.
// A whole file that answers where a part is there is written to `part`.new and
// takes its place when it is complete, or broke off with more bytes.
// Follows five redirects, never to another protocol than http and https and
// from https to https only. Proxies are those of the environment. Throws:
// OfflineError; runtime error for what the server answers (a web page where no
// hash is known, too), for an answer that ends early (`part` is kept and the
// same call goes on) and for a stalled connection; input error when it is not
// `bytes` long or longer than `limit`, which deletes what that answer gave and
// nothing else; WriteError.
void download(const Download& what);

std::string note_of(const std::string& part);

}  // namespace lethe
