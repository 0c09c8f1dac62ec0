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

// Fetches the whole file into `part`. What says which release the bytes belong
// to (URL, ETag) is kept in `part`.json and deleted at the end.
// Follows five redirects, never to another protocol than http and https and
// from https to https only. Proxies are those of the environment. Throws:
// OfflineError; runtime error for what the server answers, for an answer that
// ends early (`part` is kept and the same call goes on) and for a stalled
// connection; input error when it is not `bytes` long or longer than `limit`;
// WriteError.
void download(const Download& what);

}  // namespace lethe
