// lm-eval's task files as Lethe's: each key that is read, each that is refused.
// Numbers are compared with lm-eval's own by ./dev peers import.
#include "harness/task/lm_eval_import.h"

#include <gmock/gmock.h>

#include "harness/data/data_testing.h"
#include "harness/task/task.h"

namespace lethe {
namespace {

using testing::HasSubstr;

const std::string kOwn = LETHE_SOURCE_DIR "/harness/task/testdata/lm_eval/";

class LmEvalImportTest : public DataTest {
 protected:
  // A task of multiple choice with these keys besides; same keys win.
  OrderedJson task(const std::string& keys) {
    return import_lm_eval_task(write("t.yaml", with(keys))).json;
  }
  // Three lines that every task has, then the keys, the first on line 4, then
  // those that no key gives.
  static std::string with(const std::string& keys) {
    std::string text = "task: t\ndataset_path: d\nvalidation_split: dev\n";
    text += keys;
    const std::pair<const char*, const char*> usual[] = {
        {"output_type", "multiple_choice"},
        {"doc_to_text", "question"},
        {"doc_to_choice", "options"},
        {"doc_to_target", "label"}};
    for (const auto& [key, value] : usual) {
      if (("\n" + text).find(std::string("\n") + key + ":") ==
          std::string::npos) {
        text += std::string(key) + ": " + value + "\n";
      }
    }
    return text;
  }
  std::string refusal(const std::string& keys) {
    try {
      return "is read as " + task(keys).dump();
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      return std::string(error.what()).substr(folder_.size() + 1);
    }
  }
};

TEST_F(LmEvalImportTest, IncludedKeysComeFirst) {
  const ImportedTask made = import_lm_eval_task(kOwn + "quiz.yaml");
  EXPECT_EQ(made.name, "quiz");
  EXPECT_EQ(made.json, OrderedJson::parse(R"json({
    "task": "quiz", "version": 2,
    "description": "Imported from lm-eval's YAML; data: json.",
    "kind": "multiple_choice",
    "data": {"test": ["quiz/test.jsonl"], "train": ["quiz/train.jsonl"]},
    "eval": ["test"],
    "prompt": "Question: {{question}}\nAnswer:", "choices": "options",
    "answer": "digits|string|int if (digits|string).isdigit() else digits|string",
    "instruction": "Choose.\n\n", "delimiter": " ",
    "fewshot": {"count": 2, "sampler": "first", "splits": ["train"],
                "leave_out": false, "delimiter": "\n\n"},
    "metrics": ["acc", "acc_norm"]})json"));
  ASSERT_EQ(made.notes.size(), 2u);
  EXPECT_THAT(made.notes[0], HasSubstr("tag, should_decontaminate"));
  EXPECT_THAT(made.notes[1],
              HasSubstr("json: lm-eval gives a column one type"));
}

TEST_F(LmEvalImportTest, WrittenAnswersAreCut) {
  const OrderedJson made = import_lm_eval_task(kOwn + "written.yaml").json;
  EXPECT_EQ(made["kind"], "generate");
  EXPECT_EQ(made["data"]["test"][0], "riddles__short__test.jsonl");
  EXPECT_EQ(made["prompt"], "{{riddle}}");
  EXPECT_EQ(made["targets"], "(answer) if (solved) else ((number) ~ '.')");
  EXPECT_EQ(made["match"], OrderedJson::parse(R"json({
    "until": ["\n"], "max_new_tokens": 16,
    "extract": [{"name": "strict", "regex": "(?<=#### )(?:[0-9.]+)"}],
    "ignore_case": true,
    "ignore": ["(?m:.*#### )", "\\.(?=\\n?\\z)"]})json"))
      << made["match"].dump();
}

TEST_F(LmEvalImportTest, WhatATextLooksLikeIsSaid) {
  EXPECT_EQ(task("doc_to_text: \"\"\n")["prompt"], "");
  EXPECT_EQ(task("doc_to_text: doc\n")["prompt"], "{{doc['doc']}}");
  EXPECT_EQ(task("doc_to_text: \"It's\"\n")["prompt"],
            "{{doc['It\\'s'] if 'It\\'s' in doc else 'It\\'s'}}");
  EXPECT_EQ(task("doc_to_text: \"a\\r\\n{{b}}\\r\"\n")["prompt"], "a\n{{b}}\n");
  EXPECT_EQ(task("doc_to_choice: {x: \"A\", y: \"B\"}\n")["choices"],
            OrderedJson({"A", "B"}));
  EXPECT_EQ(task("doc_to_choice: \"['A', 'B']\"\n")["choices"],
            OrderedJson({"A", "B"}));
  EXPECT_EQ(task("doc_to_choice: \" {{[a, '}}']}} \"\n")["choices"],
            "[a, '}}']");
  EXPECT_EQ(task("doc_to_target: 2\n")["answer"], "2");
  EXPECT_EQ(task("doc_to_target: \"{{'AB'.index(x.strip())}}\"\n")["answer"],
            "'AB'.index(x.strip())");
  EXPECT_THAT(task("doc_to_target: \"{{a == 'AB'.index(x)}}\"\n")["answer"],
              HasSubstr("isdigit"));
  EXPECT_EQ(task("description: \"{{'a' ~ 1}} b\"\n")["instruction"],
            "{{'a' ~ 1}} b");
  EXPECT_EQ(task("description: \"In {braces}.\\r\\nb\\r\"\n")["instruction"],
            "In {braces}.\nb\n");
}

TEST_F(LmEvalImportTest, TextsWithoutJinjaAreFieldsOrThemselves) {
  EXPECT_EQ(task("doc_to_target: \"Correct-Answer\"\n")["answer"],
            "doc['Correct-Answer'] if 'Correct-Answer' in doc else "
            "'Correct-Answer'");
  // Jinja's constants are no names there.
  EXPECT_EQ(task("doc_to_target: \"True\"\n")["answer"],
            "doc['True'] if 'True' in doc else 'True'");
  EXPECT_EQ(task("doc_to_text: none\n")["prompt"],
            "{{doc['none'] if 'none' in doc else 'none'}}");
  // A field has its name as it is; a text is rendered.
  EXPECT_EQ(task("doc_to_text: \"a b\\r\\n\"\n")["prompt"],
            "{{doc['a b\\r\\n'] if 'a b\\r\\n' in doc else 'a b\\n'}}");
}

TEST_F(LmEvalImportTest, CommentsStandBetweenTexts) {
  const auto answer = [&](const std::string& text) {
    return task(
        "output_type: generate_until\ndoc_to_choice: null\n"
        "doc_to_target: \"" +
        text + "\"\n")["targets"];
  };
  EXPECT_EQ(answer("a {# c #}{{- b }}"), "'a ' ~ (b)");
  EXPECT_EQ(answer("a {#- c #} {{- b }}"), "'a' ~ (b)");
  EXPECT_EQ(answer("a {# c -#} b{{ c }}"), "'a ' ~ 'b' ~ (c)");
  EXPECT_EQ(answer("{{ 'a' }}{{ b }}"), "('a') ~ (b)");
}

TEST_F(LmEvalImportTest, TargetsInBracketsAreLists) {
  const std::string kind = "output_type: generate_until\ndoc_to_choice: null\n";
  const auto targets = [&](const std::string& text) {
    return task(kind + "doc_to_target: " + text + "\n")["targets"];
  };
  EXPECT_EQ(targets("\"['x', 'ab']\""), OrderedJson({"x", "ab"}));
  EXPECT_EQ(targets("'[\"it''s\" , \"\",]'"), OrderedJson({"it's", ""}));
  EXPECT_EQ(targets("\"[a b]\""),
            "doc['[a b]'] if '[a b]' in doc else '[a b]'");
  for (const char* text :
       {"\"[{{a}}, {{b}}]\"", "\"['{{a}}', 'b']\"", "\"[1, 2]\"", "\"[]\"",
        "\"[None]\"", "\"['a' 'b']\"", "\"['a', 1]\"", "\"['a\\\\n']\"",
        "\"[1 # a\\n]\""}) {
    EXPECT_THAT(refusal(kind + "doc_to_target: " + text + "\n"),
                HasSubstr("doc_to_target: is a text that Python reads as a "
                          "list: write {{[first, second]}}"))
        << text;
  }
  EXPECT_THAT(refusal("output_type: loglikelihood\ndoc_to_choice: null\n"
                      "doc_to_target: \"[{{a}}]\"\n"),
              HasSubstr("Python reads as a list"));
}

TEST_F(LmEvalImportTest, ColumnsOfTablesHaveTheTypeOfAllRows) {
  const char* cure = "which lm-eval takes for a number or a text";
  for (const char* file : {"a.csv", "a.tsv", "x/a.csv.gz"}) {
    const std::string data =
        std::string("dataset_kwargs: {data_files: {dev: ") + file + "}}\n";
    EXPECT_THAT(refusal(data), HasSubstr(cure)) << file;
    EXPECT_THAT(refusal(data + "doc_to_target: Correct Answer\n"),
                HasSubstr(cure));
    const ImportedTask made = import_lm_eval_task(
        write("t.yaml", with(data + "doc_to_target: \"{{label}}\"\n")));
    ASSERT_EQ(made.notes.size(), 1u) << file;
    EXPECT_THAT(made.notes[0], HasSubstr("csv: fields are texts here"));
  }
}

TEST_F(LmEvalImportTest, ExamplesMayRepeatWhatTheTaskSays) {
  const OrderedJson same = task(
      "doc_to_choice: [a, b]\nfewshot_config: {doc_to_choice: [a, b], "
      "doc_to_text: question, target_delimiter: \" \"}\n");
  EXPECT_EQ(same["choices"], OrderedJson({"a", "b"}));
  EXPECT_THAT(refusal("doc_to_choice: [a, b]\n"
                      "fewshot_config: {doc_to_choice: [b, a]}\n"),
              HasSubstr("fewshot_config.doc_to_choice: is another one"));
  EXPECT_THAT(refusal("fewshot_config: {target_delimiter: \"\"}\n"),
              HasSubstr("fewshot_config.target_delimiter: is another one"));
  const std::string other = "fewshot_config: {fewshot_delimiter: \"\\n\"}\n";
  EXPECT_EQ(task(other)["fewshot"]["delimiter"], "\n");
  EXPECT_THAT(refusal(other + "description: Choose.\n"),
              HasSubstr("fewshot_config.fewshot_delimiter: is another one"));
  EXPECT_EQ(
      task(other +
           "description: Choose.\nfewshot_delimiter: \"\\n\"\n")["instruction"],
      "Choose.");
}

TEST_F(LmEvalImportTest, GenerationIsReadOfWhatGenerates) {
  const ImportedTask made = import_lm_eval_task(
      write("t.yaml", with("generation_kwargs: {do_sample: true, top_q: 1}\n"
                           "fewshot_delimiter: \"\"\n")));
  EXPECT_EQ(made.json["fewshot"]["delimiter"], "");
  ASSERT_EQ(made.notes.size(), 1u);
  EXPECT_THAT(made.notes[0], HasSubstr("generation_kwargs: left out"));
}

TEST_F(LmEvalImportTest, ExamplesAreThoseOfTheSplits) {
  // No few-shot split and no test split: the same to lm-eval.
  EXPECT_EQ(task("")["fewshot"]["leave_out"], true);
  EXPECT_EQ(task("")["fewshot"]["splits"], OrderedJson({"dev"}));
  EXPECT_EQ(task("training_split: tr\n")["fewshot"]["splits"],
            OrderedJson({"tr"}));
  EXPECT_EQ(task("fewshot_split: dev\n")["fewshot"]["leave_out"], false);
  EXPECT_EQ(task("test_split: te\n")["fewshot"]["leave_out"], false);
  const OrderedJson own =
      task("test_split: te\nfewshot_config: {split: te}\n")["fewshot"];
  EXPECT_EQ(own["leave_out"], true);
  EXPECT_EQ(own["splits"], OrderedJson({"te"}));
  EXPECT_EQ(task("num_fewshot: 0\n")["fewshot"]["fixed"], true);
  EXPECT_FALSE(task("num_fewshot: null\n")["fewshot"].contains("fixed"));
}

TEST_F(LmEvalImportTest, TheWholeTextIsComparedAsFiltersSay) {
  const std::string kind =
      "output_type: generate_until\ndoc_to_choice: null\ndoc_to_target: "
      "answer\n";
  const OrderedJson plain = task(kind)["match"];
  EXPECT_EQ(plain["until"], OrderedJson({"\n\n"}));
  EXPECT_EQ(plain["max_new_tokens"], 256);
  EXPECT_EQ(plain["strip"], false);
  const std::string strip =
      "filter_list:\n- name: s\n  filter:\n  - function: remove_whitespace\n"
      "  - function: take_first\n";
  EXPECT_FALSE(task(kind + strip)["match"].contains("strip"));
  EXPECT_EQ(task(kind + strip +
                 "- name: r\n  filter:\n  - function: regex\n"
                 "    regex_pattern: a\n  - function: "
                 "take_first\n")["match"]["extract"],
            OrderedJson::parse(R"json([{"name": "s", "regex": "(?m:\\A.*)"},
                                       {"name": "r", "regex": "a"}])json"));
}

TEST_F(LmEvalImportTest, KeysThatChangeNumbersAreRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {"process_docs: !function utils.f\n",
       "t.yaml:4: process_docs: is code (!function utils.f)"},
      {"metric_list:\n- metric: !function m.f\n", "5: metric_list: is code"},
      {"gen_prefix: \"A:\"\n", "t.yaml:4: gen_prefix: is not read"},
      {"doc_to_txt: a\n", "doc_to_txt: is no key of a task: did you mean"},
      {"output_type: rank\n", "output_type: \"rank\" is not read"},
      {"repeats: 3\n", "repeats: is 3"},
      {"doc_to_text: 1\n", "doc_to_text: is the place of a context"},
      {"doc_to_text: \"{{a|nosuch}}\"\n",
       "t.yaml:4: doc_to_text line 1: filter"},
      {"doc_to_text: \"{{a is nosuch}}\"\n", "doc_to_text line 1: test"},
      {"doc_to_text: \"{{task}}\"\n", "uses the name task"},
      {"doc_to_text: \"{{a|regex_replace('b', '')}}\"\n", "regex_replace"},
      {"doc_to_choice: [yes, no]\n", "doc_to_choice: is yes"},
      {"doc_to_choice: \"['{{a}}', '{{b}}']\"\n",
       "that Python reads as a list"},
      {"doc_to_target: [a, b]\n", "doc_to_target: is a list"},
      {"doc_to_target: -1\n", "doc_to_target: is -1"},
      {"doc_to_target: \"{% set a = 1 %}{{a}}\"\n", "the statement set"},
      {"description: \"About {{topic}}.\"\n",
       "not the same for every document"},
      {"description: topic\n", "may name a field"},
      {"target_delimiter: null\n", "target_delimiter: is null"},
      {"fewshot_config: {samples: [{a: 1}]}\n", "fewshot_config.samples"},
      {"fewshot_config: {sampler: balanced}\n", "fewshot_config.sampler"},
      {"fewshot_config: {doc_to_text: b}\n", "fewshot_config.doc_to_text"},
      {"metric_list: [{metric: f1}]\n", "\"f1\""},
      {"metric_list: [{metric: acc, aggregation: median}]\n", "aggregation"},
      {"metric_list: [{metric: acc, higher_is_better: false}]\n",
       "higher_is_better: is false"},
      {"metric_list: [{metric: acc, k: 3}]\n", "metric_list.k: is not read"},
      {"test_split: \"test[:10]\"\n", "is no name of a split"},
      {"dataset_kwargs: {field: data}\n", "dataset_kwargs.field"},
      {"dataset_kwargs: {data_dir: a}\n", "dataset_kwargs.data_dir"},
      {"dataset_kwargs: {revision: a}\n", "dataset_kwargs.revision"},
      {"dataset_kwargs: {data_files: {dev: [a, b]}}\n", "several files"},
      {"dataset_kwargs: {data_files: {dev: \"*.json\"}}\n", "path of one file"},
      {"dataset_kwargs: {data_files: {test: a.json}}\n", "no file for dev"}};
  for (const auto& [keys, wanted] : cases) {
    EXPECT_THAT(refusal(keys), HasSubstr(wanted)) << keys;
  }
}

TEST_F(LmEvalImportTest, GenerationThatIsNotGreedyIsRefused) {
  const std::string kind =
      "output_type: generate_until\ndoc_to_choice: null\ndoc_to_target: a\n";
  const std::pair<const char*, const char*> cases[] = {
      {"generation_kwargs: {do_sample: true}\n", "do_sample: is true"},
      {"generation_kwargs: {temperature: 0.7}\n", "temperature: is 0.7"},
      {"generation_kwargs: {temperature: \"0.7\"}\n",
       "temperature: is the text \"0.7\""},
      {"generation_kwargs: {temperature: 1e-1}\n", "temperature: is the text"},
      {"generation_kwargs: {temperature: true}\n", "temperature: is true"},
      {"metric_list: [{metric: exact_match, regexes_to_ignore: \"a+\"}]\n",
       "regexes_to_ignore: is the text \"a+\", of which lm-eval takes each "
       "letter"},
      {"fewshot_delimiter: \"\"\n",
       "t.yaml:7: fewshot_delimiter: is empty, and no until is given"},
      {"generation_kwargs: {num_beams: 4}\n", "num_beams: is 4"},
      {"generation_kwargs: {until: [\"\"]}\n", "until has an empty text"},
      {"generation_kwargs: {penalty: 2}\n", "generation_kwargs.penalty"},
      {"metric_list: [{metric: bleu}]\n", "\"bleu\" is none of generate"},
      {"filter_list: [{name: a, filter: [{function: map}]}]\n", "\"map\""},
      {"filter_list: [{name: a, filter: [{function: regex}]}]\n",
       "does not end with take_first"},
      {"filter_list: [{name: a, filter: [{function: regex, fallback: x}]}]\n",
       "filter_list.fallback"},
      {"filter_list: [{name: a, filter: [{function: regex, group_select: 1}]}]"
       "\n",
       "group_select: is 1"}};
  for (const auto& [keys, wanted] : cases) {
    EXPECT_THAT(refusal(kind + keys), HasSubstr(wanted)) << keys;
  }
}

}  // namespace
}  // namespace lethe
