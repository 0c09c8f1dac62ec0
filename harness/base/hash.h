// SHA-256 in hexadecimal.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace lethe {

// 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

// The first 12 digits: names of cells.
std::string short_hash(std::string_view bytes);

// SHA-256 of data that comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  // The digest; add nothing afterwards.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lethe
