// embed --features: a decoder's features of outputs and references, for MAUVE.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "harness/app/engine/engine.h"
#include "harness/base/log.h"
#include "harness/score/last_states.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// One of the two sets: its name in the file, and where rows have its texts.
struct Set {
  const char* name;
  std::vector<const char*> texts;
  const char* ids;
  std::vector<std::vector<int64_t>> rows = {};
};

struct Texts {
  Set references{"p", {"reference"}, "reference_ids"};
  Set outputs{"q", {"output", "prediction"}, "output_ids"};
  int64_t empty = 0;  // left out
  int64_t cut = 0;    // to the first tokens
  int64_t tokens = 0;
};

// The ids of the row's text, empty if it has none.
std::vector<int64_t> ids_of(const DataRow& row, const Set& set,
                            const Tokenizer* tokenizer) {
  if (row.fields.contains(set.ids)) {
    try {
      return row.fields[set.ids].get<std::vector<int64_t>>();
    } catch (const Json::exception&) {
      fail_input(row.where, fmt::format("\"{}\" are no token ids", set.ids),
                 "give a list of integers");
    }
  }
  for (const char* key : set.texts) {
    if (!row.fields.contains(key)) continue;
    const Json& value = row.fields[key];
    // Of several references the first is the one.
    const bool list = value.is_array() && !value.empty();
    const Json& text = list ? value.front() : value;
    if (!text.is_string()) {
      fail_input(row.where, fmt::format("\"{}\" is no text", key),
                 "give a text");
    }
    if (tokenizer == nullptr) {
      fail_input(row.where, "has text, but the model folder no tokenizer.json",
                 "give output_ids and reference_ids");
    }
    const std::string words = text.get<std::string>();
    return words.empty() ? std::vector<int64_t>() : tokenizer->encode(words);
  }
  fail_input(row.where, fmt::format("has no \"{}\"", set.texts.front()),
             "give output and reference, or output_ids and reference_ids");
}

Texts read_texts(const std::vector<DataRow>& rows, const Tokenizer* tokenizer,
                 int64_t most) {
  Texts texts;
  for (const DataRow& row : rows) {
    for (Set* set : {&texts.references, &texts.outputs}) {
      std::vector<int64_t> ids = ids_of(row, *set, tokenizer);
      texts.empty += ids.empty();
      if (ids.empty()) continue;
      texts.cut += static_cast<int64_t>(ids.size()) > most;
      ids.resize(std::min(ids.size(), static_cast<size_t>(most)));
      texts.tokens += static_cast<int64_t>(ids.size());
      set->rows.push_back(std::move(ids));
    }
  }
  for (const Set* set : {&texts.references, &texts.outputs}) {
    if (set->rows.empty()) {
      fail_input("--data", fmt::format("every {} is empty", set->texts.front()),
                 "give texts to compare");
    }
  }
  return texts;
}

int64_t most_tokens(const Arguments& arguments, int64_t window) {
  const int64_t given =
      arguments.integer("--max-length", std::min<int64_t>(1024, window));
  if (given < 1 || given > window) {
    fail_usage("--max-length",
               fmt::format("is {}, the window {}", given, window),
               fmt::format("give 1 to {}", window));
  }
  return given;
}

}  // namespace

int features_command(const Arguments& arguments) {
  const std::string out = arguments.needed("--out");
  if (arguments.has("--layers")) {
    fail_usage("--layers", "is of encoders: features are the last layer's",
               "leave it or --features out");
  }
  const TargetOptions options = target_options(arguments);
  const LoadedModel loaded = load_target(
      find_model(arguments.needed("--model")),
      start_compute(arguments.compute()), options, arguments.text("--adapter"));
  const Texts texts = read_texts(
      read_rows(arguments.needed("--data"), arguments.integer("--limit", 0)),
      loaded.tokenizer.get(), most_tokens(arguments, loaded.target->window()));
  std::optional<Progress> progress;
  LastStateOptions pass{options.batch_tokens, nullptr};
  if (!arguments.has("-q")) {
    progress.emplace("embedding", "tokens", texts.tokens);
    pass.progress = [&](int64_t count) { progress->add(count); };
  }
  NamedTensors tensors;
  for (const Set* set : {&texts.references, &texts.outputs}) {
    tensors.emplace_back(set->name,
                         last_states(*loaded.target->model(), set->rows, pass));
  }
  write_safetensors(out, tensors);
  progress.reset();
  if (arguments.has("--json")) {
    print_json({{"out", out},
                {"p", texts.references.rows.size()},
                {"q", texts.outputs.rows.size()},
                {"tokens", texts.tokens},
                {"empty", texts.empty},
                {"cut", texts.cut},
                {"hidden_size", tensors[0].second.size(1)}});
  } else {
    std::printf(
        "p of %zu references, q of %zu outputs, %lld empty left out, "
        "%lld cut: %s\n",
        texts.references.rows.size(), texts.outputs.rows.size(),
        static_cast<long long>(texts.empty), static_cast<long long>(texts.cut),
        printable(out).c_str());
  }
  return 0;
}

}  // namespace lethe
