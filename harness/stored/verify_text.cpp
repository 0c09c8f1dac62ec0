// What lethe verify shows.
#include <algorithm>

#include "harness/stored/verify.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kMostShown = 20;  // differences of a check

std::string count_text(const Check& check) {
  return check.checked == check.of
             ? std::to_string(check.of)
             : fmt::format("{} of {}", check.checked, check.of);
}

}  // namespace

std::string to_text(const Verified& verified) {
  size_t name = 5, count = 7;
  for (const Check& check : verified.checks) {
    name = std::max(name, display_width(printable(check.name)));
    count = std::max(count, count_text(check).size());
  }
  std::string text = fmt::format("{:<{}}  {:>{}}  {:<11}  what was compared\n",
                                 "check", name, "checked", count, "verdict");
  for (const Check& check : verified.checks) {
    const std::string head = fmt::format(
        "{}  {:>{}}  {:<11}", pad_right(printable(check.name), name),
        count_text(check), count, check.verdict());
    std::string how = check.how;
    if (!check.skipped.empty()) how += ": " + printable(check.skipped, 1000);
    text += hanging(head, name + count + 17, how, kWidth);
  }
  for (const Check& check : verified.checks) {
    const size_t shown = std::min(check.differences.size(), kMostShown);
    for (size_t i = 0; i < shown; ++i) {
      text += hanging("!! " + printable(check.name) + ":", 12,
                      printable(check.differences[i], 2000), kWidth);
    }
    if (check.differences.size() > shown) {
      text += fmt::format("!! {}: and {} more\n", printable(check.name),
                          check.differences.size() - shown);
    }
  }
  return text;
}

}  // namespace lethe
