// Personal data in any text: spans stand on borders of characters, in order,
// and what is left over holds none of the same kind.
#include "harness/base/fuzzing.h"
#include "harness/sanitise/names.h"
#include "harness/sanitise/scrub.h"
#include "harness/text/utf8.h"

namespace {

using namespace lethe;

bool border(const std::string& text, size_t at) {
  return at == text.size() || (static_cast<uint8_t>(text[at]) & 0xC0) != 0x80;
}

void check(const std::string& text, const std::vector<PersonalSpan>& spans) {
  size_t end = 0;
  for (const PersonalSpan& span : spans) {
    must_hold(end <= span.begin && span.begin < span.end, "spans in order");
    must_hold(span.end <= text.size(), "a span ends in the text");
    must_hold(border(text, span.begin) && border(text, span.end),
              "spans stand on borders of characters");
    end = span.end;
  }
  must_hold(valid_utf8(scrubbed(text, spans)), "the rest is UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = repaired_utf8(fuzz_text(data, size));
  const auto emails = find_emails(text);
  const auto urls = find_urls(text);
  const auto numbers = find_numbers(text, 7);
  const auto names = find_personal_names({text}).spans[0];
  for (const auto& spans : {emails, urls, numbers, names}) check(text, spans);
  check(text, merged_spans(merged_spans(emails, urls, text), numbers, text));
  check(text, merged_spans(merged_spans(emails, numbers, text), names, text));
  return 0;
}
