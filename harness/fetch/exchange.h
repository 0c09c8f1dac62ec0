// One request and its answer, over libcurl.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "harness/fetch/headers.h"

namespace lethe {

struct Request {
  std::string url;
  int64_t from = 0;       // first byte that is wanted
  std::string validator;  // of If-Range; empty: none
};

struct Answer {
  enum class End {
    whole,    // the body came as announced, or the status says all: of bodies
              // without a file 1 MiB is read
    cut,      // fewer bytes came than were announced
    reset,    // the connection broke
    offline,  // no connection was made
    stalled,  // less than 1000 bytes a second for a minute
    refused,  // a redirect that is not followed, TLS, ...
    stopped,  // `body` threw nothing but wants no more
  };
  End end = End::whole;
  int64_t status = 0;       // of HTTP; 0: none came
  int64_t announced = -1;   // bytes of this body; -1: not said
  int64_t retry_after = 0;  // seconds that the server asks to wait
  AnswerHeaders headers;
  std::string url;      // after redirects
  std::string message;  // what went wrong, one line

  // The body is the file or a range of it, not words about it.
  bool has_file() const { return status == 200 || status == 206; }
};

// Takes a piece of the body of an answer with status 200 or 206, whose headers
// are there; false ends the exchange. What it throws leaves ask().
using Body = std::function<bool(const Answer&, const char*, size_t)>;

Answer ask(const Request& request, const Body& body);

}  // namespace lethe
