#include "agent/aws/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "agent/base/json.h"

namespace {

using agent::aws::Endpoints;
using agent::aws::Environment;
using agent::aws::find_service;
using agent::aws::flaw_of_endpoint;
using agent::base::text;
using testing::HasSubstr;

std::string url(const Environment& environment, std::string_view service,
                std::string_view region = "eu-west-1", std::string_view bucket = "") {
  const auto endpoints = Endpoints::from(environment, false);
  if (!endpoints) return endpoints.error();
  return bucket.empty() ? endpoints->url(*find_service(service), region)
                        : endpoints->bucket_url(*find_service(service), region, bucket);
}

TEST(Endpoints, Are_those_of_the_services_own_endpoint_rules) {
  const std::ifstream in(TEST_FOLDER "/endpoint_cases.json");
  std::ostringstream content;
  content << in.rdbuf();
  const auto cases = agent::base::parse(content.str()).value().as_array();
  ASSERT_GE(cases.size(), 300U);
  for (const auto& entry : cases) {
    const auto& example = entry.as_object();
    const Environment environment{{"AWS_USE_FIPS_ENDPOINT", text(example, "fips")},
                                  {"AWS_USE_DUALSTACK_ENDPOINT", text(example, "dual_stack")}};
    EXPECT_EQ(url(environment, text(example, "service"), text(example, "region"),
                  text(example, "bucket")),
              text(example, "url"));
  }
}

TEST(Endpoints, A_services_own_variable_goes_before_the_general_one) {
  const Environment environment{{"AWS_ENDPOINT_URL", "http://127.0.0.1:4566/"},
                                {"AWS_ENDPOINT_URL_AUTO_SCALING", "https://example.com/prefix"}};
  EXPECT_EQ(url(environment, "autoscaling"), "https://example.com/prefix");
  EXPECT_EQ(url(environment, "ec2"), "http://127.0.0.1:4566");
}

TEST(Endpoints, Configured_ones_can_be_ignored) {
  const Environment environment{{"AWS_ENDPOINT_URL", "http://127.0.0.1:4566"},
                                {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}};
  EXPECT_EQ(url(environment, "ec2"), "https://ec2.eu-west-1.amazonaws.com");
}

TEST(Endpoints, Every_service_has_its_variable) {
  for (const auto& [service, variable] : std::map<std::string, std::string>{
           {"codepipeline", "CODEPIPELINE"},
           {"ec2", "EC2"},
           {"autoscaling", "AUTO_SCALING"},
           {"sts", "STS"},
           {"s3", "S3"},
           {"imagebuilder", "IMAGEBUILDER"},
           {"ssm", "SSM"},
           {"cloudformation", "CLOUDFORMATION"},
           {"ecs", "ECS"},
           {"elasticloadbalancing", "ELASTIC_LOAD_BALANCING_V2"},
           {"application-autoscaling", "APPLICATION_AUTO_SCALING"}}) {
    const Environment environment{{"AWS_ENDPOINT_URL_" + variable, "https://own.example"}};
    EXPECT_EQ(url(environment, service), "https://own.example");
  }
}

TEST(Endpoints, At_a_configured_one_buckets_are_in_the_path) {
  for (const auto* endpoint :
       {"http://127.0.0.1:4566", "http://localhost:80/s3", "https://s3.example.com"}) {
    EXPECT_EQ(url({{"AWS_ENDPOINT_URL_S3", endpoint}}, "s3", "eu-west-1", "my-bucket"),
              std::string(endpoint) + "/my-bucket");
  }
}

TEST(Endpoints, A_hostile_buckets_name_stays_one_part_of_the_path) {
  EXPECT_EQ(url({}, "s3", "eu-west-1", "a/../b?c#d@e\n"),
            "https://s3.eu-west-1.amazonaws.com/a%2F..%2Fb%3Fc%23d%40e%0A");
}

TEST(Endpoints, Wrong_settings_are_named) {
  EXPECT_THAT(url({{"AWS_USE_FIPS_ENDPOINT", "yes"}}, "ec2"), HasSubstr("AWS_USE_FIPS_ENDPOINT"));
  EXPECT_THAT(url({{"AWS_ENDPOINT_URL_EC2", "ftp://x"}}, "ec2"), HasSubstr("AWS_ENDPOINT_URL_EC2"));
}

TEST(Endpoints, Plain_http_is_for_loopback_and_link_local_services_only) {
  for (const auto* good : {"http://127.0.0.1:1", "http://127.9.9.9", "http://localhost:80/x",
                           "http://[::1]:8080", "http://169.254.169.254", "http://169.254.170.2",
                           "http://[fd00:ec2::254]", "https://anything.example"}) {
    EXPECT_EQ(flaw_of_endpoint(good, false), "") << good;
  }
  for (const auto* bad :
       {"http://example.com", "http://10.0.0.1", "http://127.0.0.1.example.com",
        "http://169.254.1.1", "http://localhost@example.com", "https://user:word@host", "https://",
        "https://host?x", "https://host#x", "host:80", "", "https://ho st", "https://host:80:81",
        "https://host:x", "https://[::1]host", "http://127.1.2.3.4", "http://127."}) {
    EXPECT_NE(flaw_of_endpoint(bad, false), "") << bad;
  }
  EXPECT_EQ(flaw_of_endpoint("http://example.com", true), "");
  EXPECT_NE(flaw_of_endpoint("http://user@example.com", true), "");
}

TEST(Endpoints, A_region_is_a_part_of_a_host_name) {
  EXPECT_TRUE(agent::aws::is_region("us-gov-west-1"));
  for (const auto* bad : {"", "eu-west-1.example.com", "EU", "a/b", "-a", "a-", "a b"}) {
    EXPECT_FALSE(agent::aws::is_region(bad)) << bad;
  }
}

}  // namespace
