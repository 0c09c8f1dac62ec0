// The runs that a command shows: as they are, or with --redact copies of them
// without texts, which last as long as this.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/app/arguments.h"
#include "results/redact.h"

namespace lethe {

// --hash-ids and --salt. Throws: usage error when --redact is not there.
inline RedactOptions redact_options(const Arguments& arguments) {
  for (const char* option : {"--hash-ids", "--salt"}) {
    if (arguments.has(option) && !arguments.has("--redact")) {
      fail_usage(option, "is for redacted copies", "add --redact");
    }
  }
  return {arguments.has("--hash-ids"), arguments.text("--salt")};
}

class ShownRuns {
 public:
  // The command's positional arguments.
  explicit ShownRuns(const Arguments& arguments)
      : given_(arguments.positional()) {
    const RedactOptions options = redact_options(arguments);
    if (arguments.has("--redact")) copies_.emplace(given_, options);
  }

  const std::vector<std::string>& folders() const {
    return copies_ ? copies_->folders() : given_;
  }

 private:
  const std::vector<std::string> given_;
  std::optional<RedactedRuns> copies_;
};

}  // namespace lethe
