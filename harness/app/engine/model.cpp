// model check, model convert and model merge.
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "harness/app/engine/engine.h"
#include "harness/base/files.h"
#include "harness/model/adapter.h"
#include "harness/model/check.h"
#include "harness/model/convert.h"
#include "harness/tensor/compute.h"

namespace lethe {
namespace {

using Tensors = std::vector<CheckedTensor>;

OrderedJson weights_json(const Tensors& tensors) {
  OrderedJson all = OrderedJson::array();
  for (const CheckedTensor& tensor : tensors) {
    OrderedJson one = {{"name", tensor.name},   {"status", tensor.status()},
                       {"dtype", tensor.dtype}, {"shape", tensor.shape},
                       {"bytes", tensor.bytes}, {"nan", tensor.nan},
                       {"inf", tensor.inf}};
    if (tensor.wanted) one["wanted_shape"] = tensor.wanted_shape;
    all.push_back(one);
  }
  return all;
}

std::string brackets(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// What makes the folder one that cannot be used as it is.
std::vector<std::string> problems_of(const ModelFolder& folder,
                                     const Tensors& tensors,
                                     const Tokenizer* tokenizer) {
  std::vector<std::string> all;
  for (const CheckedTensor& t : tensors) {
    const std::string shown = "tensor \"" + printable(t.name) + "\" ";
    if (!t.stored) {
      all.push_back(shown + "is missing, config.json says " +
                    brackets(t.wanted_shape));
    } else if (t.wanted && t.shape != t.wanted_shape) {
      all.push_back(shown + "has shape " + brackets(t.shape) +
                    ", config.json says " + brackets(t.wanted_shape));
    }
    if (t.nan + t.inf > 0) {
      all.push_back(shown + fmt::format("holds {} NaN and {} infinite values",
                                        t.nan, t.inf));
    }
  }
  const int64_t rows = model_sizes(folder).vocab_size;
  if (tokenizer != nullptr && tokenizer->vocab_size() > rows) {
    all.push_back(
        fmt::format("the tokenizer has {} tokens, the embedding {} "
                    "rows",
                    tokenizer->vocab_size(), rows));
  }
  return all;
}

OrderedJson summary_json(const ModelFolder& folder, const Tensors& tensors,
                         const Tokenizer* tokenizer) {
  const ModelSizes c = model_sizes(folder);
  int64_t parameters = 0, nonfinite = 0;
  size_t bytes = 0, stored = 0, used = 0, extra = 0;
  for (const CheckedTensor& tensor : tensors) {
    const bool needed = tensor.stored && tensor.wanted;
    parameters += needed ? tensor.elements : 0;
    nonfinite += tensor.nan + tensor.inf;
    bytes += tensor.bytes;
    stored += tensor.stored ? 1 : 0;
    used += needed ? 1 : 0;
    extra += tensor.wanted ? 0 : 1;
  }
  OrderedJson json = {{"folder", folder.path()},
                      {"model_type", c.model_type},
                      {"kind", c.kind},
                      {"parameters", parameters},
                      {"tensors", stored},
                      {"used_tensors", used},
                      {"extra_tensors", extra},
                      {"dtype", dtype_name(folder.stored_dtype())},
                      {"bytes", bytes},
                      {"vocab_size", c.vocab_size},
                      {"layers", c.layers},
                      {"hidden_size", c.hidden_size},
                      {"heads", c.heads},
                      {"kv_heads", c.kv_heads},
                      {"window", nullptr},
                      {"tokenizer_vocab_size", nullptr},
                      {"tokenizer_hash", nullptr},
                      {"nonfinite_values", nonfinite},
                      {"model_hash", folder.hash()}};
  if (c.window > 0) json["window"] = c.window;
  if (tokenizer != nullptr) {
    json["tokenizer_vocab_size"] = tokenizer->vocab_size();
    json["tokenizer_hash"] = tokenizer->hash();
  }
  return json;
}

void print_pairs(const OrderedJson& json) {
  for (const auto& [key, value] : json.items()) {
    const std::string text =
        value.is_string() ? value.get<std::string>() : value.dump();
    std::printf("%-22s %s\n", key.c_str(), printable(text).c_str());
  }
}

// A row a tensor; what is not "ok" says why in the last column.
void print_tensors(const Tensors& tensors) {
  size_t name = 6, shape = 5;
  for (const CheckedTensor& t : tensors) {
    name = std::max(name, printable(t.name).size());
    shape = std::max(shape, brackets(t.shape).size());
  }
  fmt::print("\n{:{}}  {:9} {:{}} {:>12} {:>6} {:>6}  {}\n", "tensor", name,
             "dtype", "shape", shape, "bytes", "NaN", "inf", "status");
  for (const CheckedTensor& t : tensors) {
    const bool odd = t.wanted && (!t.stored || t.shape != t.wanted_shape);
    fmt::print("{:{}}  {:9} {:{}} {:>12} {:>6} {:>6}  {}{}\n",
               printable(t.name), name, t.dtype,
               t.stored ? brackets(t.shape) : "", shape, t.bytes, t.nan, t.inf,
               t.status(), odd ? ", wanted " + brackets(t.wanted_shape) : "");
  }
}

int check(const ModelFolder& folder, bool as_json) {
  const Tensors tensors = check_tensors(folder);
  const auto tokenizer = Tokenizer::present(folder.path())
                             ? Tokenizer::load(folder.path())
                             : nullptr;
  const std::vector<std::string> problems =
      problems_of(folder, tensors, tokenizer.get());
  OrderedJson json = summary_json(folder, tensors, tokenizer.get());
  if (as_json) {
    json["weights"] = weights_json(tensors);
    json["problems"] = problems;
    print_json(json);
  } else {
    print_pairs(json);
    print_tensors(tensors);
  }
  if (problems.empty()) return 0;
  fail_input(folder.path(),
             problems.size() == 1 ? problems[0]
                                  : fmt::format("{} problems; the first: {}",
                                                problems.size(), problems[0]),
             "export or download the model again");
}

int convert(const std::string& from, const Arguments& arguments) {
  const Conversion done = convert_folder(from, arguments.text("--out"));
  const OrderedJson json = {{"folder", done.folder},
                            {"files", done.files},
                            {"tensors", done.tensors},
                            {"bytes", done.bytes},
                            {"dropped", done.dropped}};
  if (arguments.has("--json")) {
    print_json(json);
  } else {
    print_pairs(json);
  }
  return 0;
}

// The sums are rounded to the dtype of the stored weights.
int merge(const std::string& from, const Arguments& arguments) {
  const std::string adapter = arguments.needed("--adapter");
  const std::string out = arguments.needed("--out");
  if (exists(out) && (!is_folder(out) || !std::filesystem::is_empty(out))) {
    fail_usage(out, "exists already", "name a new folder");
  }
  const ModelFolder folder(from);
  ComputeOptions options = arguments.compute();
  options.dtype = dtype_name(folder.stored_dtype());
  const auto model = Model::load(folder, start_compute(options));
  const auto merged = Adapter(adapter).on(*model, true);
  save_model(*merged, folder, out);
  const OrderedJson json = {{"folder", out},
                            {"model_hash", ModelFolder(out).hash()}};
  if (arguments.has("--json")) {
    print_json(json);
  } else {
    print_pairs(json);
  }
  return 0;
}

// Options that the action does not read.
void refuse_unread(const std::string& action, const Arguments& arguments) {
  for (const auto& [option, reader] :
       {std::pair{"--adapter", std::vector<std::string>{"merge"}},
        std::pair{"--out", std::vector<std::string>{"convert", "merge"}}}) {
    const bool read =
        std::find(reader.begin(), reader.end(), action) != reader.end();
    if (!read && arguments.has(option)) {
      fail_usage(option, "says nothing with model " + action, "leave it out");
    }
  }
}

}  // namespace

int model_command(const Arguments& arguments) {
  const std::string& action = arguments.positional()[0];
  const std::string& model = arguments.positional()[1];
  refuse_unread(action, arguments);
  if (action == "convert") return convert(find_model(model), arguments);
  if (action == "merge") return merge(find_model(model), arguments);
  if (action != "check") {
    fail_usage("lethe model " + action, "unknown action",
               suggest(action, {"check", "convert", "merge"}));
  }
  return check(ModelFolder(find_model(model)), arguments.has("--json"));
}

}  // namespace lethe
