#include "tests/local_cloud/protocol.h"

#include <gtest/gtest.h>

#include "tests/local_cloud/s3_protocol.h"

namespace local_cloud {
namespace {

const auto query = query_protocol("2011-01-01", "http://autoscaling.amazonaws.com/doc/2011-01-01/");
const auto ec2 = ec2_protocol("2016-11-15", "http://ec2.amazonaws.com/doc/2016-11-15/");
const auto pipeline = json_protocol("CodePipeline_20150709");

json::object params(const Protocol& protocol, const std::string& version, const std::string& body) {
  const Request request{
      .method = "POST", .target = "/", .body = "Action=Do&Version=" + version + "&" + body};
  const auto decoded = protocol.decode(request);
  EXPECT_EQ(decoded.operation, "Do");
  return decoded.params;
}

std::string code_of(const Protocol& protocol, const Request& request) {
  try {
    protocol.decode(request);
  } catch (const ApiError& error) {
    return error.code;
  }
  return "";
}

TEST(QueryProtocol, Numbered_names_become_lists_in_the_order_of_their_numbers) {
  EXPECT_EQ(params(*ec2, "2016-11-15", "Filter.1.Name=n&Filter.1.Value.10=j&Filter.1.Value.2=b"),
            json::parse(R"({"Filter":[{"Name":"n","Value":["b","j"]}]})"));
}

TEST(QueryProtocol, Member_lists_become_lists_too) {
  EXPECT_EQ(params(*query, "2011-01-01", "Names.member.1=a&Names.member.2=b&P.Q.member.1.R=c"),
            json::parse(R"({"Names":["a","b"],"P":{"Q":[{"R":"c"}]}})"));
}

TEST(QueryProtocol, Values_are_decoded_and_stay_strings) {
  EXPECT_EQ(params(*query, "2011-01-01", "A=x%20y+z%26&B=7&C=&D.E=true"),
            json::parse(R"({"A":"x y z&","B":"7","C":"","D":{"E":"true"}})"));
}

TEST(QueryProtocol, Parameters_may_stand_in_the_query_of_a_GET) {
  const auto decoded = ec2->decode(
      {.method = "GET", .target = "/?Action=DescribeImages&Version=2016-11-15&ImageId.1=ami-1"});
  EXPECT_EQ(decoded.operation, "DescribeImages");
  EXPECT_EQ(decoded.params, json::parse(R"({"ImageId":["ami-1"]})"));
}

TEST(QueryProtocol, Nesting_without_end_is_refused) {
  std::string deep = "A";
  for (int i = 0; i < 100; ++i) deep += ".B";
  const Request request{
      .method = "POST", .target = "/", .body = "Action=Do&Version=2011-01-01&" + deep + "=1"};
  EXPECT_EQ(code_of(*query, request), "MalformedInput");
}

TEST(QueryProtocol, Action_and_version_are_asked_for) {
  EXPECT_EQ(code_of(*query, {.method = "POST", .target = "/", .body = "Version=2011-01-01"}),
            "MissingAction");
  EXPECT_EQ(code_of(*query, {.method = "POST", .target = "/", .body = "Action=A&Version=1"}),
            "InvalidAction");
  EXPECT_EQ(code_of(*ec2, {.method = "POST", .target = "/", .body = "Action=A&Version=1"}),
            "NoSuchVersion");
}

TEST(QueryProtocol, Answers_wrap_the_result_and_list_members) {
  EXPECT_EQ(
      query->encode("Do", {{"Names", {"a", "b<"}}, {"None", json::array()}, {"N", 7}}, "id").body,
      "<DoResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><DoResult>"
      "<Names><member>a</member><member>b&lt;</member></Names><None/><N>7</N></DoResult>"
      "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DoResponse>");
}

TEST(QueryProtocol, Answers_without_output_have_no_result) {
  EXPECT_EQ(query->encode("Do", {}, "id").body,
            "<DoResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\">"
            "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DoResponse>");
}

TEST(QueryProtocol, Errors_say_whose_fault_it_is) {
  const auto response = query->error({400, "ValidationError", "no & no"}, "id");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            "<ErrorResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><Error>"
            "<Type>Sender</Type><Code>ValidationError</Code><Message>no &amp; no</Message></Error>"
            "<RequestId>id</RequestId></ErrorResponse>");
  EXPECT_NE(query->error({500, "InternalFailure", ""}, "id").body.find("<Type>Receiver</Type>"),
            std::string::npos);
}

TEST(Ec2Protocol, Answers_list_items_and_leave_nulls_out) {
  const auto response =
      ec2->encode("DescribeImages",
                  {{"imagesSet", {{{"imageId", "ami-1"}, {"public", false}, {"x", nullptr}}}},
                   {"empty", json::array()}},
                  "id");
  EXPECT_EQ(
      response.body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeImagesResponse "
      "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>id</requestId><imagesSet>"
      "<item><imageId>ami-1</imageId><public>false</public></item></imagesSet><empty/>"
      "</DescribeImagesResponse>");
}

TEST(Ec2Protocol, Errors_have_a_capital_RequestID) {
  EXPECT_EQ(ec2->error({400, "InvalidAMIID.NotFound", "m"}, "id").body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
            "<Code>InvalidAMIID.NotFound</Code><Message>m</Message></Error></Errors>"
            "<RequestID>id</RequestID></Response>");
}

Request target(const std::string& name, const std::string& body) {
  return {.method = "POST",
          .target = "/",
          .headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", name}},
          .body = body};
}

TEST(JsonProtocol, The_operation_is_in_the_target_and_the_parameters_are_the_body) {
  const auto decoded =
      pipeline->decode(target("CodePipeline_20150709.PollForJobs", R"({"a":[1]})"));
  EXPECT_EQ(decoded.operation, "PollForJobs");
  EXPECT_EQ(decoded.params, json::parse(R"({"a":[1]})"));
}

TEST(JsonProtocol, Other_targets_and_bodies_are_refused) {
  EXPECT_EQ(code_of(*pipeline, target("Other_2015.PollForJobs", "{}")),
            "UnknownOperationException");
  EXPECT_EQ(code_of(*pipeline, target("", "{}")), "UnknownOperationException");
  EXPECT_EQ(code_of(*pipeline, target("CodePipeline_20150709.PollForJobs", "{")),
            "SerializationException");
}

TEST(JsonProtocol, An_answer_without_output_has_an_empty_body) {
  EXPECT_EQ(pipeline->encode("PutJobSuccessResult", {}, "id").body, "");
  EXPECT_EQ(pipeline->encode("PollForJobs", {{"jobs", json::array()}}, "id").body,
            R"({"jobs":[]})");
}

TEST(JsonProtocol, Errors_of_the_framework_have_a_namespace_and_denials_a_capital_Message) {
  EXPECT_EQ(pipeline->error({400, "JobNotFoundException", "m"}, "id").body,
            R"({"__type":"JobNotFoundException","message":"m"})");
  EXPECT_EQ(pipeline->error({400, "UnrecognizedClientException", "m"}, "id").body,
            R"({"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"m"})");
  EXPECT_EQ(pipeline->error({400, "AccessDeniedException", "m"}, "id").body,
            R"({"__type":"AccessDeniedException","Message":"m"})");
}

std::string s3_operation(const std::string& method, const std::string& target,
                         const std::string& host = "127.0.0.1:8080") {
  const auto decoded =
      s3_protocol()->decode({.method = method, .target = target, .headers = {{"Host", host}}});
  return decoded.operation + " " + json::serialize(decoded.params);
}

TEST(S3Protocol, Buckets_and_keys_are_found_in_path_and_host) {
  EXPECT_EQ(s3_operation("GET", "/"), "ListBuckets {}");
  EXPECT_EQ(s3_operation("PUT", "/b"), R"(CreateBucket {"Bucket":"b"})");
  EXPECT_EQ(s3_operation("HEAD", "/b/"), R"(HeadBucket {"Bucket":"b"})");
  EXPECT_EQ(s3_operation("GET", "/b/a%20b/c"), R"(GetObject {"Bucket":"b","Key":"a b/c"})");
  EXPECT_EQ(s3_operation("GET", "/k", "b.c.s3.eu-west-1.amazonaws.com"),
            R"(GetObject {"Bucket":"b.c","Key":"k"})");
  EXPECT_EQ(s3_operation("DELETE", "/k", "b.localhost:80"),
            R"(DeleteObject {"Bucket":"b","Key":"k"})");
  EXPECT_EQ(s3_operation("GET", "/?list-type=2&prefix=x", "b.s3.amazonaws.com"),
            R"(ListObjectsV2 {"list-type":"2","prefix":"x","Bucket":"b"})");
}

TEST(S3Protocol, What_is_not_here_is_never_mistaken_for_something_else) {
  const auto protocol = s3_protocol();
  for (const auto* target :
       {"/b?acl", "/b/k?tagging", "/b/k?uploads", "/b/k?uploadId=1&partNumber=1"}) {
    EXPECT_EQ(code_of(*protocol, {.method = "PUT", .target = target}), "NotImplemented") << target;
  }
  EXPECT_EQ(
      code_of(*protocol,
              {.method = "PUT", .target = "/b/k", .headers = {{"x-amz-copy-source", "/b/other"}}}),
      "NotImplemented");
  EXPECT_EQ(code_of(*protocol, {.method = "PATCH", .target = "/b/k"}), "MethodNotAllowed");
}

}  // namespace
}  // namespace local_cloud
