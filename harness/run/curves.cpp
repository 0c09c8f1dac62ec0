#include "harness/run/curves.h"

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/json.h"

namespace lethe {

void keep_curve(const std::string& folder, const std::string& path) {
  const std::string log = folder + "/train_log.jsonl";
  if (!exists(log)) return;
  std::string text;
  int64_t tokens = 0;
  for (const std::string& line : read_lines(log)) {
    const Json row = parse_json(line, log);
    tokens += require_int(row, "tokens", log);
    OrderedJson point = {{"step", require_int(row, "step", log)},
                         {"tokens", tokens}};
    for (const char* key :
         {"loss", "terms", "grad_norm", "lr", "seconds", "eval_before",
          "eval"}) {
      if (row.contains(key)) point[key] = row[key];
    }
    text += point.dump() + "\n";
  }
  make_folder(std::filesystem::path(path).parent_path().string());
  write_file_atomically(path, text);
}

}  // namespace lethe
