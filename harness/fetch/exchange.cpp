#include "harness/fetch/exchange.h"

#include <curl/curl.h>

#include <exception>
#include <memory>

#include "harness/base/error.h"
#include "harness/base/version.h"

namespace lethe {
namespace {

constexpr long kRedirects = 5;
constexpr long kConnectSeconds = 30;
constexpr long kStallSeconds = 60;
constexpr long kSlowest = 1000;             // bytes a second
constexpr curl_off_t kMostAside = 1 << 20;  // bytes beside a file

struct State {
  CURL* curl;
  const Body& body;
  Answer& answer;
  std::exception_ptr thrown;
  curl_off_t header_bytes = 0;
};

void read_status(CURL* curl, Answer& answer) {
  long status = 0;
  curl_off_t length = -1, wait = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
  answer.status = status;
  answer.announced = length;
  answer.retry_after = wait;
}

size_t take_header(char* data, size_t size, size_t count, void* user) {
  auto& state = *static_cast<State*>(user);
  state.header_bytes += static_cast<curl_off_t>(size * count);
  if (state.header_bytes > kMostAside) return 0;
  add_header_line(std::string(data, size * count), state.answer.headers);
  return size * count;
}

// Ends the body of an error or a redirect, which libcurl reads for the sake of
// the connection, before a server can hold it open without end.
int watch(void* user, curl_off_t, curl_off_t bytes, curl_off_t, curl_off_t) {
  auto& state = *static_cast<State*>(user);
  if (bytes <= kMostAside) return 0;
  read_status(state.curl, state.answer);
  return state.answer.has_file() ? 0 : 1;
}

// No exception may cross libcurl: it is kept and thrown behind it.
size_t take_body(char* data, size_t size, size_t count, void* user) {
  auto& state = *static_cast<State*>(user);
  read_status(state.curl, state.answer);
  const size_t bytes = size * count;
  if (!state.answer.has_file()) return bytes;
  try {
    if (state.body(state.answer, data, bytes)) return bytes;
  } catch (...) {
    state.thrown = std::current_exception();
  }
  return bytes == 0 ? 1 : 0;
}

Answer::End end_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
    case CURLE_ABORTED_BY_CALLBACK:  // by watch(): the status is known
      return Answer::End::whole;
    case CURLE_PARTIAL_FILE:
      return Answer::End::cut;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return Answer::End::reset;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return Answer::End::offline;
    case CURLE_OPERATION_TIMEDOUT:
      return Answer::End::stalled;
    case CURLE_WRITE_ERROR:
      return Answer::End::stopped;
    default:
      return Answer::End::refused;
  }
}

// The protocols of the first request and of redirects.
void limit_protocols(CURL* curl, bool secure) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR,
                   secure ? "https" : "http,https");
#else
  const long both = CURLPROTO_HTTP | CURLPROTO_HTTPS;
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, both);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS,
                   secure ? static_cast<long>(CURLPROTO_HTTPS) : both);
#endif
}

void set_options(CURL* curl, const Request& request, State& state) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  limit_protocols(curl, request.url.rfind("https:", 0) == 0);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kRedirects);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kSlowest);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  const std::string agent = "lethe/" + version();
  curl_easy_setopt(curl, CURLOPT_USERAGENT, agent.c_str());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &state);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &state);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &state);
  if (request.from > 0) {
    const std::string range = std::to_string(request.from) + "-";
    curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
  }
}

}  // namespace

Answer ask(const Request& request, const Body& body) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(),
                                                    curl_easy_cleanup);
  if (ready != CURLE_OK || curl == nullptr) {
    fail_runtime("libcurl", "does not start", "free memory");
  }
  Answer answer;
  State state{curl.get(), body, answer, nullptr};
  char message[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, message);
  set_options(curl.get(), request, state);
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      nullptr, curl_slist_free_all);
  if (request.from > 0 && !request.validator.empty()) {
    const std::string line = "If-Range: " + request.validator;
    headers.reset(curl_slist_append(nullptr, line.c_str()));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (state.thrown) std::rethrow_exception(state.thrown);
  read_status(curl.get(), answer);
  answer.end = end_of(code);
  if (answer.end == Answer::End::stalled && answer.status == 0) {
    answer.end = Answer::End::offline;  // the time went into connecting
  }
  char* url = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_EFFECTIVE_URL, &url);
  answer.url = url == nullptr ? request.url : url;
  if (code != CURLE_OK) {
    answer.message = *message != '\0' ? message : curl_easy_strerror(code);
  }
  return answer;
}

}  // namespace lethe
