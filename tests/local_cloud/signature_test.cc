// Against the values that AWS's own documentation works out.
#include "tests/local_cloud/signature.h"

#include <gtest/gtest.h>

#include "agent/base/digest.h"

namespace local_cloud {
namespace {

const std::string example_secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const std::string empty_hash = agent::base::sha256_hex("");

std::string authorization(const std::string& scope, const std::string& headers) {
  return "AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=" + headers + ", Signature=00";
}

Signed read(const Request& request) {
  const auto made = read_signature(request);
  EXPECT_TRUE(made && *made) << (made ? "no signature" : made.error());
  return made && *made ? **made : Signed();
}

std::string signature_of(const Request& request, PathRule path, const std::string& hash,
                         const std::string& secret = example_secret) {
  const auto made = read(request);
  return sign(signing_key(secret, made),
              string_to_sign(made, canonical_request(request, made, path, hash)));
}

// IAM User Guide, "Create a signed AWS API request".
TEST(Signature, The_documented_ListUsers_request_is_signed_as_documented) {
  const Request request{
      .method = "GET",
      .target = "/?Action=ListUsers&Version=2010-05-08",
      .headers = {{"Host", "iam.amazonaws.com"},
                  {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                  {"X-Amz-Date", "20150830T123600Z"},
                  {"Authorization", authorization("AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
                                                  "content-type;host;x-amz-date")}}};
  const auto made = read(request);
  const auto canonical = canonical_request(request, made, PathRule::normalised, empty_hash);
  EXPECT_EQ(agent::base::sha256_hex(canonical),
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
  EXPECT_EQ(signature_of(request, PathRule::normalised, empty_hash,
                         "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

// The examples of "Authenticating Requests: Using the Authorization Header", S3 API Reference.
Request s3_request(std::string method, std::string target, HeaderMap headers, std::string names) {
  headers["Host"] = "examplebucket.s3.amazonaws.com";
  headers["x-amz-date"] = "20130524T000000Z";
  headers["Authorization"] =
      authorization("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request", names);
  return {.method = std::move(method), .target = std::move(target), .headers = std::move(headers)};
}

TEST(Signature, The_documented_GetObject_is_signed_as_documented) {
  const auto request =
      s3_request("GET", "/test.txt", {{"Range", "bytes=0-9"}, {"x-amz-content-sha256", empty_hash}},
                 "host;range;x-amz-content-sha256;x-amz-date");
  EXPECT_EQ(signature_of(request, PathRule::as_it_is, empty_hash),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Signature, The_documented_PutObject_is_signed_as_documented_though_its_path_is_not_encoded) {
  const auto hash = agent::base::sha256_hex("Welcome to Amazon S3.");
  const auto request = s3_request("PUT", "/test$file.text",
                                  {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                   {"x-amz-content-sha256", hash},
                                   {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                                  "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class");
  EXPECT_EQ(signature_of(request, PathRule::as_it_is, hash),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Signature, The_documented_subresource_and_list_requests_are_signed_as_documented) {
  const HeaderMap headers{{"x-amz-content-sha256", empty_hash}};
  const auto lifecycle =
      s3_request("GET", "/?lifecycle", headers, "host;x-amz-content-sha256;x-amz-date");
  EXPECT_EQ(signature_of(lifecycle, PathRule::as_it_is, empty_hash),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  const auto list =
      s3_request("GET", "/?prefix=J&max-keys=2", headers, "host;x-amz-content-sha256;x-amz-date");
  EXPECT_EQ(signature_of(list, PathRule::as_it_is, empty_hash),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Signature, The_documented_presigned_request_is_signed_as_documented) {
  const Request request{
      .method = "GET",
      .target =
          "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE"
          "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&"
          "X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=00",
      .headers = {{"Host", "examplebucket.s3.amazonaws.com"}}};
  EXPECT_TRUE(read(request).presigned);
  EXPECT_EQ(signature_of(request, PathRule::as_it_is, "UNSIGNED-PAYLOAD"),
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

std::string canonical_path(const std::string& path, PathRule rule) {
  const auto text = canonical_request({.method = "GET", .target = path}, {}, rule, "");
  return text.substr(4, text.find('\n', 4) - 4);
}

TEST(Signature, A_path_is_normalised_and_encoded_twice_but_for_S3) {
  constexpr auto normalised = PathRule::normalised;
  EXPECT_EQ(canonical_path("/", normalised), "/");
  EXPECT_EQ(canonical_path("//example//", normalised), "/example/");
  EXPECT_EQ(canonical_path("/./example", normalised), "/example");
  EXPECT_EQ(canonical_path("/one/two/../..", normalised), "/");
  EXPECT_EQ(canonical_path("/tags/arn%3Aaws", normalised), "/tags/arn%253Aaws");
  EXPECT_EQ(canonical_path("/a//b/../c%20d", PathRule::as_it_is), "/a//b/../c%20d");
}

TEST(Signature, Header_values_lose_outer_and_repeated_blanks) {
  Request request{.method = "GET", .target = "/", .headers = {{"My-Header", "  a   b \t c "}}};
  const Signed made{.headers = {"my-header"}};
  EXPECT_NE(canonical_request(request, made, PathRule::normalised, "").find("my-header:a b c\n"),
            std::string::npos);
}

TEST(Signature, A_request_without_a_signature_is_no_error_and_a_broken_one_is) {
  const auto none = read_signature({.method = "GET", .target = "/"});
  EXPECT_TRUE(none && !*none);
  for (const auto* text :
       {"Basic abc", "AWS4-HMAC-SHA256 Credential", "AWS4-HMAC-SHA256 Signature=1",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=1"}) {
    EXPECT_FALSE(read_signature({.method = "GET",
                                 .target = "/",
                                 .headers = {{"Authorization", text}, {"X-Amz-Date", "x"}}}))
        << text;
  }
}

}  // namespace
}  // namespace local_cloud
