#include "tests/local_cloud/s3.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/caller.h"
#include "tests/local_cloud/checksum.h"
#include "tests/local_cloud/cloud.h"

namespace local_cloud {
namespace {

using testing::HasSubstr;
using testing::Not;

const Time now = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};

class S3Test : public testing::Test {
 protected:
  Response ask(const std::string& method, const std::string& target, const std::string& body = "",
               const HeaderMap& headers = {}) {
    return cloud.handle(caller.s3(method, target, now, body, headers), now).response;
  }
  void enable_versions() {
    const auto answer =
        ask("PUT", "/bucket?versioning",
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Status>Enabled</Status></VersioningConfiguration>");
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  std::string put(const std::string& key, const std::string& body) {
    const auto answer = ask("PUT", "/bucket/" + key, body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return header(answer.headers, "x-amz-version-id");
  }
  void SetUp() override { ASSERT_EQ(ask("PUT", "/bucket").status, 200); }

  Cloud cloud{{}};
  Caller caller;
};

void expect(const Response& response, int status, const std::string& code) {
  EXPECT_EQ(response.status, status);
  EXPECT_THAT(response.body, HasSubstr("<Error><Code>" + code + "</Code>"));
}

TEST_F(S3Test, An_object_comes_back_as_it_was_put) {
  const auto stored = ask("PUT", "/bucket/a%20b/%C3%BC", "hello",
                          {{"Content-Type", "text/x"},
                           {"x-amz-meta-k", "v"},
                           {"x-amz-server-side-encryption", "aws:kms"},
                           {"x-amz-server-side-encryption-aws-kms-key-id", "key"}});
  EXPECT_EQ(header(stored.headers, "ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  EXPECT_EQ(header(stored.headers, "x-amz-server-side-encryption-aws-kms-key-id"), "key");
  const auto got = ask("GET", "/bucket/a%20b/%C3%BC");
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(header(got.headers, "content-type"), "text/x");
  EXPECT_EQ(header(got.headers, "x-amz-meta-k"), "v");
  EXPECT_EQ(header(got.headers, "x-amz-server-side-encryption"), "aws:kms");
  EXPECT_EQ(header(got.headers, "last-modified"), "Sat, 21 Nov 2026 00:00:00 GMT");
  const auto head = ask("HEAD", "/bucket/a%20b/%C3%BC");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(header(head.headers, "content-length"), "5");
}

TEST_F(S3Test, What_is_not_there_is_said_and_a_HEAD_says_it_without_a_body) {
  expect(ask("GET", "/bucket/none"), 404, "NoSuchKey");
  expect(ask("GET", "/nobucket/none"), 404, "NoSuchBucket");
  EXPECT_EQ(ask("HEAD", "/bucket/none").status, 404);
  EXPECT_EQ(ask("HEAD", "/bucket/none").body, "");
  EXPECT_EQ(ask("DELETE", "/bucket/none").status, 204);
  expect(ask("GET", "/bucket?policy"), 404, "NoSuchBucketPolicy");
}

TEST_F(S3Test, Ranges_are_parts_of_the_object) {
  put("k", "0123456789");
  const auto range = [&](const std::string& text) {
    return ask("GET", "/bucket/k", "", {{"Range", text}});
  };
  EXPECT_EQ(range("bytes=2-4").body, "234");
  EXPECT_EQ(range("bytes=2-4").status, 206);
  EXPECT_EQ(header(range("bytes=2-4").headers, "content-range"), "bytes 2-4/10");
  EXPECT_EQ(range("bytes=7-").body, "789");
  EXPECT_EQ(range("bytes=-3").body, "789");
  EXPECT_EQ(range("bytes=-30").body, "0123456789");
  EXPECT_EQ(range("bytes=8-100").body, "89");
  expect(range("bytes=10-"), 416, "InvalidRange");
  expect(range("bytes=-0"), 416, "InvalidRange");
  for (const auto* ignored :
       {"bytes=4-2", "bytes=x-2", "bytes=1-x", "bytes=1-2,4-5", "lines=1-2", "bytes=-"}) {
    EXPECT_EQ(range(ignored).status, 200) << ignored;
  }
}

TEST_F(S3Test, Versions_are_kept_when_that_is_on) {
  put("k", "before");
  enable_versions();
  const auto first = put("k", "one");
  const auto second = put("k", "two");
  EXPECT_NE(first, second);
  EXPECT_EQ(ask("GET", "/bucket/k").body, "two");
  EXPECT_EQ(ask("GET", "/bucket/k?versionId=" + first).body, "one");
  EXPECT_EQ(ask("GET", "/bucket/k?versionId=null").body, "before");
  expect(ask("GET", "/bucket/k?versionId=zzz"), 404, "NoSuchVersion");
  const auto removed = ask("DELETE", "/bucket/k");
  EXPECT_EQ(header(removed.headers, "x-amz-delete-marker"), "true");
  const auto gone = ask("GET", "/bucket/k");
  expect(gone, 404, "NoSuchKey");
  EXPECT_EQ(header(gone.headers, "x-amz-delete-marker"), "true");
  const auto marker = header(removed.headers, "x-amz-version-id");
  expect(ask("GET", "/bucket/k?versionId=" + marker), 405, "MethodNotAllowed");
  EXPECT_EQ(ask("DELETE", "/bucket/k?versionId=" + marker).status, 204);
  EXPECT_EQ(ask("GET", "/bucket/k").body, "two");
  EXPECT_THAT(
      ask("GET", "/bucket?versions").body,
      HasSubstr("<Key>k</Key><VersionId>" + second + "</VersionId><IsLatest>true</IsLatest>"));
}

TEST_F(S3Test, Without_versioning_the_newest_takes_the_place_of_the_last) {
  EXPECT_EQ(put("k", "one"), "");
  put("k", "two");
  ask("DELETE", "/bucket/k");
  expect(ask("GET", "/bucket/k"), 404, "NoSuchKey");
  EXPECT_EQ(ask("DELETE", "/bucket").status, 204);
}

TEST_F(S3Test, A_body_that_is_not_the_one_that_was_meant_is_refused) {
  EXPECT_EQ(ask("PUT", "/bucket/k", "hello", {{"Content-MD5", base64(md5("hello"))}}).status, 200);
  expect(ask("PUT", "/bucket/k", "hello", {{"Content-MD5", base64(md5("other"))}}), 400,
         "BadDigest");
  expect(ask("PUT", "/bucket/k", "hello", {{"Content-MD5", "abc"}}), 400, "InvalidDigest");
  expect(ask("PUT", "/bucket/k", "hello", {{"x-amz-checksum-sha256", "AAAA"}}), 400, "BadDigest");
}

TEST_F(S3Test, Conditions_of_writes_and_reads_are_kept) {
  put("k", "hello");
  const auto etag = header(ask("HEAD", "/bucket/k").headers, "etag");
  expect(ask("PUT", "/bucket/k", "other", {{"If-None-Match", "*"}}), 412, "PreconditionFailed");
  EXPECT_EQ(ask("PUT", "/bucket/new", "other", {{"If-None-Match", "*"}}).status, 200);
  expect(ask("PUT", "/bucket/k", "other", {{"If-Match", "\"x\""}}), 412, "PreconditionFailed");
  EXPECT_EQ(ask("GET", "/bucket/k", "", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(ask("GET", "/bucket/k", "", {{"If-Match", etag}}).body, "hello");
  expect(ask("GET", "/bucket/k", "", {{"If-Match", "\"x\""}}), 412, "PreconditionFailed");
}

TEST_F(S3Test, Listings_have_prefixes_delimiters_and_pages) {
  for (const auto* key : {"a/1", "a/2", "b", "c/1", "d"}) put(key, key);
  const auto all = ask("GET", "/bucket?list-type=2").body;
  EXPECT_THAT(all, HasSubstr("<KeyCount>5</KeyCount>"));
  const auto folders = ask("GET", "/bucket?list-type=2&delimiter=%2F").body;
  EXPECT_THAT(folders, HasSubstr("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"));
  EXPECT_THAT(folders, HasSubstr("<KeyCount>4</KeyCount>"));
  EXPECT_THAT(folders, Not(HasSubstr("<Key>a/1</Key>")));
  EXPECT_THAT(ask("GET", "/bucket?list-type=2&prefix=a%2F").body,
              HasSubstr("<KeyCount>2</KeyCount>"));
  std::string keys, token;
  int pages = 0;
  do {
    const auto more = token.empty() ? "" : "&continuation-token=" + token;
    const auto page = ask("GET", "/bucket?list-type=2&max-keys=2&delimiter=%2F" + more).body;
    ++pages;
    for (auto at = page.find("<Key>"); at != page.npos; at = page.find("<Key>", at + 1)) {
      keys += page.substr(at + 5, page.find('<', at + 5) - at - 5) + " ";
    }
    constexpr std::string_view mark = "<NextContinuationToken>";
    const auto next = page.find(mark);
    token = next == page.npos
                ? ""
                : page.substr(next + mark.size(), page.find('<', next + 1) - next - mark.size());
  } while (!token.empty());
  EXPECT_EQ(keys, "b d ");
  EXPECT_EQ(pages, 2);
}

TEST_F(S3Test, The_older_listing_goes_on_behind_a_marker) {
  for (const auto* key : {"a/1", "a/2", "b", "d"}) put(key, key);
  const auto first = ask("GET", "/bucket?max-keys=2&delimiter=%2F").body;
  EXPECT_THAT(first, HasSubstr("<NextMarker>b</NextMarker>"));
  const auto second = ask("GET", "/bucket?delimiter=%2F&marker=b").body;
  EXPECT_THAT(second, HasSubstr("<Key>d</Key>"));
  EXPECT_THAT(second, Not(HasSubstr("<Key>b</Key>")));
}

TEST_F(S3Test, Names_are_shared_by_all_and_data_belongs_to_one) {
  EXPECT_EQ(ask("PUT", "/bucket").status, 200);
  const auto in_ireland = [&](const std::string& name) {
    auto there = caller;
    there.region = "eu-west-1";
    return cloud
        .handle(there.s3("PUT", "/" + name, now,
                         "<CreateBucketConfiguration><LocationConstraint>eu-west-1"
                         "</LocationConstraint></CreateBucketConfiguration>"),
                now)
        .response;
  };
  EXPECT_EQ(in_ireland("ireland").status, 200);
  expect(in_ireland("ireland"), 409, "BucketAlreadyOwnedByYou");
  expect(ask("PUT", "/elsewhere",
             "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
             "</CreateBucketConfiguration>"),
         400, "IllegalLocationConstraintException");
  expect(ask("PUT", "/Bad_Name"), 400, "InvalidBucketName");
  expect(ask("GET", "/bucket/k", "", {{"x-amz-expected-bucket-owner", "444455556666"}}), 403,
         "AccessDenied");
  caller = {.access_key = "AKIAI44QH8DHBEXAMPLE",
            .secret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"};
  expect(ask("PUT", "/bucket"), 409, "BucketAlreadyExists");
  expect(ask("GET", "/bucket/k"), 403, "AccessDenied");
  EXPECT_THAT(ask("GET", "/").body, Not(HasSubstr("<Name>")));
}

TEST_F(S3Test, The_wrong_region_is_told_the_right_one) {
  caller.region = "eu-west-1";
  const auto redirect = ask("GET", "/bucket/k");
  expect(redirect, 301, "PermanentRedirect");
  EXPECT_EQ(header(redirect.headers, "x-amz-bucket-region"), "us-east-1");
  EXPECT_EQ(ask("HEAD", "/bucket").status, 301);
  EXPECT_EQ(header(ask("HEAD", "/bucket").headers, "x-amz-bucket-region"), "us-east-1");
  EXPECT_EQ(ask("GET", "/bucket?location").status, 200);
}

TEST_F(S3Test, A_bucket_keeps_its_policy_and_goes_only_when_it_is_empty) {
  const auto* const policy = R"({"Statement":[{"Effect":"Allow","Principal":"*",)"
                             R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]})";
  EXPECT_EQ(ask("PUT", "/bucket?policy", policy).status, 204);
  EXPECT_EQ(ask("GET", "/bucket?policy").body, policy);
  expect(ask("PUT", "/bucket?policy", "no"), 400, "MalformedPolicy");
  expect(ask("PUT", "/bucket?versioning", "<x/>"), 400, "MalformedXML");
  put("k", "x");
  expect(ask("DELETE", "/bucket"), 409, "BucketNotEmpty");
  ask("DELETE", "/bucket/k");
  EXPECT_EQ(ask("DELETE", "/bucket").status, 204);
  expect(ask("GET", "/bucket?list-type=2"), 404, "NoSuchBucket");
}

}  // namespace
}  // namespace local_cloud
