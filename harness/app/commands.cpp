// Every command and its options: the whole command line in one place.
#include "harness/app/arguments.h"
#include "harness/app/result_commands.h"
#include "harness/app/shared_options.h"

namespace lethe {
namespace {

const OptionSpec kModel = {"--model", "DIR",
                           "model folder, or org/name in the local cache"};
const OptionSpec kReference = {"--reference", "DIR",
                               "model that it is compared with (drift)"};
const OptionSpec kBatch = {"--batch-size", "N", "rows a batch at most"};

std::vector<CommandSpec> model_commands() {
  return {
      {"run",
       "Run a suite: unlearn, attack, measure, print the leaderboard",
       {"SUITE.json"},
       {kOut,
        {"--set", "A.B=V", "change a key of the suite", true},
        {"--baseline", "RUN", "what its gates compare with"},
        {"--plan", "", "show cells, tokens, memory and time; run nothing"},
        {"--shard", "I/N", "only that part of the cells: see merge"}},
       "lethe run quickstart --out runs/quickstart"},
      {"unlearn",
       "Apply one method to a model and write the new folder",
       {},
       {{"--method", "NAME", "see lethe list methods"},
        kModel,
        {"--forget", "FILE", "what to forget, rows"},
        {"--retain", "FILE", "what to keep, rows"},
        kOut,
        kSet},
       "lethe unlearn --method npo --model M --forget f.jsonl --retain r.jsonl "
       "--out M2 --set lr=1e-5"},
      {"train",
       "Train a model further, or from a configuration",
       {},
       {kModel,
        {"--config", "FILE",
         "config.json of a new model, with its "
         "tokenizer beside it"},
        kData,
        {"--eval-data", "FILE", "evaluated every eval_every steps"},
        kOut,
        kSet},
       "lethe train --model M --data d.jsonl --out M2 --set epochs=3"},
      {"influence",
       "Rank training texts by their effect on a model's outputs",
       {},
       {kModel,
        {"--checkpoint", "DIR", "more models of the same training", true},
        kData,
        {"--queries", "FILE", "the outputs, rows of the same forms"},
        {"--propose", "N", "OUT/forget.jsonl: the N most influential rows"},
        {"--check", "FILE", "how well a forget set agrees with the ranks"},
        kOut,
        {"--set", "K=V",
         "lora_rank=8, projection=8192 (0: none), similarity=cosine|dot, "
         "joint=mean|max (of the outputs), lr=[..] (of each checkpoint), "
         "lora_targets, top=100, seed=0",
         true}},
       "lethe influence --model M --data d.jsonl --queries leaked.jsonl "
       "--out I --propose 20"}};
}

std::vector<CommandSpec> attack_commands() {
  return {
      {"attack",
       "Attack a model with some probes",
       {"NAME,..|all"},
       {kModel,
        kAdapter,
        kData,
        kReference,
        kOut,
        kSet,
        {"--guesses", "", "also OUT/guesses/*.csv, most confident first"}},
       "lethe attack greedy_extraction,zlib_mia --model M --data d.jsonl --out "
       "runs/a"},
      {"stress",
       "Every attack that fits a released model, with a report of the worst "
       "case",
       {},
       {kModel,
        kAdapter,
        kData,
        kReference,
        kOut,
        kSet,
        {"--alpha", "X", "level of the tests together (0.05)"},
        {"--null-rate", "X",
         "share of unlabelled texts that says nothing (0.01)"}},
       "lethe stress --model M --data d.jsonl --out runs/s"},
      {"eval",
       "Downstream benchmarks",
       {},
       {kModel,
        kAdapter,
        {"--tasks", "A,B", "names of tasks and groups, or files of tasks"},
        {"--data-dir", "DIR", "searched for the tasks' files"},
        {"--data-file", "TASK[:SPLIT]=F", "a task's documents", true},
        {"--include-path", "DIR", "more task files"},
        {"--num-fewshot", "N", "examples in the prompt (each task's own)"},
        {"--bootstrap-iters", "N", "of perplexities' stderr (100000)"},
        {"--max-length", "N", "tokens the model reads (its window)"},
        {"--add-bos-token", "B", "true or false (as the tokenizer does)"},
        {"--apply-chat-template", "[NAME]", "prompts as chats (of that name)"},
        {"--fewshot-as-multiturn", "[B]", "examples as turns (in chats)"},
        {"--system-instruction", "TEXT", "before each task's own instruction"},
        {"--chat-date", "DATE", "today, for chat templates (2026-01-31)"},
        {"--compat", "RULES", "lm-eval (default), or strict: see README"},
        {"--batch-size", "N|auto", "lm-eval's: N times 512 tokens a batch"},
        {"--log-samples", "", "write every document's answers"},
        {"--format", "F", "lm-eval: its results file"},
        {"--model-args", "K=V,..", "lm-eval's: pretrained, dtype, ..."},
        {"--output-path", "DIR", "same as --out"},
        kOut},
       "lethe eval --model M --tasks arc_easy,mmlu --data-dir data "
       "--num-fewshot 5"}};
}

std::vector<CommandSpec> primitive_commands() {
  return {
      {"generate",
       "Continue prompts: JSON Lines in, JSON Lines out",
       {},
       {kModel,
        kAdapter,
        kData,
        {"--max-new-tokens", "N", "new tokens (128)"},
        {"--num-beams", "N", "beams; 1 is greedy"},
        {"--length-penalty", "X", "exponent of the length (1.0)"},
        {"--early-stopping", "B", "true, false or never"},
        {"--num-return-sequences", "N", "sequences a prompt"},
        {"--do-sample", "", "draw tokens; --seed makes it repeatable"},
        {"--temperature", "X", "of the draw (1.0)"},
        {"--top-k", "N", "draw from the N likeliest (50; 0: all)"},
        {"--top-p", "X", "draw from the likeliest with this share (1.0)"},
        {"--eos-token-id", "A,B", "ids that end a sequence; none: never"},
        {"--stop", "TEXT", "end a sequence that holds this text", true},
        kBatch},
       "lethe generate --model M --data prompts.jsonl --max-new-tokens 32"},
      {"score",
       "Log-probs of texts: JSON Lines in, JSON Lines out",
       {},
       {kModel,
        kAdapter,
        kData,
        {"--statistics", "", "rank, argmax, entropy, mu, sigma"},
        {"--logits", "FILE", "full logits as safetensors row_<i> [T, V]"},
        {"--boundary", "RULE", "lm-eval or common-prefix"}},
       "lethe score --model M --data texts.jsonl"},
      {"tokenize",
       "Token ids of texts, or texts of ids",
       {},
       {kModel,
        kData,
        {"--no-special-tokens", "", "only the text's own"},
        {"--plain-text", "", "special strings stay text"},
        {"--chat", "", "rows have messages, give text and ids"},
        {"--decode", "", "rows have ids, give text"},
        {"--skip-special-tokens", "", "leave special tokens out of text"},
        {"--goldfish", "K=V,..",
         "dropped: what this mask leaves out; k, h, form, table_seed, hash, "
         "shingle, normalise=unicode+case+dashes+whitespace"}},
       "lethe tokenize --model M --data texts.jsonl"},
      {"embed",
       "Hidden states of an encoder, layer by layer; a decoder's features",
       {},
       {kModel,
        kData,
        {"--out", "FILE", "safetensors row_<i>.layer_<l> [T, H], float32"},
        {"--layers", "A,B", "all, or 0 (embeddings) .. the last; -1: the last"},
        {"--features", "",
         "of a decoder: the last token's final state of every reference, p "
         "[N, H], and output, q, for the metric mauve"},
        {"--max-length", "N", "first tokens of a text (1024) for --features"},
        kAdapter},
       "lethe embed --model M --data texts.jsonl --out e.safetensors "
       "--layers -1"},
  };
}

std::vector<CommandSpec> other_commands() {
  return {
      {"list",
       "Names of methods, attacks, transforms, metrics, tasks, suites, gates",
       {"KIND"},
       {},
       "lethe list methods",
       false},
      {"describe",
       "A plugin's options, formula source and defaults",
       {"NAME"},
       {},
       "lethe describe npo",
       false},
      {"data",
       "data check FILE..: rows, fields, types and duplicates of data files; "
       "data sanitise: rows without duplicates and personal data",
       {"check|sanitise", "[FILE..]"},
       {{"--columns", "A,B", "names of a .csv or .tsv without a header"},
        {"--data", "FILE", "sanitise: the rows"},
        {"--out", "FILE", "sanitise: the rows that are kept, .jsonl"},
        {"--report", "FILE", "sanitise: what was done (OUT.report.jsonl)"},
        {"--set", "K=V",
         "sanitise: dedup=none|exact|near (near), dedup_threshold=0.8, "
         "shingle=5, ignore_space=true, ignore_case=false, "
         "scrub=[\"email\",\"url\",\"number\",\"name\"] ([]), min_digits=7, "
         "fields=[..]: more fields that are texts",
         true}},
       "lethe data sanitise --data d.jsonl --out clean.jsonl --set "
       "'scrub=[\"email\",\"number\"]'",
       false},
      {"anchors",
       "Names and phrases that are particular to a text, with generic forms to "
       "correct; or the text with these",
       {},
       {kData,
        {"--background", "FILE", "texts that it is compared with", true},
        {"--dictionary", "FILE", "corrected anchors: these win"},
        {"--translate", "",
         "rows with the text and its translation; needs "
         "--dictionary"},
        {"--ask", "", "questions for a model, passage by passage"},
        {"--answers", "FILE", "its answers (lethe generate): a dictionary"},
        {"--out", "FILE", "the dictionary, or with --translate the rows"},
        kSet},
       "lethe anchors --data book.txt --background others.jsonl --out a.jsonl",
       false},
  };
}

std::vector<CommandSpec> file_commands() {
  return {
      {"task",
       "task import FILE.yaml: a task of lm-eval (0.4.13) as one of ours; "
       "what would change a number is refused by its key",
       {"import", "FILE.yaml"},
       {{"--out", "DIR|FILE", "DIR gets NAME.json; without it: to stdout"}},
       "lethe task import mine.yaml --out tasks/mine.json",
       false},
      {"fetch",
       "Download the official files of benchmarks, checked by size and sha256",
       {"[NAME..]"},
       {{"--data-dir", "DIR", "where they go (data)"},
        {"--list", "", "what there is, its size and licence; fetches nothing"},
        {"--from", "URL", "a mirror, in place of scheme and host"},
        {"--sources", "FILE", "other sources (suites/data_sources.json)"}},
       "lethe fetch hellaswag piqa --data-dir data",
       false},
      {"doctor", "What this machine and build can do", {}, {}, "lethe doctor"},
      {"model",
       "model check DIR: tensors, NaN, hashes; model convert DIR: "
       "pytorch_model.bin to safetensors; model merge DIR: a LoRA adapter into "
       "the weights",
       {"check|convert|merge", "DIR"},
       {{"--out", "DIR",
         "a new folder; convert without it writes beside the old"},
        {"--adapter", "DIR", "merge: what to merge"}},
       "lethe model convert M --out M2"},
  };
}

std::vector<CommandSpec> all_commands() {
  std::vector<CommandSpec> all;
  for (const auto& part :
       {model_commands(), attack_commands(), primitive_commands(),
        result_commands(), other_commands(), file_commands()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace

const std::vector<CommandSpec>& commands() {
  static const std::vector<CommandSpec> all = all_commands();
  return all;
}

const std::vector<OptionSpec>& common_options() {
  static const std::vector<OptionSpec> all = {
      {"--json", "", "stdout is JSON only"},
      {"--device", "D", "auto, cpu, cuda or cuda:N"},
      {"--dtype", "T", "auto, float32, bfloat16 or float16"},
      {"--batch-tokens", "N", "tokens a batch; auto: chosen"},
      {"--threads", "N", "0: all cores"},
      {"--seed", "N", "seed of everything random"},
      {"--limit", "N", "rows of data at most"},
      {"--deterministic", "", "refuse operations that vary between runs"},
      {"-q", "", "warnings only"},
      {"-v", "", "more log"},
      {"--help", "", "this text"}};
  return all;
}

}  // namespace lethe
