// A name server that does not answer. The program's own getaddrinfo stands before the C library's
// here, since libcurl asks that one, in a thread of its own.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>

#include "agent/http/curl_http.h"
#include "tests/http/loopback_server.h"

namespace {

// Holds up every look-up of "hangs.test" until it is let go.
class Hold {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return released_; })) {
      gave_up_ = true;
    }
    --waiting_;
    changed_.notify_all();
  }
  // False when a look-up was not let go in time: somebody waited for it.
  bool release() {
    std::unique_lock lock(mutex_);
    released_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return waiting_ == 0; });
    return !gave_up_;
  }
  int waiting() {
    const std::unique_lock lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool released_ = false;
  bool gave_up_ = false;
};

Hold hold;

}  // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  if (name != nullptr && std::string_view(name) == "hangs.test") {
    hold.wait();
    return EAI_AGAIN;
  }
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, result);
}

namespace {

TEST(Resolver, A_name_that_hangs_holds_up_nobody_else) {
  boost::asio::io_context io;
  const loopback::Server server(io);
  agent::http::CurlHttp http(io);
  const auto outcome = loopback::run(io, http.send({.url = "http://hangs.test/",
                                                    .timeout = std::chrono::milliseconds(300),
                                                    .direct = true}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().stage, agent::http::Broken::Stage::before_sending);
  EXPECT_EQ(hold.waiting(), 1) << "the look-up still hangs";
  EXPECT_TRUE(loopback::run(io, http.send({.url = server.url(), .direct = true})));
  EXPECT_TRUE(hold.release());
}

}  // namespace
