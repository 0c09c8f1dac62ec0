// The commands that read results, with their options.
#include "harness/app/result_commands.h"

#include "harness/app/shared_options.h"

namespace lethe {
namespace {

CommandSpec gate_spec() {
  return {"gate",
          "Hold a run against rules: exit code 0, 10 (a bound is broken) or 11 "
          "(undecidable)",
          {"RUN"},
          {{"--rules", "FILE|NAME",
            "see lethe list gates; without it: those of the run's suite", true},
           {"--baseline", "RUN", "what \"vs\": \"baseline\" compares with"},
           {"--junit", "FILE", "for Jenkins, GitLab and GitHub"},
           {"--sarif", "FILE", "for code scanning"},
           {"--markdown", "FILE",
            "a table; also added to $GITHUB_STEP_SUMMARY where that is set"}},
          "lethe gate runs/quickstart --rules rules.json --junit gate.xml",
          false};
}

CommandSpec compare_spec() {
  return {
      "compare",
      "Rows of runs against each other, item by item: paired tests, what was "
      "lost and gained",
      {"RUN.."},
      {{"--baseline", "ROW",
        "against which (of one run: none; of several: the same row)"},
       {"--rows", "A,B", "only these rows"},
       {"--metric", "GLOB", "only measures like \"*.exact_match*\""},
       {"--items", "N", "list N lost and gained items of each measure"},
       {"--alpha", "X", "level of the tests together (0.05)"},
       {"--format", "F", "terminal, md, csv or json"},
       {"--markdown", "", "the same as --format md"},
       {"--out", "FILE", "write it to a file"}},
      "lethe compare runs/before runs/after --items 3",
      false};
}

// Rows and files of outputs.
std::vector<CommandSpec> stored_output_commands() {
  return {
      {"metric",
       "A metric on stored outputs",
       {"NAME"},
       {kData,
        {"--reference", "FILE", "the same rows of a reference model"},
        {"--part", "NAME",
         "of another harness's results: see import (the first that fits)"},
        kSet},
       "lethe metric rouge_l --data pairs.jsonl --set stemmer=true",
       false},
      {"judge",
       "Verdicts on completions by a rubric's rules, or by a model: JSON Lines "
       "in, JSON Lines out",
       {},
       {{"--rubric", "NAME|FILE", "see lethe list rubrics"},
        kData,
        {"--model", "DIR",
         "the model that judges: of a decoder its answer, of a sequence "
         "classifier its label of the output alone; without it: the rules"},
        kAdapter,
        {"--labels", "FIELD", "given verdicts: shows the agreement with them"}},
       "lethe judge --rubric refusal --data outputs.jsonl --labels verdict"},
      {"import",
       "Results of open-unlearning (*_EVAL.json, *_SUMMARY.json), tofu "
       "(eval_log*.json) or lm-eval (results*.json): rows that metric reads, "
       "or a run that leaderboard and gate read",
       {"FILE.."},
       {{"--out", "DIR",
         "writes PART.jsonl there; without it: shows the parts"},
        {"--run", "DIR", "makes a run of the files, a row each"},
        {"--label", "NAME", "of the row (the file's folder), in turn", true},
        {"--reference", "FILE", "of the retrained model: the row retrain"}},
       "lethe import TOFU_EVAL.json --reference RETAIN_EVAL.json --run runs/i",
       false},
  };
}

// Finished runs, read again.
std::vector<CommandSpec> stored_run_commands() {
  return {
      {"export",
       "A run as the files of another harness, or a copy without its texts",
       {"RUN"},
       {{"--format", "F", "open-unlearning or lm-eval"},
        kOut,
        {"--rename", "A=B", "the split A as B (forget_qa=forget)", true},
        {"--name", "NAME", "of NAME_EVAL.json and NAME_SUMMARY.json (TOFU)"},
        kRedact,
        kHashIds,
        kSalt},
       "lethe export runs/quickstart --format open-unlearning --out ou",
       false},
      {"rescore",
       "New metrics on the samples that a run kept; no model is asked",
       {"RUN"},
       {{"--metrics", "A,B", "see lethe list metrics"},
        {"--set", "K=V", "an option of each of them", true},
        {"--out", "DIR", "a copy of the run with them; without it: the run"}},
       "lethe rescore runs/quickstart --metrics rouge_1,token_f1 --out runs/b",
       false},
      {"merge",
       "The shards of a run (lethe run --shard I/N) as the whole run",
       {"RUN.."},
       {kOut,
        {"--baseline", "RUN", "what the suite's gates compare with"},
        kRedact,
        kHashIds,
        kSalt},
       "lethe merge runs/a1 runs/a2 --out runs/a"},
      {"verify",
       "Whether a run still says what was measured: hashes, checksums, values "
       "recomputed from its samples",
       {"RUN"},
       {{"--sample", "N|all", "values recomputed, drawn with --seed (20)"},
        {"--folder", "DIR", "where the suite's paths start (as run.json says)"},
        {"--model", "[DIR]",
         "also hash the run's models, or this one, and ask probes again"},
        {"--passes", "N", "with --model: probes asked again (2)"}},
       "lethe verify runs/quickstart --sample all",
       false},
  };
}

// What runs say.
std::vector<CommandSpec> reading_commands() {
  return {
      {"leaderboard",
       "Runs as one table",
       {"RUN.."},
       {{"--format", "F", "terminal, md, csv, html, latex or json"},
        {"--columns", "A,B",
         "only these, by key or title, * and ? match: ranks, front and "
         "distance rest on them alone",
         true},
        {"--sort", "BY", "rank, distance, name or a column; the best first"},
        {"--published", "NAME[:MODEL]",
         "figures of tofu, muse, wmdp or goldfish beside it, not run here",
         true},
        {"--all", "", "with the rows that the suite's selection left"},
        kRedact,
        kHashIds,
        kSalt,
        {"--out", "FILE", "write it to a file"}},
       "lethe leaderboard runs/quickstart --format md",
       false},
      compare_spec(),
      gate_spec(),
      {"report",
       "One page about a run: verdict, values, plots, samples, settings",
       {"RUN"},
       {{"--html", "FILE", "the page (RUN/report.html)"},
        {"--plots", "DIR", "the page's plots as SVG files"},
        {"--rules", "FILE|NAME",
         "open with the verdict of these (RUN/gate.json, the run's own)", true},
        {"--baseline", "RUN", "what \"vs\": \"baseline\" compares with"},
        {"--all", "", "with the rows that the suite's selection left"},
        kRedact,
        kHashIds,
        kSalt},
       "lethe report runs/quickstart --html report.html --plots plots",
       false},
      {"show",
       "What a run did and holds",
       {"RUN"},
       {{"--flags", "", "what was counted: every value that rests on less"},
        kRedact,
        kHashIds,
        kSalt},
       "lethe show runs/quickstart",
       false},
      {"watch",
       "A run that is going: what is done, running, failed and left",
       {"RUN"},
       {{"--once", "", "show it once and end"}},
       "lethe watch runs/quickstart",
       false},
  };
}

}  // namespace

std::vector<CommandSpec> result_commands() {
  std::vector<CommandSpec> all;
  for (const auto& part :
       {stored_output_commands(), stored_run_commands(), reading_commands()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace lethe
