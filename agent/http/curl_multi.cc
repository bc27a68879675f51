#include "agent/http/curl_multi.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>

namespace agent::http {
namespace {

int new_epoll() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

std::uint32_t epoll_events(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

int curl_events(std::uint32_t events) {
  return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
         ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
         ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
}

}  // namespace

CurlMulti::CurlMulti(const boost::asio::any_io_executor& executor, std::size_t kept_connections)
    : epoll_(executor, new_epoll()), timer_(executor) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = curl_multi_init();
  share_ = curl_share_init();
  if (multi_ == nullptr || share_ == nullptr) throw std::bad_alloc();
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  // Fewer than are used at once would be closed and opened all the time.
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(kept_connections));
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(
      multi_, CURLMOPT_SOCKETFUNCTION,
      +[](CURL*, curl_socket_t socket, int what, void* self, void*) {
        static_cast<CurlMulti*>(self)->follow(socket, what);
        return 0;
      });
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(
      multi_, CURLMOPT_TIMERFUNCTION, +[](CURLM*, long milliseconds, void* self) {
        static_cast<CurlMulti*>(self)->arm(milliseconds);
        return 0;
      });
}

CurlMulti::~CurlMulti() {
  close();
  curl_global_cleanup();
}

void CurlMulti::open() {
  watch();
}

void CurlMulti::close() {
  if (multi_ == nullptr) return;
  for (const auto& [easy, transfer] : transfers_) {
    curl_multi_remove_handle(multi_, easy);
    transfer->abandon("the agent is stopping");
  }
  transfers_.clear();
  curl_multi_cleanup(multi_);
  curl_share_cleanup(share_);
  multi_ = nullptr;
  ++timer_generation_;
  timer_.cancel();
  epoll_.close();
}

void CurlMulti::start(const std::shared_ptr<CurlTransfer>& transfer) {
  if (multi_ == nullptr) return transfer->abandon("the agent is stopping");
  curl_easy_setopt(transfer->easy(), CURLOPT_SHARE, share_);
  if (const auto code = curl_multi_add_handle(multi_, transfer->easy()); code != CURLM_OK) {
    return transfer->abandon(curl_multi_strerror(code));
  }
  transfers_.emplace(transfer->easy(), transfer);
}

void CurlMulti::remove(CurlTransfer& transfer) {
  if (transfer.easy() == nullptr || multi_ == nullptr) return;
  curl_multi_remove_handle(multi_, transfer.easy());
  transfers_.extract(transfer.easy()).mapped()->abandon("cancelled");
}

void CurlMulti::watch() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [weak = weak_from_this()](boost::system::error_code error) {
                      const auto self = weak.lock();
                      if (error || self == nullptr || self->multi_ == nullptr) return;
                      self->sockets_are_ready();
                      self->watch();
                    });
}

void CurlMulti::sockets_are_ready() {
  std::array<epoll_event, 64> ready{};
  const int count = ::epoll_wait(epoll_.native_handle(), ready.data(), ready.size(), 0);
  for (int i = 0; i < count; ++i) {
    const auto& event = ready.at(static_cast<std::size_t>(i));
    act(event.data.fd, curl_events(event.events));
  }
  collect();
}

void CurlMulti::arm(long milliseconds) {
  const auto generation = ++timer_generation_;
  timer_.cancel();
  if (milliseconds < 0) return;
  timer_.expires_after(std::chrono::milliseconds(milliseconds));
  timer_.async_wait([weak = weak_from_this(), generation](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || self == nullptr || self->multi_ == nullptr) return;
    if (self->timer_generation_ != generation) return;
    self->act(CURL_SOCKET_TIMEOUT, 0);
    self->collect();
  });
}

void CurlMulti::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
}

void CurlMulti::collect() {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    auto* const easy = message->easy_handle;
    const auto code = message->data.result;  // the message ends with the next call
    curl_multi_remove_handle(multi_, easy);
    transfers_.extract(easy).mapped()->end(code);
  }
}

// Called by libcurl. A socket that was closed left the epoll set by itself.
void CurlMulti::follow(curl_socket_t socket, int what) {
  const int epoll = epoll_.native_handle();
  epoll_event event{};
  event.events = epoll_events(what);
  event.data.fd = socket;
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event);
  } else if (::epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0) {
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
  }
}

}  // namespace agent::http
