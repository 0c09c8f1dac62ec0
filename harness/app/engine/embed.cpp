// embed: hidden states of an encoder, JSON Lines in, safetensors out.
#include "harness/score/embed.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "harness/app/engine/engine.h"
#include "harness/base/log.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

struct Input {
  std::vector<EncoderRow> rows;
  int64_t tokens = 0;
};

// The integers of a row's list.
std::vector<int64_t> id_list(const DataRow& row, const char* key) {
  std::vector<int64_t> ids;
  const Json& list = row.fields[key];
  for (const Json& id : list.is_array() ? list : Json::array({list})) {
    if (!id.is_number_integer()) {
      fail_input(row.where,
                 fmt::format("\"{}\" holds {}", key,
                             printable(id.dump(-1, ' ', true), 60)),
                 "give a list of integers");
    }
    ids.push_back(id.get<int64_t>());
  }
  return ids;
}

// `ids` are taken as they are; texts get the tokenizer's specials, and segments
// where the model has them.
EncoderRow encoder_row(const DataRow& row, const Tokenizer* tokenizer,
                       const EncoderConfig& config) {
  EncoderRow out;
  const Json& fields = row.fields;
  if (fields.contains("ids")) {
    out.ids = id_list(row, "ids");
    if (fields.contains("type_ids")) out.types = id_list(row, "type_ids");
    return out;
  }
  if (fields.contains("type_ids")) {
    fail_input(row.where, "has type_ids without ids", "give both");
  }
  const std::string text = require_string(fields, "text", row.where);
  if (tokenizer == nullptr) {
    fail_input(row.where, "has text, but the model folder no tokenizer.json",
               "give ids");
  }
  if (!fields.contains("pair")) {
    out.ids = tokenizer->encode(text);
    return out;
  }
  const std::string pair = require_string(fields, "pair", row.where);
  out.ids = tokenizer->encode_pair(text, pair, {}, &out.types);
  if (config.token_types < 2) out.types.clear();
  return out;
}

Input read_input(const Arguments& arguments, const Encoder& encoder,
                 const Tokenizer* tokenizer) {
  Input in;
  for (const DataRow& row :
       read_rows(arguments.needed("--data"), arguments.integer("--limit", 0))) {
    in.rows.push_back(encoder_row(row, tokenizer, encoder.config()));
    encoder.check(in.rows.back(), row.where);
    in.tokens += static_cast<int64_t>(in.rows.back().ids.size());
  }
  return in;
}

// The layers of --layers, each once, in the order given.
std::vector<int64_t> chosen_layers(const Arguments& arguments, int64_t last) {
  std::vector<int64_t> layers;
  if (arguments.text("--layers", "all") == "all") {
    for (int64_t layer = 0; layer <= last; ++layer) layers.push_back(layer);
    return layers;
  }
  for (const std::string& word : arguments.list("--layers")) {
    const Json value = parse_value(word);
    const int64_t given = value.is_number_integer() ? value.get<int64_t>() : 0;
    const int64_t layer = given < 0 ? given + last + 1 : given;
    if (!value.is_number_integer() || layer < 0 || layer > last) {
      fail_usage(
          "--layers",
          fmt::format("\"{}\" is none of 0 (the embeddings) to {}", word, last),
          "give numbers, -1 for the last, or all");
    }
    if (std::find(layers.begin(), layers.end(), layer) == layers.end()) {
      layers.push_back(layer);
    }
  }
  if (layers.empty()) {
    fail_usage("--layers", "names no layer", "give numbers, or all");
  }
  return layers;
}

// Every tensor of the file: those of a row together, in the order of `layers`.
std::vector<StoredTensor> plan_of(const std::vector<EncoderRow>& rows,
                                  const std::vector<int64_t>& layers,
                                  int64_t hidden_size) {
  std::vector<StoredTensor> plan;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (const int64_t layer : layers) {
      const auto tokens = static_cast<int64_t>(rows[i].ids.size());
      plan.push_back(
          {fmt::format("row_{}.layer_{}", i, layer),
           stored_name(at::kFloat),
           {tokens, hidden_size},
           sizeof(float) * static_cast<size_t>(tokens * hidden_size)});
    }
  }
  return plan;
}

void write_states(const Encoder& encoder, const Input& in,
                  EmbedOptions& options, const Arguments& arguments) {
  std::optional<Progress> progress;
  if (!arguments.has("-q")) {
    progress.emplace("embedding", "tokens", in.tokens);
    options.progress = [&](int64_t count) { progress->add(count); };
  }
  const auto plan =
      plan_of(in.rows, options.layers, encoder.config().hidden_size);
  write_safetensors(arguments.needed("--out"), plan, [&](const PutBytes& put) {
    embed(encoder, in.rows, options, [&](const EmbeddedBatch& batch) {
      const size_t layers = options.layers.size();
      for (size_t l = 0; l < layers; ++l) {
        const Tensor all = batch.states[l].to(at::kCPU, at::kFloat);
        for (size_t b = 0; b < batch.rows.size(); ++b) {
          const int64_t begin = batch.offsets[b];
          const Tensor row =
              all.narrow(0, begin, batch.offsets[b + 1] - begin).contiguous();
          put(batch.rows[b] * layers + l,
              {static_cast<const char*>(row.const_data_ptr()), row.nbytes()});
        }
      }
    });
  });
}

}  // namespace

int embed_command(const Arguments& arguments) {
  if (arguments.has("--features")) return features_command(arguments);
  for (const char* option : {"--max-length", "--adapter"}) {
    if (arguments.has(option)) {
      fail_usage(option, "needs --features", "add it, or leave the option out");
    }
  }
  const std::string path = find_model(arguments.needed("--model"));
  const std::string out = arguments.needed("--out");
  const Compute compute = start_compute(arguments.compute());
  const ModelFolder folder(path);
  const auto encoder = Encoder::load(folder, compute);
  const auto tokenizer = load_tokenizer(folder);
  EmbedOptions options;
  options.layers = chosen_layers(arguments, encoder->config().layers);
  options.batch_tokens = target_options(arguments).batch_tokens;
  const Input in = read_input(arguments, *encoder, tokenizer.get());
  write_states(*encoder, in, options, arguments);
  if (arguments.has("--json")) {
    print_json({{"out", out},
                {"rows", in.rows.size()},
                {"tokens", in.tokens},
                {"layers", options.layers},
                {"hidden_size", encoder->config().hidden_size},
                {"dtype", compute.dtype_name()}});
  } else {
    std::printf("%zu rows, %lld tokens, %zu layers: %s\n", in.rows.size(),
                static_cast<long long>(in.tokens), options.layers.size(),
                printable(out).c_str());
  }
  return 0;
}

}  // namespace lethe
