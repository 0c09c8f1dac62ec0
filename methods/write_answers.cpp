#include "methods/write_answers.h"

#include <algorithm>

#include "harness/base/files.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

// `pattern` with {question} and {answer} put in; what is put in is left as it
// is.
std::string filled(const std::string& pattern, const std::string& question,
                   const std::string& answer) {
  std::string text;
  for (size_t i = 0; i < pattern.size();) {
    if (pattern.compare(i, 10, "{question}") == 0) {
      text += question;
      i += 10;
    } else if (pattern.compare(i, 8, "{answer}") == 0) {
      text += answer;
      i += 8;
    } else {
      text += pattern[i++];
    }
  }
  return text;
}

std::string asked(const Target& model, const Example& e,
                  const WritingOptions& o) {
  if (!e.prompt.empty()) {
    return filled(o.prompt, e.prompt,
                  e.references.empty() ? "" : e.references.front());
  }
  const auto half = e.ids.begin() + second_half_from(e);
  return filled(o.text_prompt, model.decode({e.ids.begin() + e.leading, half}),
                model.decode({half, e.ids.end()}));
}

std::string cut(std::string text) {
  for (const char* next : {"Question:", "Q:"}) {
    text = text.substr(0, text.find(next));
  }
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

std::vector<Answers> write_answers(const Target& model, const Examples& texts,
                                   const WritingOptions& o) {
  GenerateOptions options;
  options.do_sample = true;
  options.num_return_sequences = o.written;
  options.temperature = o.temperature;
  options.top_k = o.top_k;
  options.seed = o.seed;
  options.eos_ids = model.eos_ids();
  Prompts prompts;
  for (const Example& e : texts) {
    prompts.push_back(model.encode(asked(model, e, o), e.plain_text));
    const auto used = static_cast<int64_t>(prompts.back().size());
    const int64_t room = model.window() - used;
    if (room < 1) {
      fail_input(e.where,
                 fmt::format("asking for another answer takes {} tokens of a "
                             "window of {}",
                             used, model.window()),
                 "shorten the text or the prompt");
    }
    options.lengths.push_back(std::min(o.max_new_tokens, room));
  }
  const Generation written = model.generate(prompts, options);
  std::vector<Answers> all(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    for (const Sequence& sequence : written.sequences[i]) {
      const std::string answer = cut(model.decode(sequence.ids));
      if (!answer.empty()) all[i].push_back(answer);
    }
    if (all[i].empty()) {
      fail_runtime(
          texts[i].where, "the model wrote no other answer",
          "set another prompt, written higher, or give some in the row");
    }
  }
  return all;
}

std::vector<Answers> write_answers(const Context& context,
                                   const Examples& texts,
                                   const WritingOptions& options) {
  TargetOptions quiet;
  quiet.progress = false;
  const LoadedModel loaded =
      load_target(context.model_folder(), context.compute(), quiet);
  return write_answers(*loaded.target, texts, options);
}

void keep_alternates(const Context& context, const std::vector<Answers>& all) {
  std::string lines;
  for (size_t i = 0; i < all.size(); ++i) {
    OrderedJson row;
    row["id"] = context.forget_examples()[i].id;
    row["alternates"] = all[i];
    lines += row.dump() + "\n";
  }
  make_folder(context.out_folder());
  write_file_atomically(context.out_folder() + "/alternates.jsonl", lines);
}

}  // namespace lethe
