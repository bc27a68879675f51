#include "agent/aws/credentials_cached.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <list>

#include "tests/aws/scripted.h"

namespace {

using agent::aws::CachedCredentials;
using agent::aws::Credentials;
using agent::aws::Error;
using agent::aws::ErrorClass;
using agent::aws::Keys;
using agent::aws::Result;
using agent::base::Task;
using scripted::Started;
using std::chrono::minutes;
using std::chrono::seconds;

// Takes 5 s to answer; keys last an hour and are numbered.
class Source final : public Credentials {
 public:
  explicit Source(support::FakeClock& clock) : clock_(clock) {}

  Task<Result<Keys>> get() override {
    ++asked;
    co_await clock_.sleep(seconds(5));
    if (down) co_return std::unexpected(Error{.kind = ErrorClass::transient, .message = "down"});
    auto keys = scripted::some_keys("KEY" + std::to_string(asked));
    if (expire) keys.expiry = clock_.now() + minutes(60);
    co_return keys;
  }

  int asked = 0;
  bool down = false;
  bool expire = true;

 private:
  support::FakeClock& clock_;
};

class CachedCredentialsTest : public testing::Test {
 protected:
  std::string get() {
    const auto keys = scripted::run(io, clock, cached.get());
    return keys ? keys->access_key : keys.error().message;
  }

  boost::asio::io_context io;
  support::FakeClock clock{io};
  Source source{clock};
  CachedCredentials cached{source, clock};
};

TEST_F(CachedCredentialsTest, Are_asked_for_once_while_they_last) {
  EXPECT_EQ(get(), "KEY1");
  clock.advance(minutes(44));
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(source.asked, 1);
}

TEST_F(CachedCredentialsTest, One_renewal_serves_all_who_wait) {
  std::list<Started<Result<Keys>>> all;
  for (int i = 0; i < 10; ++i) all.emplace_back(io, cached.get());
  clock.run_dry();
  for (const auto& one : all) EXPECT_EQ(one.result()->access_key, "KEY1");
  EXPECT_EQ(source.asked, 1);
}

TEST_F(CachedCredentialsTest, A_failure_is_told_to_all_who_wait) {
  source.down = true;
  std::list<Started<Result<Keys>>> all;
  for (int i = 0; i < 10; ++i) all.emplace_back(io, cached.get());
  clock.run_dry();
  for (const auto& one : all) EXPECT_EQ(one.result().error().message, "down");
  EXPECT_EQ(source.asked, 1);
}

TEST_F(CachedCredentialsTest, Fifteen_minutes_before_the_end_one_renews_and_the_others_go_on) {
  get();
  clock.advance(minutes(46));
  const Started<Result<Keys>> first(io, cached.get());
  io.restart();
  io.poll();
  const Started<Result<Keys>> second(io, cached.get());
  io.restart();
  io.poll();
  EXPECT_FALSE(first.ended());
  EXPECT_EQ(second.result()->access_key, "KEY1");
  clock.run_dry();
  EXPECT_EQ(first.result()->access_key, "KEY2");
  EXPECT_EQ(get(), "KEY2");
}

TEST_F(CachedCredentialsTest, Ten_minutes_before_the_end_all_wait) {
  get();
  clock.advance(minutes(51));
  const Started<Result<Keys>> first(io, cached.get());
  const Started<Result<Keys>> second(io, cached.get());
  io.restart();
  io.poll();
  EXPECT_FALSE(second.ended());
  clock.run_dry();
  EXPECT_EQ(second.result()->access_key, "KEY2");
  EXPECT_EQ(source.asked, 2);
}

TEST_F(CachedCredentialsTest, Short_lived_ones_are_renewed_later) {
  CachedCredentials late(source, clock, {.may = minutes(3), .must = minutes(1)});
  const auto get = [&] { return scripted::run(io, clock, late.get())->access_key; };
  EXPECT_EQ(get(), "KEY1");
  clock.advance(minutes(56));
  EXPECT_EQ(get(), "KEY1");
  clock.advance(minutes(2));
  EXPECT_EQ(get(), "KEY2");
}

TEST_F(CachedCredentialsTest, Stay_in_use_while_they_are_valid_and_the_source_is_down) {
  get();
  source.down = true;
  clock.advance(minutes(51));
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(source.asked, 2) << "the source is left in peace for a minute";
  clock.advance(minutes(2));
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(source.asked, 3);
  clock.advance(minutes(8));
  EXPECT_EQ(get(), "down") << "they are not valid any more";
  source.down = false;
  EXPECT_EQ(get(), "KEY5");
}

TEST_F(CachedCredentialsTest, Are_renewed_once_when_a_service_refuses_them) {
  get();
  cached.expired(scripted::some_keys("OTHER"));
  EXPECT_EQ(get(), "KEY1") << "somebody else's keys";
  cached.expired(scripted::some_keys("KEY1"));
  EXPECT_EQ(get(), "KEY2");
  cached.expired(scripted::some_keys("KEY1"));
  EXPECT_EQ(get(), "KEY2") << "the refusal was of the keys before";
}

TEST_F(CachedCredentialsTest, Are_not_renewed_all_the_time_when_the_refusal_has_another_reason) {
  get();
  source.asked = 0;  // the source gives the same key again
  cached.expired(scripted::some_keys("KEY1"));
  EXPECT_EQ(get(), "KEY1");
  cached.expired(scripted::some_keys("KEY1"));
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(source.asked, 1);
  clock.advance(minutes(2));
  cached.expired(scripted::some_keys("KEY1"));
  EXPECT_EQ(get(), "KEY2");
}

TEST_F(CachedCredentialsTest, Ask_every_time_when_they_do_not_expire) {
  source.expire = false;
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(get(), "KEY2");
}

TEST_F(CachedCredentialsTest, Somebody_else_renews_when_the_one_who_did_is_cancelled) {
  boost::asio::cancellation_signal signal;
  bool cancelled = false;
  boost::asio::co_spawn(io, cached.get(),
                        boost::asio::bind_cancellation_slot(
                            signal.slot(), [&](std::exception_ptr error, const Result<Keys>&) {
                              cancelled = error != nullptr;
                            }));
  io.restart();
  io.poll();
  const Started<Result<Keys>> waiting(io, cached.get());
  io.restart();
  io.poll();
  signal.emit(boost::asio::cancellation_type::terminal);
  clock.run_dry();
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(waiting.result()->access_key, "KEY2");
}

}  // namespace
