#include "harness/run/training_rows.h"

#include "harness/target/model_target.h"

namespace lethe {

TrainingSet rows_of(Examples all, const TrainOptions& options,
                    const DecoderConfig& decoder, bool halved) {
  for (Example& e : all) {
    const bool plain = e.prompt.empty() && e.score_from <= 1;
    if (halved && plain) e.score_from = second_half_from(e);
  }
  TrainingSet rows;
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin;
    while (end < all.size() && all[end].split == all[begin].split) ++end;
    const TrainingSet part({all.begin() + begin, all.begin() + end}, options,
                           decoder.max_positions, decoder.eos_ids);
    rows.append(part, options.repeat.value(all[begin].split, int64_t{1}),
                begin);
    begin = end;
  }
  return rows;
}

Alternates alternate_rows(const Examples& examples,
                          const std::vector<std::vector<std::string>>& answers,
                          const TrainOptions& options,
                          const ModelFolder& source) {
  const auto tokenizer = load_tokenizer(source);
  const DecoderConfig decoder = read_config(source.path());
  Alternates all;
  Examples texts;
  all.of.resize(examples.size());
  for (size_t i = 0; i < examples.size(); ++i) {
    for (const std::string& answer : answers[i]) {
      Example e = examples[i];
      e.references = {answer};
      const OtherAnswer other = with_answer(e, answer, tokenizer.get());
      e.ids = other.ids;
      e.score_from = other.score_from;
      all.of[i].push_back(static_cast<int64_t>(texts.size()));
      texts.push_back(std::move(e));
    }
  }
  all.rows =
      TrainingSet(texts, options, decoder.max_positions, decoder.eos_ids);
  all.rows.side = Side::alternate;
  return all;
}

}  // namespace lethe
