#include "agent/http/curl_http.h"

#include <curl/curl.h>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "agent/http/curl_multi.h"
#include "agent/http/curl_transfer.h"

namespace agent::http {
namespace {

// Takes a transfer out of libcurl's hands when its coroutine goes away, for whatever reason.
class InFlight {
 public:
  InFlight(std::shared_ptr<CurlMulti> multi, std::shared_ptr<CurlTransfer> transfer)
      : multi_(std::move(multi)), transfer_(std::move(transfer)) {
    multi_->start(transfer_);
  }
  ~InFlight() { multi_->remove(*transfer_); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  std::shared_ptr<CurlMulti> multi_;
  std::shared_ptr<CurlTransfer> transfer_;
};

}  // namespace

CurlHttp::CurlHttp(boost::asio::io_context& io, CurlSettings settings)
    : settings_(std::move(settings)),
      turns_(settings_.concurrency),
      multi_(std::make_shared<CurlMulti>(io.get_executor(), settings_.concurrency)) {
  multi_->open();
}

CurlHttp::~CurlHttp() {
  multi_->close();
}

base::Task<Outcome> CurlHttp::send(Request request) {
  // Nothing of this object is used after a wait: it may be gone by then.
  const auto multi = multi_;
  const CurlTransfer::Options options{.response_limit = settings_.response_limit,
                                      .ca_bundle = settings_.ca_bundle};
  const auto turn = co_await turns_.take();
  const auto executor = co_await boost::asio::this_coro::executor;
  if (const auto flaw = flaw_of(request); !flaw.empty()) {
    co_return std::unexpected(Broken{Broken::Stage::before_sending, flaw});
  }
  const auto transfer = std::make_shared<CurlTransfer>(std::move(request), options, executor);
  const InFlight in_flight(multi, transfer);
  co_await transfer->finished.wait();
  if (!transfer->finished.is_set()) {
    throw boost::system::system_error(boost::asio::error::operation_aborted);
  }
  co_return std::move(transfer->outcome);
}

std::string libraries() {
  return curl_version();
}

}  // namespace agent::http
