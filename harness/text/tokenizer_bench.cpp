// How fast texts are encoded and decoded, in bytes of text a second.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

#include "harness/text/tokenizer.h"

namespace lethe {
namespace {

// Prose of made-up words whose frequencies fall as in a language (Zipf): lines
// of a dozen words with some numbers, capitals and punctuation.
std::vector<std::string> made_up_lines(size_t lines) {
  std::mt19937 random(7);
  const auto below = [&](size_t n) { return random() % n; };
  const char* const syllables[] = {
      "la", "me",  "ri", "sto", "ne", "har", "bo",  "ur", "li", "ght",
      "ke", "per", "s",  "ing", "ed", "o",   "the", "an", "vi", "qua"};
  std::vector<std::string> words(20000);
  for (auto& word : words) {
    for (size_t i = 0; i < 1 + below(4); ++i) word += syllables[below(20)];
  }
  std::vector<std::string> text(lines);
  for (auto& line : text) {
    for (int i = 0; i < 12; ++i) {
      const double u = static_cast<double>(1 + below(1u << 20)) / (1u << 20);
      const auto rank = static_cast<size_t>(std::pow(20000.0, u)) - 1;
      line += (i > 0 ? " " : "") + words[rank];
      if (below(20) == 0) line += " " + std::to_string(below(3000));
      if (below(8) == 0) line += ",";
    }
    line += ".\n";
  }
  return text;
}

std::shared_ptr<const Tokenizer> testdata(const std::string& name) {
  return Tokenizer::load(LETHE_SOURCE_DIR "/harness/text/testdata/" + name);
}

void encode(benchmark::State& state, const std::string& name) {
  const auto tokenizer = testdata(name);
  const auto lines = made_up_lines(20000);
  int64_t bytes = 0;
  for (auto _ : state) {
    for (const auto& line : lines) {
      benchmark::DoNotOptimize(tokenizer->encode(line));
      bytes += static_cast<int64_t>(line.size());
    }
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK_CAPTURE(encode, byte_level, "byte_level");
BENCHMARK_CAPTURE(encode, characters, "characters");

// The lines of LETHE_BENCH_TEXT by LETHE_BENCH_TOKENIZER's folder, one by one.
void encode_lines(benchmark::State& state, const std::string& folder,
                  const std::string& file) {
  const auto tokenizer = Tokenizer::load(folder);
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  size_t tokens = 0;
  for (auto _ : state) {
    tokens = 0;
    for (const auto& line : lines) tokens += tokenizer->encode(line).size();
  }
  state.counters["tokens"] = static_cast<double>(tokens);
}

[[maybe_unused]] const bool registered = [] {
  const char* const folder = std::getenv("LETHE_BENCH_TOKENIZER");
  const char* const file = std::getenv("LETHE_BENCH_TEXT");
  if (folder == nullptr || file == nullptr) return false;
  benchmark::RegisterBenchmark("encode_lines", encode_lines,
                               std::string(folder), std::string(file))
      ->Unit(benchmark::kMillisecond);
  return true;
}();

void encode_one_long_word(benchmark::State& state) {
  const auto tokenizer = testdata("byte_level");
  const std::string word(1 << 20, 'e');
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer->encode(word));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(word.size()));
}
BENCHMARK(encode_one_long_word);

void decode(benchmark::State& state, const std::string& name) {
  const auto tokenizer = testdata(name);
  std::string text;
  for (const auto& line : made_up_lines(2000)) text += line;
  const auto ids = tokenizer->encode(text);
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer->decode(ids));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(text.size()));
}
BENCHMARK_CAPTURE(decode, byte_level, "byte_level");
BENCHMARK_CAPTURE(decode, characters, "characters");

void load(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(testdata("byte_level"));
}
BENCHMARK(load);

}  // namespace
}  // namespace lethe
