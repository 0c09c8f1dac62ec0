// generate, score and tokenize: JSON Lines in, JSON Lines out.
#include <algorithm>
#include <optional>
#include <sstream>

#include "harness/app/engine/engine.h"
#include "harness/base/log.h"
#include "harness/chat/template.h"
#include "harness/generate/generate.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"
#include "harness/train/document_mask.h"

namespace lethe {
namespace {

struct Input {
  LoadedModel loaded;
  std::vector<DataRow> rows;
  Examples examples;
};

Input read_input(const Arguments& arguments) {
  Input in;
  in.loaded =
      load_target(find_model(arguments.needed("--model")),
                  start_compute(arguments.compute()), target_options(arguments),
                  arguments.text("--adapter"));
  in.rows =
      read_rows(arguments.needed("--data"), arguments.integer("--limit", 0));
  in.examples = make_examples(in.rows, in.loaded.tokenizer.get(), {});
  return in;
}

// What every output row begins with: the row's own extra fields pass through.
OrderedJson output_row(const Example& e,
                       const std::vector<std::string>& replaced) {
  OrderedJson row;
  row["id"] = e.fields.contains("id") ? e.fields["id"] : Json(e.id);
  for (const auto& [key, value] : e.fields.items()) {
    if (key == "id" ||
        std::find(replaced.begin(), replaced.end(), key) != replaced.end()) {
      continue;
    }
    row[key] = value;
  }
  return row;
}

EarlyStopping early_stopping(const std::string& name) {
  if (name == "false") return EarlyStopping::no;
  if (name == "true") return EarlyStopping::yes;
  if (name == "never") return EarlyStopping::never;
  fail_usage("--early-stopping", "is \"" + name + "\"",
             suggest(name, {"true", "false", "never"}));
}

GenerateOptions generate_options(const Arguments& arguments,
                                 const Target& target) {
  GenerateOptions o;
  o.max_new_tokens = arguments.integer("--max-new-tokens", 128);
  o.num_beams = arguments.integer("--num-beams", 1);
  o.length_penalty = arguments.number("--length-penalty", 1.0);
  o.early_stopping =
      early_stopping(arguments.text("--early-stopping", "false"));
  o.num_return_sequences = arguments.integer("--num-return-sequences", 1);
  o.do_sample = arguments.has("--do-sample");
  for (const char* name : {"--temperature", "--top-k", "--top-p"}) {
    if (arguments.has(name) && !o.do_sample) {
      fail_usage(name, "needs --do-sample", "add it, or leave the option out");
    }
  }
  o.temperature = arguments.number("--temperature", 1.0);
  o.top_k = arguments.integer("--top-k", 50);  // as transformers
  o.top_p = arguments.number("--top-p", 1.0);
  o.seed = arguments.integer("--seed", 0);
  const std::vector<std::string> stops = arguments.all("--stop");
  if (!stops.empty()) {
    o.stop = [&target, stops](const std::vector<int64_t>& ids) {
      const std::string text = target.decode(ids);
      return std::any_of(stops.begin(), stops.end(), [&](const auto& stop) {
        return text.find(stop) != std::string::npos;
      });
    };
  }
  o.eos_ids = target.eos_ids();
  if (arguments.has("--eos-token-id")) {
    o.eos_ids.clear();
    for (const std::string& id : arguments.list("--eos-token-id")) {
      if (id == "none") continue;
      if (id.find_first_not_of("0123456789") != std::string::npos) {
        fail_usage("--eos-token-id", "is \"" + id + "\"", "give ids, or none");
      }
      o.eos_ids.push_back(std::stoll(id.substr(0, 18)));
    }
  }
  return o;
}

// Full logits of every row as tensors row_<i> [T, V].
void write_logits(const Model& model, const Examples& examples,
                  const std::string& path) {
  const c10::InferenceMode inference;
  NamedTensors tensors;
  for (size_t i = 0; i < examples.size(); ++i) {
    tensors.emplace_back(
        fmt::format("row_{}", i),
        logits(model, ragged({examples[i].ids}, model.device())).cpu());
  }
  write_safetensors(path, tensors);
}

// The prompt's ids cut to the longest prefix that the whole text shares.
void use_common_prefix(Examples& examples, const Tokenizer& tokenizer) {
  for (Example& e : examples) {
    if (e.prompt.empty()) continue;
    const std::vector<int64_t> head = tokenizer.encode(e.prompt);
    const auto differ =
        std::mismatch(head.begin(), head.end(), e.ids.begin(), e.ids.end());
    e.score_from = std::max<int64_t>(1, differ.first - head.begin());
  }
}

}  // namespace

int generate_command(const Arguments& arguments) {
  const Input in = read_input(arguments);
  GenerateOptions options = generate_options(arguments, *in.loaded.target);
  const auto batch = static_cast<size_t>(
      std::max<int64_t>(1, arguments.integer("--batch-size", 1 << 20)));
  for (size_t begin = 0; begin < in.examples.size(); begin += batch) {
    const size_t end = std::min(in.examples.size(), begin + batch);
    Prompts prompts;
    for (size_t i = begin; i < end; ++i) {
      const Example& e = in.examples[i];
      // With a completion only the prompt is continued.
      const bool cut = !e.prompt.empty() && !e.references.empty();
      prompts.emplace_back(e.ids.begin(),
                           cut ? e.ids.begin() + e.score_from : e.ids.end());
    }
    options.first_number = static_cast<int64_t>(begin);
    const Generation found = in.loaded.target->generate(prompts, options);
    for (size_t i = begin; i < end; ++i) {
      OrderedJson row = output_row(in.examples[i], {"sequences"});
      row["sequences"] = OrderedJson::array();
      for (const Sequence& s : found.sequences[i - begin]) {
        row["sequences"].push_back({{"ids", s.ids},
                                    {"text", in.loaded.target->decode(s.ids)},
                                    {"score", s.score}});
      }
      print_json(row);
    }
  }
  return 0;
}

int score_command(const Arguments& arguments) {
  Input in = read_input(arguments);
  const std::string rule = arguments.text("--boundary", "lm-eval");
  if (rule == "common-prefix" && in.loaded.tokenizer != nullptr) {
    use_common_prefix(in.examples, *in.loaded.tokenizer);
  } else if (rule != "lm-eval" && rule != "common-prefix") {
    fail_usage("--boundary", "is \"" + rule + "\"",
               suggest(rule, {"lm-eval", "common-prefix"}));
  }
  const auto statistics = in.loaded.target->statistics(in.examples);
  int64_t truncated = 0, mismatched = 0;
  for (size_t i = 0; i < in.examples.size(); ++i) {
    const TokenStatistics& s = *statistics[i];
    OrderedJson row =
        output_row(in.examples[i], {"ids", "token_logprobs", "score_from"});
    row["ids"] = s.ids;
    row["score_from"] = s.score_from;
    row["token_logprobs"] = s.logprobs;
    row["sum_logprob"] = s.count() == 0 ? 0.0 : s.sum_logprob();
    row["num_tokens"] = s.count();
    row["is_greedy"] = s.is_greedy();
    if (arguments.has("--statistics")) {
      row["rank"] = s.rank;
      row["argmax_ids"] = s.argmax;
      row["entropy"] = s.entropy;
      row["mu"] = s.mu;
      row["sigma"] = s.sigma;
    }
    print_json(row);
    truncated += s.truncated ? 1 : 0;
    mismatched += in.examples[i].boundary_mismatch ? 1 : 0;
  }
  if (truncated > 0) {
    log_warning(fmt::format("{} texts were cut to the model's window of {}",
                            truncated, in.loaded.target->window()));
  }
  if (mismatched > 0) {
    log_warning(fmt::format(
        "{} prompts' tokens are no prefix of the whole text's", mismatched));
  }
  if (arguments.has("--logits")) {
    write_logits(*in.loaded.target->model(), in.examples,
                 arguments.text("--logits"));
  }
  return 0;
}

namespace {

// An option that the chosen direction would ignore is refused.
void check_tokenize_options(const Arguments& arguments) {
  const bool chat = arguments.has("--chat"), decode = arguments.has("--decode");
  const auto refuse = [&](const char* option, const char* with) {
    if (!arguments.has(option)) return;
    fail_usage(option, std::string("says nothing with ") + with,
               "leave one of them out");
  };
  if (chat) refuse("--decode", "--chat");
  if (!decode) refuse("--skip-special-tokens", "encoding");
  for (const char* option :
       {"--no-special-tokens", "--plain-text", "--goldfish"}) {
    if (chat || decode) refuse(option, chat ? "--chat" : "--decode");
  }
}

// "k=4,h=13,.." as training options.
TrainOptions goldfish_mask(const Arguments& arguments) {
  Json set = Json::object();
  for (const std::string& part : arguments.list("--goldfish")) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) {
      fail_usage("--goldfish", "\"" + part + "\" gives no value",
                 "write k=4,h=13 and so on");
    }
    const std::string key = part.substr(0, equals);
    std::string value = part.substr(equals + 1);
    if (key == "normalise") {
      std::replace(value.begin(), value.end(), '+', '\n');
      std::istringstream names(value);
      set[key] = Json::array();
      for (std::string name; std::getline(names, name);) {
        set[key].push_back(name);
      }
    } else {
      set[key] = parse_value(value);
    }
  }
  reject_unknown_keys(
      set, {"k", "h", "table_seed", "form", "hash", "shingle", "normalise"},
      "--goldfish");
  set["loss"] = "goldfish";
  return parse_train_options(set);
}

// What training leaves out of a text, 0 or 1 an id of `row`.
std::vector<int> left_out(const DocumentMask& mask, const Tokenizer& tokenizer,
                          const DataRow& row, const EncodeOptions& encode) {
  ExampleOptions options;
  options.plain_text = encode.plain_text;
  const Example e = make_examples({row}, &tokenizer, options)[0];
  const std::vector<bool> dropped = mask.dropped(e);
  if (encode.special_tokens) return {dropped.begin(), dropped.end()};
  return {dropped.begin() + e.leading, dropped.end() - e.trailing};
}

// Rows of messages as the text that the model reads, and its ids; the template
// writes the special tokens itself.
int tokenize_chats(const Arguments& arguments, const std::string& folder,
                   const Tokenizer& tokenizer) {
  const auto chat = load_chat_template(folder);
  if (!chat) {
    fail_usage(folder, "has no chat template",
               "use a model whose tokenizer_config.json has one");
  }
  const auto rows = read_ordered_rows(arguments.needed("--data"),
                                      arguments.integer("--limit", 0));
  for (size_t i = 0; i < rows.size(); ++i) {
    const OrderedJson& row = rows[i].fields;
    if (!row.contains("messages")) {
      fail_input(rows[i].where, "has no \"messages\"",
                 "write [{\"role\": ..., \"content\": ...}]");
    }
    ChatOptions options;
    if (row.contains("add_generation_prompt")) {
      options.add_generation_prompt = row["add_generation_prompt"] == true;
    }
    if (row.contains("tools")) options.tools = row["tools"];
    const std::string text = chat->render(row["messages"], options);
    OrderedJson out;
    out["id"] = row.contains("id") ? row["id"] : OrderedJson(std::to_string(i));
    out["text"] = text;
    out["ids"] = tokenizer.encode(text, {.special_tokens = false});
    print_json(out);
  }
  return 0;
}

}  // namespace

int tokenize_command(const Arguments& arguments) {
  const std::string folder = find_model(arguments.needed("--model"));
  const auto tokenizer = Tokenizer::load(folder);
  check_tokenize_options(arguments);
  if (arguments.has("--chat")) {
    return tokenize_chats(arguments, folder, *tokenizer);
  }
  const auto rows =
      read_rows(arguments.needed("--data"), arguments.integer("--limit", 0));
  EncodeOptions encode;
  encode.special_tokens = !arguments.has("--no-special-tokens");
  encode.plain_text = arguments.has("--plain-text");
  DecodeOptions decode;
  decode.skip_special_tokens = arguments.has("--skip-special-tokens");
  std::optional<DocumentMask> mask;
  if (arguments.has("--goldfish")) {
    mask.emplace(goldfish_mask(arguments), tokenizer.get());
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const DataRow& row = rows[i];
    OrderedJson out;
    out["id"] =
        row.fields.contains("id") ? row.fields["id"] : Json(std::to_string(i));
    if (arguments.has("--decode")) {
      Json bare = {{"ids", require(row.fields, "ids", row.where)}};
      bare["add_special_tokens"] = false;
      const Examples one = make_examples({{bare, row.where}}, nullptr, {});
      out["text"] = tokenizer->decode(one[0].ids, decode);
    } else {
      const std::string text = require_string(row.fields, "text", row.where);
      const std::vector<int64_t> ids = tokenizer->encode(text, encode);
      out["ids"] = ids;
      out["tokens"] = OrderedJson::array();
      for (const int64_t id : ids) {
        out["tokens"].push_back(tokenizer->token(id));
      }
      if (mask) {
        const Json bare = {{"text", text}};
        out["dropped"] = left_out(*mask, *tokenizer, {bare, row.where}, encode);
      }
    }
    print_json(out);
  }
  return 0;
}

}  // namespace lethe
