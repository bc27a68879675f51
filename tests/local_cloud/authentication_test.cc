// Through the whole cloud: what a wrong, late or foreign signature is answered in each protocol.
#include "tests/local_cloud/authentication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/digest.h"
#include "tests/local_cloud/aws_chunked.h"
#include "tests/local_cloud/caller.h"
#include "tests/local_cloud/cloud.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

const Time start = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};

Request identity(const Caller& caller, Time now) {
  return caller.query("sts", "2011-06-15", "GetCallerIdentity", {}, now);
}
Request poll(const Caller& caller, Time now) {
  return caller.json("codepipeline", "CodePipeline_20150709.ListPipelines", {}, now);
}
Request images(const Caller& caller, Time now) {
  return caller.query("ec2", "2016-11-15", "DescribeImages", {}, now);
}
Request buckets(const Caller& caller, Time now) {
  return caller.s3("GET", "/", now);
}

struct Answers {
  Response sts, codepipeline, ec2, s3;
};
Answers ask_all(Cloud& cloud, const Caller& caller, Time signed_at, Time now) {
  return {cloud.handle(identity(caller, signed_at), now).response,
          cloud.handle(poll(caller, signed_at), now).response,
          cloud.handle(images(caller, signed_at), now).response,
          cloud.handle(buckets(caller, signed_at), now).response};
}

void expect(const Response& response, int status, const std::string& code) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_THAT(response.body,
              testing::AnyOf(HasSubstr("<Code>" + code + "</Code>"), HasSubstr("#" + code + "\""),
                             HasSubstr("\"__type\":\"" + code + "\"")));
}

TEST(Authentication, A_right_signature_is_accepted_by_every_service) {
  Cloud cloud{{}};
  const auto answers = ask_all(cloud, {}, start, start);
  EXPECT_THAT(answers.sts.body, HasSubstr("<Account>111122223333</Account>"));
  EXPECT_EQ(answers.codepipeline.status, 200) << answers.codepipeline.body;
  EXPECT_EQ(answers.ec2.status, 200) << answers.ec2.body;
  EXPECT_EQ(answers.s3.status, 200) << answers.s3.body;
}

TEST(Authentication, A_wrong_secret_is_refused_as_each_service_words_it) {
  Cloud cloud{{}};
  const auto answers = ask_all(cloud, {.secret = "wrong"}, start, start);
  expect(answers.sts, 403, "SignatureDoesNotMatch");
  expect(answers.codepipeline, 400, "InvalidSignatureException");
  expect(answers.ec2, 401, "AuthFailure");
  expect(answers.s3, 403, "SignatureDoesNotMatch");
  EXPECT_THAT(answers.s3.body, HasSubstr("<StringToSign>AWS4-HMAC-SHA256\n"));
}

TEST(Authentication, An_unknown_key_is_refused_as_each_service_words_it) {
  Cloud cloud{{}};
  const auto answers = ask_all(cloud, {.access_key = "AKIANOBODY"}, start, start);
  expect(answers.sts, 403, "InvalidClientTokenId");
  expect(answers.codepipeline, 400, "UnrecognizedClientException");
  expect(answers.ec2, 401, "AuthFailure");
  expect(answers.s3, 403, "InvalidAccessKeyId");
}

TEST(Authentication, A_signature_is_good_for_five_minutes_each_way_and_for_fifteen_with_S3) {
  Cloud cloud{{}};
  for (const auto apart : {minutes(-5), minutes(5)}) {
    const auto near = ask_all(cloud, {}, start + apart, start);
    EXPECT_EQ(near.sts.status, 200);
    EXPECT_EQ(near.ec2.status, 200);
    EXPECT_EQ(ask_all(cloud, {}, start + 2 * apart, start).s3.status, 200);
  }
  const auto late = ask_all(cloud, {}, start, start + minutes(16));
  expect(late.sts, 403, "SignatureDoesNotMatch");
  EXPECT_THAT(late.sts.body,
              HasSubstr("Signature expired: 20261121T000000Z is now earlier than 20261121T001100Z "
                        "(20261121T001600Z - 5 min.)"));
  expect(late.codepipeline, 400, "InvalidSignatureException");
  EXPECT_THAT(late.codepipeline.body, HasSubstr("Signature expired: "));
  expect(late.ec2, 400, "RequestExpired");
  expect(late.s3, 403, "RequestTimeTooSkewed");
  const auto early = ask_all(cloud, {}, start + minutes(16), start);
  expect(early.sts, 403, "SignatureDoesNotMatch");
  EXPECT_THAT(early.sts.body,
              HasSubstr("Signature not yet current: 20261121T001600Z is still later than "
                        "20261121T000500Z (20261121T000000Z + 5 min.)"));
  expect(early.ec2, 401, "AuthFailure");
  expect(early.s3, 403, "RequestTimeTooSkewed");
}

TEST(Authentication, The_Date_of_a_refusal_tells_the_clouds_time) {
  Cloud cloud{{.clock_offset = minutes(10)}};
  const auto answer = cloud.handle(identity({}, start), start).response;
  expect(answer, 403, "SignatureDoesNotMatch");
  EXPECT_EQ(header(answer.headers, "date"), "Sat, 21 Nov 2026 00:10:00 GMT");
}

TEST(Authentication, A_callers_clock_can_seem_to_be_off_while_the_world_goes_on) {
  Cloud cloud{{.caller_clock_offset = -minutes(60)}};
  const auto off = ask_all(cloud, {}, start, start);
  expect(off.sts, 403, "SignatureDoesNotMatch");
  expect(off.ec2, 401, "AuthFailure");
  const auto answers = ask_all(cloud, {}, start - minutes(60), start);
  EXPECT_EQ(answers.codepipeline.status, 200) << answers.codepipeline.body;
  EXPECT_EQ(header(answers.ec2.headers, "date"), "Fri, 20 Nov 2026 23:00:00 GMT");
}

TEST(Authentication, A_request_without_a_signature_is_refused) {
  Cloud cloud{{}};
  auto without = [&](Request request) {
    request.headers.erase("Authorization");
    return cloud.handle(request, start).response;
  };
  expect(without(identity({}, start)), 403, "MissingAuthenticationToken");
  expect(without(poll({}, start)), 400, "MissingAuthenticationTokenException");
  expect(without(images({}, start)), 400, "MissingAuthenticationToken");
  expect(without(buckets({}, start)), 403, "AccessDenied");
}

TEST(Authentication, Nobodys_keys_are_known_in_regions_that_are_not_enabled) {
  Cloud cloud{{}};
  cloud.settings().disabled_regions = "*-east-1";
  const auto answers = ask_all(cloud, {}, start, start);
  expect(answers.sts, 403, "InvalidClientTokenId");
  expect(answers.codepipeline, 400, "UnrecognizedClientException");
  expect(answers.ec2, 401, "AuthFailure");
  expect(answers.s3, 403, "InvalidAccessKeyId");
  cloud.settings().disabled_regions = "*-west-*";
  EXPECT_EQ(ask_all(cloud, {}, start, start).ec2.status, 200);
}

TEST(Authentication, A_service_that_is_not_there_is_said_in_a_form_that_clients_read) {
  Cloud cloud{{}};
  const auto query = Caller().query("iam", "2010-05-08", "ListUsers", {}, start);
  expect(cloud.handle(query, start).response, 404, "InvalidAction");
  const auto json = Caller().json("sqs", "AmazonSQS.SendMessage", {}, start);
  expect(cloud.handle(json, start).response, 404, "UnknownOperationException");
}

TEST(Authentication, A_changed_body_header_or_query_breaks_the_signature) {
  Cloud cloud{{}};
  auto body = identity({}, start);
  body.body += "&A=b";
  expect(cloud.handle(body, start).response, 403, "SignatureDoesNotMatch");
  auto type = poll({}, start);
  type.headers["X-Amz-Target"] = "CodePipeline_20150709.ListActionTypes";
  expect(cloud.handle(type, start).response, 400, "InvalidSignatureException");
  auto query = buckets({}, start);
  query.target += "?x=y";
  expect(cloud.handle(query, start).response, 403, "SignatureDoesNotMatch");
}

TEST(Authentication, S3_insists_on_the_bodys_hash_and_on_signed_amz_headers) {
  Cloud cloud{{}};
  auto unsigned_header = buckets({}, start);
  unsigned_header.headers["x-amz-extra"] = "1";
  expect(cloud.handle(unsigned_header, start).response, 403, "AccessDenied");
  auto put = Caller().s3("PUT", "/bucket/key", start, "body");
  put.body = "other";
  expect(cloud.handle(put, start).response, 400, "XAmzContentSHA256Mismatch");
}

TEST(Authentication, Temporary_keys_need_their_token_and_expire) {
  Cloud cloud{{}};
  const auto& key = cloud.accounts().issue(
      "111122223333", "arn:aws:sts::111122223333:assumed-role/r/s", "A:s", start + minutes(30));
  Caller caller{.access_key = key.id, .secret = key.secret, .token = key.token};
  EXPECT_EQ(ask_all(cloud, caller, start, start).ec2.status, 200);
  const auto later = ask_all(cloud, caller, start + minutes(30), start + minutes(30));
  expect(later.sts, 403, "ExpiredToken");
  expect(later.codepipeline, 400, "ExpiredTokenException");
  expect(later.ec2, 400, "RequestExpired");
  expect(later.s3, 400, "ExpiredToken");
  caller.token = "other";
  const auto wrong = ask_all(cloud, caller, start, start);
  expect(wrong.sts, 403, "InvalidClientTokenId");
  expect(wrong.codepipeline, 400, "UnrecognizedClientException");
  expect(wrong.s3, 400, "InvalidToken");
}

TEST(Authentication, What_is_denied_is_refused_as_each_service_words_it) {
  Cloud cloud{{}};
  cloud.accounts().deny({"AKIAIOSFODNN7EXAMPLE", "*:*"});
  const auto answers = ask_all(cloud, {}, start, start);
  EXPECT_EQ(answers.sts.status, 200);  // who somebody is can always be asked
  expect(answers.codepipeline, 400, "AccessDeniedException");
  EXPECT_THAT(answers.codepipeline.body,
              HasSubstr("\"Message\":\"User: arn:aws:iam::111122223333:user/example is not "
                        "authorized to perform: codepipeline:ListPipelines on resource: "));
  expect(answers.ec2, 403, "UnauthorizedOperation");
  EXPECT_THAT(answers.ec2.body, HasSubstr(". Encoded authorization failure message: "));
  expect(answers.s3, 403, "AccessDenied");
  EXPECT_THAT(answers.s3.body, HasSubstr("s3:ListAllMyBuckets"));
  const Caller other{.access_key = "AKIAI44QH8DHBEXAMPLE",
                     .secret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"};
  EXPECT_EQ(ask_all(cloud, other, start, start).ec2.status, 200);
}

// S3 API Reference, "Example Calculations" of the chunked upload: 66,560 times an 'a' in chunks of
// 65,536, 1,024 and 0 bytes.
std::string chunked_example() {
  const auto chunk = [](const char* size, const char* signature, std::size_t count) {
    return std::string(size) + ";chunk-signature=" + signature + "\r\n" + std::string(count, 'a') +
           "\r\n";
  };
  return chunk("10000", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", 65536) +
         chunk("400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1024) +
         chunk("0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0);
}

std::string decode(const std::string& body) {
  const Signed made{.date = "20130524",
                    .region = "us-east-1",
                    .service = "s3",
                    .signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
                    .time = "20130524T000000Z"};
  const Request request{.headers = {{"x-amz-decoded-content-length", "66560"}}, .body = body};
  return decode_aws_chunked(request, made, signing_key(Caller().secret, made),
                            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
}

TEST(AwsChunked, The_documented_example_is_accepted_and_a_changed_one_is_not) {
  auto body = chunked_example();
  EXPECT_EQ(decode(body), std::string(66560, 'a'));
  body[1000] = 'b';
  EXPECT_THROW(decode(body), ApiError);
  EXPECT_THROW(decode("zzz"), ApiError);
  EXPECT_THROW(decode(chunked_example().substr(0, 66000)), ApiError);
}

Response put_streaming(Cloud& cloud, const std::string& body) {
  const HeaderMap headers{{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
                          {"x-amz-trailer", "x-amz-checksum-crc32"},
                          {"x-amz-decoded-content-length", "5"},
                          {"content-encoding", "aws-chunked"}};
  return cloud.handle(Caller().s3("PUT", "/bucket/key", start, body, headers), start).response;
}

TEST(AwsChunked, A_checksum_behind_an_unsigned_body_is_checked_and_kept) {
  Cloud cloud{{}};
  cloud.handle(Caller().s3("PUT", "/bucket", start), start);
  const auto put = put_streaming(cloud, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
  EXPECT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(header(put.headers, "x-amz-checksum-crc32"), "NhCmhg==");
  const auto got = cloud.handle(Caller().s3("GET", "/bucket/key", start), start).response;
  EXPECT_EQ(got.body, "hello");
  EXPECT_FALSE(got.headers.contains("content-encoding"));
  expect(put_streaming(cloud, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"), 400,
         "BadDigest");
  expect(put_streaming(cloud, "5\r\nhello\r\n0\r\n\r\n"), 400, "MalformedTrailerError");
}

TEST(Authentication, A_presigned_S3_request_is_good_for_as_long_as_it_says) {
  Cloud cloud{{}};
  cloud.handle(Caller().s3("PUT", "/bucket", start), start);
  cloud.handle(Caller().s3("PUT", "/bucket/key", start, "hello"), start);
  Request request{.method = "GET",
                  .target =
                      "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                      "AKIAIOSFODNN7EXAMPLE%2F20261121%2Fus-east-1%2Fs3%2Faws4_request&"
                      "X-Amz-Date=20261121T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host",
                  .headers = {{"Host", "127.0.0.1"}}};
  auto made = **read_signature({.method = "GET", .target = request.target + "&X-Amz-Signature=0"});
  const auto canonical = canonical_request(request, made, PathRule::as_it_is, "UNSIGNED-PAYLOAD");
  request.target += "&X-Amz-Signature=" +
                    sign(signing_key(Caller().secret, made), string_to_sign(made, canonical));
  EXPECT_EQ(cloud.handle(request, start + minutes(60)).response.body, "hello");
  expect(cloud.handle(request, start + minutes(61)).response, 403, "AccessDenied");
  request.target.replace(request.target.find("3600"), 4, "7200");
  expect(cloud.handle(request, start).response, 403, "SignatureDoesNotMatch");
}

}  // namespace
}  // namespace local_cloud
