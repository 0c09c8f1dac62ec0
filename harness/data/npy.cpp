#include "harness/data/npy.h"

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/base/error.h"

namespace lethe {
namespace {

constexpr size_t kMaxHeader = 10'000;  // as numpy.load has it
constexpr int64_t kMaxCount = std::numeric_limits<int64_t>::max();
constexpr char kCure[] = "save ids as numpy.save(F, ids.astype('int32'))";

struct Header {
  std::string type;
  bool columns_first = false;
  std::vector<int64_t> shape;
};

// The header is a Python dictionary of a text, a truth value and a tuple of
// numbers. Anything else is refused.
class HeaderReader {
 public:
  HeaderReader(const std::string& path, std::string_view text)
      : path_(path), rest_(text) {}

  Header read() {
    Header header;
    bool type = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = text();
      expect(':');
      bool& seen = key == "descr"           ? type
                   : key == "fortran_order" ? order
                   : key == "shape"         ? shape
                                            : unknown(key);
      if (seen) damaged("\"" + key + "\" stands twice");
      seen = true;
      if (key == "descr") {
        header.type = described();
      } else if (key == "shape") {
        header.shape = numbers();
      } else {
        header.columns_first = truth();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    space();
    if (!rest_.empty()) damaged("something follows the dictionary");
    if (!type || !order || !shape) {
      damaged("descr, fortran_order or shape is missing");
    }
    return header;
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    fail_input(path_, "the header is damaged: " + what, kCure);
  }
  [[noreturn]] bool& unknown(const std::string& key) const {
    damaged("\"" + printable(key, 40) + "\" is no key of it");
  }

  void space() {
    const size_t next = rest_.find_first_not_of(" \n");
    rest_.remove_prefix(next == rest_.npos ? rest_.size() : next);
  }

  bool accept(char c) {
    space();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c)) damaged(std::string("a ") + c + " is missing");
  }

  std::string text() {
    space();
    const char quote = rest_.empty() ? ' ' : rest_[0];
    if (quote != '\'' && quote != '"') damaged("a text is missing");
    const size_t end = rest_.find(quote, 1);
    if (end == rest_.npos) damaged("a text does not end");
    const std::string value(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return value;
  }

  std::string described() {
    space();
    if (!rest_.empty() && rest_[0] == '[') {
      fail_input(path_, "its entries have fields, they are no token ids",
                 kCure);
    }
    return text();
  }

  bool truth() {
    space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (rest_.substr(0, word.size()) != word) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    damaged("fortran_order is neither True nor False");
  }

  std::vector<int64_t> numbers() {
    std::vector<int64_t> all;
    expect('(');
    while (!accept(')')) {
      int64_t number = 0;
      space();
      const auto [end, error] =
          std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
      if (error != std::errc() || number < 0) {
        damaged("the shape has something other than numbers");
      }
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      all.push_back(number);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return all;
  }

  const std::string& path_;
  std::string_view rest_;
};

// Throws unless `type` is one of whole numbers: order, kind, bytes.
void check_type(const std::string& path, const std::string& type) {
  const bool whole =
      type.size() == 3 &&
      std::string_view("<>|").find(type[0]) != std::string::npos &&
      (type[1] == 'u' || type[1] == 'i') &&
      std::string_view("1248").find(type[2]) != std::string::npos;
  // One byte has no order, and numpy writes none.
  if (whole && (type[0] == '|') == (type[2] == '1')) return;
  if (type.find('O') != std::string::npos) {
    fail_input(path, "holds Python objects: a pickle, which is never read",
               kCure);
  }
  fail_input(path,
             "its entries are \"" + printable(type, 40) +
                 "\", no whole numbers of 1 to 8 bytes",
             kCure);
}

uint64_t little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

NpyTable::NpyTable(const std::string& path) : file_(path) { read_header(); }

void NpyTable::read_header() {
  const std::string_view bytes = file_.bytes();
  const std::string& path = file_.path();
  if (bytes.substr(0, 6) != "\x93NUMPY" || bytes.size() < 12) {
    fail_input(path, "does not begin as a .npy file", kCure);
  }
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3) {
    fail_input(path, fmt::format("is of version {} of the format", version),
               "versions 1 to 3 are read");
  }
  const size_t width = version == 1 ? 2 : 4;
  const size_t length = little_endian(bytes.substr(8, width));
  begin_ = 8 + width + length;
  if (length > kMaxHeader || begin_ > bytes.size()) {
    fail_input(path,
               fmt::format("the header is said to have {} bytes, the file {}",
                           length, bytes.size()),
               "the file is damaged: get it again");
  }
  const Header header =
      HeaderReader(path, bytes.substr(8 + width, length)).read();
  check_type(path, header.type);
  type_ = header.type;
  columns_first_ = header.columns_first;
  if (header.shape.size() != 2) {
    fail_input(path, fmt::format("has {} dimensions", header.shape.size()),
               "a table of texts and their ids has 2");
  }
  rows_ = header.shape[0];
  columns_ = header.shape[1];
  if (rows_ == 0 || columns_ == 0) {
    fail_input(path, fmt::format("is a table of {} x {} ids", rows_, columns_),
               "save at least one text of at least one id");
  }
  const int64_t size = type_[2] - '0';
  const bool fits = rows_ <= kMaxCount / columns_ / size;
  const auto have = static_cast<int64_t>(bytes.size() - begin_);
  if (!fits || rows_ * columns_ * size != have) {
    fail_input(path,
               fmt::format("{} x {} numbers of {} bytes do not fill {} bytes",
                           rows_, columns_, size, have),
               "the file is cut off or damaged: get it again");
  }
}

int64_t NpyTable::at(int64_t row, int64_t column) const {
  const auto size = static_cast<size_t>(type_[2] - '0');
  const int64_t place =
      columns_first_ ? column * rows_ + row : row * columns_ + column;
  std::string number(
      file_.bytes().substr(begin_ + static_cast<size_t>(place) * size, size));
  if (type_[0] == '>') number.assign(number.rbegin(), number.rend());
  const uint64_t value = little_endian(number);
  const bool negative = type_[1] == 'i' && (value >> (8 * size - 1) & 1) == 1;
  if (negative || value > static_cast<uint64_t>(kMaxCount)) {
    fail_input(file_.path(),
               fmt::format("row {} column {} is {}", row, column,
                           negative ? "below 0" : "above 2^63 - 1"),
               "token ids are 0 or more");
  }
  return static_cast<int64_t>(value);
}

}  // namespace lethe
