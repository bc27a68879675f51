#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "agent/aws/protocol.h"

namespace {

using agent::aws::Call;
using agent::aws::Rest;
using agent::http::Request;

Request request(const Call& call, const std::string& endpoint = "https://host") {
  return agent::aws::request_of(*agent::aws::find_service(call.service), call, endpoint);
}

boost::json::object object(std::string_view text) {
  return boost::json::parse(text).as_object();
}

TEST(WriteJson, Posts_the_params_with_the_target) {
  const auto r = request({"codepipeline", "PollForJobs", object(R"({"maxBatchSize":3})")});
  EXPECT_EQ(r.method, "POST");
  EXPECT_EQ(r.url, "https://host/");
  EXPECT_EQ(r.headers.get("Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(r.headers.get("X-Amz-Target"), "CodePipeline_20150709.PollForJobs");
  EXPECT_EQ(r.body, R"({"maxBatchSize":3})");
  EXPECT_FALSE(r.fresh_connection);
}

TEST(WriteJson, Sends_an_empty_object_when_there_are_no_params) {
  EXPECT_EQ(request({"ssm", "DescribeInstanceInformation", {}}).body, "{}");
}

TEST(WriteQuery, Lists_go_as_member_numbers) {
  const auto r = request({"autoscaling", "StartInstanceRefresh",
                          object(R"({"AutoScalingGroupName":"a b/c","Empty":[],"None":null,
                          "Preferences":{"SkipMatching":true,"CheckpointPercentages":[20,100]},
                          "Tags":[{"Key":"k","Value":"ä"}],"Half":0.5,"One":1.0})")});
  EXPECT_EQ(r.headers.get("Content-Type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(r.body,
            "Action=StartInstanceRefresh&Version=2011-01-01&AutoScalingGroupName=a%20b%2Fc&Empty="
            "&Preferences.SkipMatching=true&Preferences.CheckpointPercentages.member.1=20"
            "&Preferences.CheckpointPercentages.member.2=100&Tags.member.1.Key=k"
            "&Tags.member.1.Value=%C3%A4&Half=0.5&One=1");
}

TEST(WriteQuery, EC2s_lists_go_as_numbers_and_empty_ones_not_at_all) {
  const auto r =
      request({"ec2", "CreateImage", object(R"({"InstanceId":"i-1","NoReboot":false,"Empty":[],
                          "TagSpecification":[{"ResourceType":"image",
                                               "Tag":[{"Key":"a","Value":""}]}]})")});
  EXPECT_EQ(r.body,
            "Action=CreateImage&Version=2016-11-15&InstanceId=i-1&NoReboot=false"
            "&TagSpecification.1.ResourceType=image&TagSpecification.1.Tag.1.Key=a"
            "&TagSpecification.1.Tag.1.Value=");
}

TEST(WriteRest, The_call_says_where_things_go) {
  Call call{"s3", "ListObjectsV2", {}};
  call.rest =
      Rest{.method = "GET",
           .path = "/bucket/a%20b",
           .query = object(R"({"prefix":"x/y z","uploads":true,"list-type":2,"a":["2","1"]})"),
           .headers = object(R"({"X-Amz-Thing":"v","X-Amz-Number":7})"),
           .body = ""};
  const auto r = request(call, "https://host/base");
  EXPECT_EQ(r.method, "GET");
  EXPECT_EQ(r.url, "https://host/base/bucket/a%20b?a=2&a=1&list-type=2&prefix=x%2Fy%20z&uploads=");
  EXPECT_EQ(r.headers.get("x-amz-thing"), "v");
  EXPECT_EQ(r.headers.get("x-amz-number"), "7");
}

TEST(WriteRest, A_JSON_services_params_are_the_body) {
  Call call{"imagebuilder", "StartImagePipelineExecution", object(R"({"clientToken":"t"})")};
  call.rest = Rest{.method = "PUT", .path = "/StartImagePipelineExecution"};
  const auto put = request(call);
  EXPECT_EQ(put.body, R"({"clientToken":"t"})");
  EXPECT_EQ(put.headers.get("Content-Type"), "application/json");
  call.rest->method = "GET";
  EXPECT_EQ(request(call).body, "");
}

TEST(Write, What_must_go_once_goes_on_a_fresh_connection) {
  Call call{"ssm", "SendCommand", {}};
  call.once = true;
  EXPECT_TRUE(request(call).fresh_connection);
}

}  // namespace
