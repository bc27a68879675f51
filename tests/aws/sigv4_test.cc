#include "agent/aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "agent/aws/timestamp.h"
#include "agent/base/json.h"

namespace {

using agent::aws::Keys;
using agent::base::Secret;
using agent::base::text;
using agent::http::Request;
using testing::HasSubstr;

boost::json::array cases() {
  const std::ifstream in(TEST_FOLDER "/sigv4_cases.json");
  std::ostringstream content;
  content << in.rdbuf();
  return agent::base::parse(content.str()).value().as_array();
}

Request request_of(const boost::json::object& example) {
  Request request{.method = text(example, "method"), .url = text(example, "url")};
  request.body = text(example, "body");
  for (const auto& header : agent::base::list(example, "headers")) {
    request.headers.add(header.at(0).as_string(), std::string(header.at(1).as_string()));
  }
  return request;
}

TEST(SigV4, Signs_as_botocore_does) {
  const auto all = cases();
  ASSERT_GE(all.size(), 100U);
  for (const auto& entry : all) {
    const auto& example = entry.as_object();
    auto request = request_of(example);
    const Keys keys{text(example, "access_key"), Secret(text(example, "secret")),
                    Secret(text(example, "token"))};
    const agent::aws::Scope scope{text(example, "region"), text(example, "service")};
    const auto time = agent::aws::parse_rfc3339(text(example, "time"));
    agent::aws::sign(request, keys, scope, time.value());
    EXPECT_EQ(request.headers.get("Authorization"), text(example, "authorization"))
        << text(example, "name") << '\n'
        << agent::aws::canonical_request(request, scope);
  }
}

const agent::base::TimePoint noon =
    std::chrono::sys_days{std::chrono::year(2026) / 11 / 21} + std::chrono::hours(12);

TEST(SigV4, Signing_again_replaces_the_first_signature) {
  Request request{.url = "https://ec2.eu-west-1.amazonaws.com/", .body = "Action=X"};
  auto again = request;
  const agent::aws::Scope scope{"eu-west-1", "ec2"};
  const Keys keys{"AKID", Secret("secret"), {}};
  agent::aws::sign(request, keys, scope, noon);
  agent::aws::sign(again, keys, scope, noon - std::chrono::hours(1));
  agent::aws::sign(again, keys, scope, noon);
  EXPECT_EQ(request.headers.get("Authorization"), again.headers.get("Authorization"));
  EXPECT_EQ(std::distance(again.headers.begin(), again.headers.end()), 2);
}

TEST(SigV4, Joins_a_header_that_comes_twice) {
  Request request{.url = "https://host/", .headers = {{"X-Amz-A", "1"}, {"x-amz-a", " 2  3 "}}};
  EXPECT_THAT(agent::aws::canonical_request(request, {"r", "ec2"}), HasSubstr("\nx-amz-a:1,2 3\n"));
}

TEST(SigV4, The_host_has_a_port_only_when_it_is_not_the_schemes_own) {
  EXPECT_EQ(agent::aws::host_of("https://Host.example:443/x"), "host.example");
  EXPECT_EQ(agent::aws::host_of("http://127.0.0.1:80"), "127.0.0.1");
  EXPECT_EQ(agent::aws::host_of("http://[::1]:8080?x"), "[::1]:8080");
}

}  // namespace
