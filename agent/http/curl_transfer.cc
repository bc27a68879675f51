#include "agent/http/curl_transfer.h"

#include <algorithm>
#include <new>

#include "agent/base/text.h"

namespace agent::http {
namespace {

constexpr std::size_t header_limit = 256 << 10;

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool carries_body(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT";
}

}  // namespace

std::string flaw_of(const Request& request) {
  if (request.method.empty() || has_control(request.method) || request.method.contains(' ')) {
    return "the request's method is not a word";
  }
  if (has_control(request.url)) return "the request's URL contains a control character";
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || has_control(name) || name.contains(':') || has_control(value)) {
      return base::cat("the header ", base::printable(name), " contains a control character");
    }
  }
  return {};
}

CurlTransfer::CurlTransfer(Request request, const Options& options,
                           const boost::asio::any_io_executor& executor)
    : finished(executor),
      request_(std::move(request)),
      response_limit_(options.response_limit),
      easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  describe(options);
  describe_method();
  describe_headers();
}

template <class Value>
void CurlTransfer::set(CURLoption option, Value value) {
  // Fails for want of memory, or in a libcurl that was built without what the agent needs.
  if (const auto code = curl_easy_setopt(easy_.get(), option, value); code != CURLE_OK) {
    throw std::runtime_error(base::cat("libcurl: ", curl_easy_strerror(code)));
  }
}

void CurlTransfer::describe(const Options& options) {
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // else a look-up that hangs holds up the whole loop when it ends
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // With a folder of certificates set libcurl reads all of them anew for every connection.
  set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  if (!options.ca_bundle.empty()) set(CURLOPT_CAINFO, options.ca_bundle.c_str());
  if (request_.direct) set(CURLOPT_PROXY, "");
  if (request_.fresh_connection) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }
  set(CURLOPT_HEADERDATA, this);
  set(
      CURLOPT_HEADERFUNCTION, +[](char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<CurlTransfer*>(self)->take_header({data, size});
      });
  set(CURLOPT_WRITEDATA, this);
  set(
      CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<CurlTransfer*>(self)->take_body({data, size});
      });
}

void CurlTransfer::describe_method() {
  if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (carries_body(request_)) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void CurlTransfer::describe_headers() {
  const auto append = [&](const std::string& line) {
    auto* const longer = curl_slist_append(header_list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)header_list_.release();
    header_list_.reset(longer);
  };
  // A name with nothing behind the colon keeps libcurl from adding that header itself.
  for (const char* own : {"Expect", "Accept", "Content-Type"}) {
    if (request_.headers.get(own).empty()) append(base::cat(own, ':'));
  }
  for (const auto& [name, value] : request_.headers) {
    append(value.empty() ? base::cat(name, ';') : base::cat(name, ": ", value));
  }
  set(CURLOPT_HTTPHEADER, header_list_.get());
}

std::size_t CurlTransfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > header_limit) {
    refused_ = "the response's headers are too long";
    return 0;
  }
  const auto text = base::trim(line);
  if (text.starts_with("HTTP/")) {
    response_.headers = {};  // an interim response went before
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    response_.headers.add(base::trim(text.substr(0, colon)),
                          std::string(base::trim(text.substr(colon + 1))));
  }
  return line.size();
}

std::size_t CurlTransfer::take_body(std::string_view bytes) {
  if (bytes.size() > response_limit_ - response_.body.size()) {
    refused_ = base::cat("the response is longer than ", response_limit_, " bytes");
    return 0;
  }
  response_.body += bytes;
  return bytes.size();
}

void CurlTransfer::end(CURLcode code) {
  if (code != CURLE_OK) return settle(std::unexpected(broken(code)));
  long status = 0;
  curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
  if (status < 100 || status > 599) {  // libcurl takes whatever digits there are
    refused_ = base::cat("the server's answer has the status ", status);
    return settle(std::unexpected(broken(CURLE_WEIRD_SERVER_REPLY)));
  }
  response_.status = static_cast<int>(status);
  settle(std::move(response_));
}

void CurlTransfer::abandon(const std::string& reason) {
  auto broken = this->broken(CURLE_ABORTED_BY_CALLBACK);
  broken.reason = reason;
  settle(std::unexpected(std::move(broken)));
}

// Counts what was sent by all tries, libcurl's own second one too, and a proxy's CONNECT: in doubt
// the server has seen it.
Broken CurlTransfer::broken(CURLcode code) const {
  long sent = 0;
  curl_easy_getinfo(easy(), CURLINFO_REQUEST_SIZE, &sent);
  const std::string_view told(error_text_.data());
  return {.stage = sent == 0 ? Broken::Stage::before_sending : Broken::Stage::unknown,
          .reason = base::printable(!refused_.empty() ? refused_
                                    : !told.empty()   ? told
                                                      : curl_easy_strerror(code))};
}

void CurlTransfer::settle(Outcome result) {
  outcome = std::move(result);
  easy_.reset();
  finished.set();
}

}  // namespace agent::http
