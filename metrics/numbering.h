// Things as numbers: equal things have equal numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace lethe {

// Numbers things in the order in which they first appear: 0, 1, 2, ...
template <class Thing>
class Numbering {
 public:
  uint32_t of(const Thing& thing) {
    const auto fresh = static_cast<uint32_t>(numbers_.size());
    return numbers_.try_emplace(thing, fresh).first->second;
  }

  template <class List>
  std::vector<uint32_t> of_all(const List& things) {
    std::vector<uint32_t> numbers;
    numbers.reserve(things.size());
    numbers_.reserve(numbers_.size() + things.size());
    for (const auto& thing : things) numbers.push_back(of(thing));
    return numbers;
  }

  // The number of a thing that has one, else size().
  uint32_t find(const Thing& thing) const {
    const auto found = numbers_.find(thing);
    return found == numbers_.end() ? static_cast<uint32_t>(size())
                                   : found->second;
  }

  size_t size() const { return numbers_.size(); }

 private:
  std::unordered_map<Thing, uint32_t> numbers_;
};

// Where each number stands in a list of them, in ascending order.
class Places {
 public:
  // REQUIRES: every number of the list is below `kinds`.
  Places(const std::vector<uint32_t>& numbers, size_t kinds)
      : end_(kinds + 1), of_(numbers.size()) {
    for (const uint32_t number : numbers) ++end_[number + 1];
    for (size_t i = 1; i <= kinds; ++i) end_[i] += end_[i - 1];
    std::vector<uint32_t> next = end_;
    for (uint32_t i = 0; i < numbers.size(); ++i) of_[next[numbers[i]]++] = i;
  }

  std::span<const uint32_t> of(uint32_t number) const {
    if (number + size_t{1} >= end_.size()) return {};
    const uint32_t begin = end_[number];
    return std::span(of_).subspan(begin, end_[number + 1] - begin);
  }

 private:
  std::vector<uint32_t> end_;  // [number + 1]; number i has of_[end_[i]..]
  std::vector<uint32_t> of_;
};

}  // namespace lethe
