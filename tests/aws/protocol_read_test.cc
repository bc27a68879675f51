#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "agent/aws/protocol.h"

namespace {

using agent::aws::Call;
using agent::aws::Error;
using agent::aws::ErrorClass;
using agent::aws::Reply;
using agent::aws::Result;
using agent::http::Headers;
using testing::HasSubstr;

Result<Reply> read(const std::string& service, const std::string& operation, std::string body,
                   int status = 200, Headers headers = {}) {
  return agent::aws::reply_of(*agent::aws::find_service(service), Call{service, operation, {}},
                              {status, std::move(headers), std::move(body)});
}

boost::json::value body(const Result<Reply>& reply) {
  return reply ? boost::json::value(reply->body) : boost::json::value(reply.error().message);
}

Error error(const Result<Reply>& reply) {
  return reply ? Error{} : reply.error();
}

TEST(ReadJson, An_empty_body_is_an_empty_object) {
  EXPECT_EQ(body(read("codepipeline", "PutJobSuccessResult", "")), boost::json::object());
  EXPECT_EQ(body(read("codepipeline", "PutJobSuccessResult", " \n")), boost::json::object());
}

TEST(ReadJson, Only_the_status_tells_an_error) {
  const auto reply = read("codepipeline", "PollForJobs", R"({"__type":"X","jobs":[null]})");
  EXPECT_EQ(body(reply), boost::json::parse(R"({"__type":"X","jobs":[null]})"));
}

TEST(ReadJson, Headers_come_with_lower_case_names) {
  const auto reply = read("imagebuilder", "GetImage", "{}", 200, {{"X-Amzn-RequestId", "r"}});
  EXPECT_EQ(reply->headers.at("x-amzn-requestid").as_string(), "r");
}

TEST(ReadXml, EC2s_items_are_lists) {
  const auto reply = read("ec2", "DescribeImages", R"(<?xml version="1.0" encoding="UTF-8"?>
    <DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
      <requestId>r</requestId>
      <imagesSet><item><imageId>ami-1</imageId><name>a &amp; b</name><tagSet/>
        <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName></item></blockDeviceMapping>
      </item></imagesSet><description></description>
    </DescribeImagesResponse>)");
  EXPECT_EQ(body(reply), boost::json::parse(R"({"requestId":"r","imagesSet":[{"imageId":"ami-1",
    "name":"a & b","tagSet":"","blockDeviceMapping":[{"deviceName":"/dev/xvda"}]}],
    "description":""})"));
}

TEST(ReadXml, A_querys_result_is_unwrapped) {
  const auto reply = read("autoscaling", "DescribeThings", R"(
    <DescribeThingsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
      <DescribeThingsResult><Things><member><Name>n</Name></member><member>two</member></Things>
        <NextToken>t</NextToken></DescribeThingsResult>
      <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
    </DescribeThingsResponse>)");
  EXPECT_EQ(body(reply), boost::json::parse(R"({"Things":[{"Name":"n"},"two"],"NextToken":"t"})"));
}

TEST(ReadXml, A_query_without_a_result_is_an_empty_object) {
  const auto reply = read("autoscaling", "SuspendProcesses", R"(<SuspendProcessesResponse>
    <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></SuspendProcessesResponse>)");
  EXPECT_EQ(body(reply), boost::json::object());
}

TEST(ReadXml, An_empty_body_is_no_answer_but_of_S3) {
  for (const auto* service : {"ec2", "autoscaling"}) {
    const auto told = error(read(service, "DescribeThings", " \n"));
    EXPECT_EQ(told.kind, ErrorClass::transient);
    EXPECT_TRUE(told.may_have_acted);
    EXPECT_THAT(told.message, HasSubstr("an empty body"));
  }
  EXPECT_EQ(body(read("s3", "PutObject", "")), boost::json::object());
}

TEST(ReadXml, S3s_repeated_elements_are_lists) {
  const auto reply = read("s3", "ListObjectsV2", R"(<ListBucketResult xmlns:x="y" a="b">
    <Contents><Key>1</Key></Contents><Contents><Key>2</Key></Contents>
    <Contents><Key>3</Key></Contents><x:Name><![CDATA[<b>]]></x:Name></ListBucketResult>)");
  EXPECT_EQ(body(reply), boost::json::parse(
                             R"({"Contents":[{"Key":"1"},{"Key":"2"},{"Key":"3"}],"Name":"<b>"})"));
}

TEST(ReadXml, An_object_of_S3_is_left_as_it_is) {
  const auto reply = read("s3", "GetObject", "<Error><Code>mine</Code></Error>", 206);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->raw, "<Error><Code>mine</Code></Error>");
  EXPECT_TRUE(reply->body.empty());
}

TEST(ReadXml, What_is_not_UTF_8_is_made_so) {
  const auto reply = read("ec2", "Op", "<OpResponse><a>x\xFFy\nz</a></OpResponse>");
  EXPECT_EQ(body(reply), boost::json::parse(R"({"a":"x?y\nz"})"));
}

std::string nested(int depth) {
  std::string text = "<OpResponse>";
  for (int i = 0; i < depth; ++i) text += "<a>";
  for (int i = 0; i < depth; ++i) text += "</a>";
  return text + "</OpResponse>";
}

TEST(Read, What_the_service_does_not_speak_is_transient_and_may_have_acted) {
  struct Odd {
    std::string service, body, says;
  };
  for (const auto& [service, text, says] :
       std::vector<Odd>{{"codepipeline", "<html>Bad gateway</html>", "not JSON"},
                        {"codepipeline", R"({"jobs":[)", "not JSON"},
                        {"codepipeline", "[]", "not JSON"},
                        {"ec2", "<html><body>Welcome</body></html>", "not one to Op"},
                        {"ec2", "<OpResponse><a>", "not XML"},
                        {"ec2", "garbage \x01\xFF", "not XML"},
                        {"ec2", "{}", "not XML"},
                        {"ec2", "<OtherResponse/>", "not one to Op"},
                        {"ec2", "<!DOCTYPE x [<!ENTITY a 'b'>]><OpResponse/>", "document type"},
                        {"ec2", nested(70), "too deep"},
                        {"ec2", nested(500'000), "too deep"},
                        {"autoscaling", "<html/>", "not one to Op"},
                        {"s3", "<HTML></HTML>", "not one to Op"}}) {
    const auto told = error(read(service, "Op", text));
    EXPECT_EQ(told.kind, ErrorClass::transient) << says;
    EXPECT_THAT(told.message, HasSubstr(says));
    EXPECT_LE(told.message.size(), 300U);
    EXPECT_TRUE(told.may_have_acted);
    EXPECT_EQ(told.status, 200);
  }
}

struct ErrorCase {
  std::string service;
  int status;
  Headers headers;
  std::string body, code, message, request_id;
};

const std::vector<ErrorCase> error_cases{
    {"codepipeline",
     400,
     {{"x-amzn-requestid", "r1"}},
     R"({"__type":"com.amazon#JobNotFoundException:http://x","message":"No job"})",
     "JobNotFoundException",
     "No job",
     "r1"},
    {"codepipeline",
     400,
     {},
     R"({"__type":"ValidationException","Message":"Bad"})",
     "ValidationException",
     "Bad",
     ""},
    {"codepipeline",
     400,
     {{"x-amzn-ErrorType", "InvalidNonceException:http://x"}},
     "",
     "InvalidNonceException",
     "",
     ""},
    {"imagebuilder",
     404,
     {{"x-amzn-errortype", "ResourceNotFoundException"}},
     R"({"message":"None"})",
     "ResourceNotFoundException",
     "None",
     ""},
    {"ec2",
     400,
     {},
     "<Response><Errors><Error><Code>InvalidAMIID.NotFound</Code><Message>No "
     "ami</Message></Error><Error><Code>Second</Code></Error></Errors>"
     "<RequestID>r2</RequestID></Response>",
     "InvalidAMIID.NotFound",
     "No ami",
     "r2"},
    {"autoscaling",
     400,
     {},
     "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>ValidationError</Code>"
     "<Message>Bad</Message></Error><RequestId>r3</RequestId></ErrorResponse>",
     "ValidationError",
     "Bad",
     "r3"},
    {"s3",
     404,
     {},
     "<Error><Code>NoSuchKey</Code><Message>No key</Message><RequestId>r4</RequestId>"
     "<HostId>h</HostId></Error>",
     "NoSuchKey",
     "No key",
     "r4"},
    {"s3",
     200,
     {},
     "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>Try again"
     "</Message></Error>",
     "InternalError",
     "Try again",
     ""}};

TEST(ReadError, All_shapes_are_understood) {
  for (const auto& c : error_cases) {
    const auto told = error(read(c.service, "Op", c.body, c.status, c.headers));
    EXPECT_EQ(told.code, c.code);
    if (!c.message.empty()) EXPECT_EQ(told.message, c.message);
    EXPECT_EQ(told.request_id, c.request_id);
    EXPECT_EQ(told.kind, agent::aws::classify(c.service, c.code, c.status));
  }
}

TEST(ReadError, An_answer_of_somebody_between_is_quoted) {
  const auto told = error(read("ec2", "Op", "<html>\n<h1>502 Bad Gateway</h1></html>", 502));
  EXPECT_EQ(told.kind, ErrorClass::transient);
  EXPECT_EQ(told.code, "");
  EXPECT_EQ(told.status, 502);
  EXPECT_THAT(told.message, HasSubstr("HTTP 502 with <html> <h1>502 Bad Gateway"));
  EXPECT_THAT(error(read("codepipeline", "Op", "", 503)).message,
              HasSubstr("HTTP 503 with an empty body"));
}

TEST(ReadError, A_refusal_without_a_name_is_not_the_services) {
  for (const auto* service : {"ec2", "autoscaling", "codepipeline"}) {
    for (const auto status : {400, 403, 404}) {
      const auto told = error(read(service, "Op", "<html><h1>Blocked</h1></html>", status));
      EXPECT_EQ(told.kind, ErrorClass::transient);
      EXPECT_FALSE(told.may_have_acted);
    }
    EXPECT_EQ(error(read(service, "Op", "", 429)).kind, ErrorClass::throttled);
  }
}

TEST(ReadError, HEAD_errors_have_only_a_status) {
  const auto told = error(read("s3", "HeadObject", "", 404));
  EXPECT_EQ(told.kind, ErrorClass::gone);
}

TEST(ReadError, Only_a_throttle_or_a_refusal_has_surely_done_nothing) {
  EXPECT_TRUE(error(read("ec2", "Op", "", 500)).may_have_acted);
  EXPECT_TRUE(error(read("ec2", "Op", "", 504)).may_have_acted);
  EXPECT_FALSE(error(read("ec2", "Op", "", 400)).may_have_acted);
  EXPECT_FALSE(error(read("ec2", "Op",
                          "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error>"
                          "</Errors></Response>",
                          503))
                   .may_have_acted);
}

// Truncated, flipped and spliced answers of every kind: none may throw or hang.
TEST(Read, Survives_every_truncation) {
  const std::vector<std::pair<std::string, std::string>> answers{
      {"ec2", "<OpResponse><s><item><a>1</a></item></s></OpResponse>"},
      {"autoscaling", "<OpResponse><OpResult><m><member>1</member></m></OpResult></OpResponse>"},
      {"s3", "<R><A>1</A><A>2</A></R>"},
      {"codepipeline", R"({"a":[{"b":"\u00e4"},null,1.5e300]})"}};
  for (const auto& [service, whole] : answers) {
    ASSERT_TRUE(read(service, "Op", whole));
    for (std::size_t length = 1; length < whole.size(); ++length) {
      EXPECT_FALSE(read(service, "Op", whole.substr(0, length))) << whole.substr(0, length);
      EXPECT_FALSE(read(service, "Op", whole.substr(0, length), 400));
    }
  }
}

}  // namespace
