#include "agent/aws/retry.h"

#include <gtest/gtest.h>

namespace {

using agent::aws::backoff;
using agent::aws::Error;
using agent::aws::ErrorClass;
using agent::aws::RetryQuota;
using std::chrono::milliseconds;

TEST(Backoff, Doubles_from_50_ms_or_1_s_up_to_20_s_with_full_jitter) {
  constexpr double most = 0.999999999;
  const auto wait = [&](ErrorClass kind, int retry, double fraction) {
    return backoff(kind, retry, fraction, std::nullopt).count();
  };
  EXPECT_EQ(wait(ErrorClass::transient, 1, most), 49);
  EXPECT_EQ(wait(ErrorClass::transient, 2, most), 99);
  EXPECT_EQ(wait(ErrorClass::transient, 3, most), 199);
  EXPECT_EQ(wait(ErrorClass::throttled, 1, most), 999);
  EXPECT_EQ(wait(ErrorClass::throttled, 2, most), 1'999);
  EXPECT_EQ(wait(ErrorClass::throttled, 10, most), 19'999);
  EXPECT_EQ(wait(ErrorClass::transient, 1'000, most), 19'999);
  EXPECT_EQ(wait(ErrorClass::throttled, 2, 0.5), 1'000);
  EXPECT_EQ(wait(ErrorClass::throttled, 2, 0.0), 0);
}

TEST(Backoff, Follows_the_service_but_at_most_5_s_beyond_its_own) {
  const auto wait = [](int asked) {
    return backoff(ErrorClass::throttled, 1, 0.5, milliseconds(asked)).count();
  };
  EXPECT_EQ(wait(100), 500);
  EXPECT_EQ(wait(3'000), 3'000);
  EXPECT_EQ(wait(60'000), 5'500);
}

TEST(RetryQuota, Runs_out_and_comes_back_with_success) {
  RetryQuota quota;
  for (int i = 0; i < 35; ++i) EXPECT_TRUE(quota.take(ErrorClass::transient)) << i;
  EXPECT_EQ(quota.left(), 10);
  EXPECT_FALSE(quota.take(ErrorClass::transient));
  EXPECT_TRUE(quota.take(ErrorClass::throttled));
  quota.succeeded(ErrorClass::transient);
  EXPECT_EQ(quota.left(), 19);
  quota.succeeded(std::nullopt);
  EXPECT_EQ(quota.left(), 20);
  for (int i = 0; i < 1'000; ++i) quota.succeeded(ErrorClass::throttled);
  EXPECT_EQ(quota.left(), 500);
}

TEST(Repeating, Needs_a_class_that_passes_by) {
  for (const auto kind : {ErrorClass::throttled, ErrorClass::transient}) {
    EXPECT_TRUE(agent::aws::is_worth_repeating({.kind = kind}));
  }
  for (const auto kind : {ErrorClass::expired, ErrorClass::skewed, ErrorClass::refused,
                          ErrorClass::gone, ErrorClass::conflict, ErrorClass::invalid}) {
    EXPECT_FALSE(agent::aws::is_worth_repeating({.kind = kind}));
  }
}

TEST(Repeating, Something_to_be_done_once_is_not_repeated_when_it_may_have_been) {
  const Error lost{.kind = ErrorClass::transient, .may_have_acted = true};
  const Error unsent{.kind = ErrorClass::transient};
  EXPECT_TRUE(agent::aws::may_repeat(lost, false));
  EXPECT_FALSE(agent::aws::may_repeat(lost, true));
  EXPECT_TRUE(agent::aws::may_repeat(unsent, true));
}

TEST(RetrySettings, Come_from_the_environment) {
  EXPECT_EQ(agent::aws::retry_settings({})->max_attempts, 3);
  EXPECT_EQ(agent::aws::retry_settings({{"AWS_MAX_ATTEMPTS", "7"}})->max_attempts, 7);
  EXPECT_FALSE(agent::aws::retry_settings({{"AWS_MAX_ATTEMPTS", "0"}}));
  EXPECT_FALSE(agent::aws::retry_settings({{"AWS_MAX_ATTEMPTS", "3x"}}));
  EXPECT_TRUE(agent::aws::retry_settings({{"AWS_RETRY_MODE", "adaptive"}}));
  EXPECT_FALSE(agent::aws::retry_settings({{"AWS_RETRY_MODE", "often"}}));
}

}  // namespace
