// CodePipeline's default bucket policy, and the credentials that it gives a job.
#include "tests/local_cloud/s3_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/caller.h"
#include "tests/local_cloud/cloud.h"

namespace local_cloud {
namespace {

using testing::HasSubstr;

const Time now = std::chrono::sys_days{std::chrono::year(2026) / 11 / 21};

// As CodePipeline's user guide shows it.
constexpr const char* default_policy = R"({
  "Version": "2012-10-17", "Id": "SSEAndSSLPolicy", "Statement": [
  {"Sid": "DenyUnEncryptedObjectUploads", "Effect": "Deny", "Principal": "*",
   "Action": "s3:PutObject", "Resource": "arn:aws:s3:::store/*",
   "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}},
  {"Sid": "DenyInsecureConnections", "Effect": "Deny", "Principal": "*",
   "Action": "s3:*", "Resource": "arn:aws:s3:::store/*",
   "Condition": {"Bool": {"aws:SecureTransport": false}}}]})";

class BucketPolicy : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(ask("PUT", "/store").status, 200);
    ASSERT_EQ(ask("PUT", "/other").status, 200);
    const auto answer = ask("PUT", "/store?policy", default_policy);
    ASSERT_EQ(answer.status, 204) << answer.body;
  }
  Response ask(const std::string& method, const std::string& target, const std::string& body = "",
               const HeaderMap& headers = {}) {
    return cloud.handle(caller.s3(method, target, now, body, headers), now).response;
  }
  int put(const std::string& target, const std::string& encryption) {
    const auto answer = encryption.empty() ? ask("PUT", target, "x")
                                           : ask("PUT", target, "x",
                                                 {{"x-amz-server-side-encryption", encryption}});
    return answer.status;
  }
  void become_a_job(const std::string& bucket, Time expiry = now + std::chrono::minutes(15)) {
    const auto& key = cloud.accounts().issue("111122223333", "arn:aws:iam::111122223333:role/pipe",
                                             "id", expiry, bucket);
    caller.access_key = key.id;
    caller.secret = key.secret;
    caller.token = key.token;
  }

  Cloud cloud{{}};
  Caller caller;
};

TEST_F(BucketPolicy, Refuses_what_is_put_without_KMS) {
  EXPECT_EQ(put("/store/key", ""), 403);
  EXPECT_EQ(put("/store/key", "AES256"), 403);
  EXPECT_EQ(put("/store/key", "aws:kms"), 200);
  EXPECT_EQ(put("/other/key", ""), 200);
  EXPECT_THAT(ask("PUT", "/store/key", "x").body,
              HasSubstr("explicit deny in a resource-based policy"));
  EXPECT_EQ(ask("GET", "/store/key").body, "x");
}

TEST_F(BucketPolicy, Refuses_everything_without_TLS_where_loopback_does_not_count) {
  put("/store/key", "aws:kms");
  cloud.settings().loopback_is_secure = false;
  EXPECT_EQ(ask("GET", "/store/key").status, 403);
  EXPECT_EQ(put("/store/key", "aws:kms"), 403);
  EXPECT_EQ(ask("GET", "/store?policy").status, 200);  // of the objects only
}

TEST_F(BucketPolicy, What_it_could_not_keep_is_not_taken) {
  const auto status = [&](const std::string& statement) {
    return ask("PUT", "/store?policy", R"({"Statement":[)" + statement + "]}").status;
  };
  EXPECT_EQ(status(R"({"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",)"
                   R"("Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}})"),
            501);
  EXPECT_EQ(status(R"({"Effect":"Deny","Principal":{"AWS":"444455556666"},"Action":"s3:*",)"
                   R"("Resource":"*"})"),
            501);
  EXPECT_EQ(status(R"({"Effect":"Maybe","Action":"s3:*","Resource":"*"})"), 400);
  EXPECT_EQ(status(R"({"Effect":"Allow","Resource":"*"})"), 400);
  EXPECT_EQ(status(""), 400);
  EXPECT_EQ(put("/store/key", ""), 403);  // the old one holds
}

TEST_F(BucketPolicy, A_jobs_credentials_are_good_for_its_artifacts_only) {
  become_a_job("store");
  EXPECT_EQ(put("/store/key", "aws:kms"), 200);
  EXPECT_EQ(ask("GET", "/store/key").status, 200);
  EXPECT_EQ(put("/other/key", ""), 403);
  EXPECT_EQ(ask("GET", "/store?list-type=2").status, 403);
  EXPECT_EQ(ask("DELETE", "/store/key").status, 403);
  const auto ec2 = cloud.handle(caller.query("ec2", "2016-11-15", "DescribeImages", {}, now), now);
  EXPECT_EQ(ec2.response.status, 403);
}

TEST_F(BucketPolicy, A_jobs_credentials_expire) {
  become_a_job("store", now);
  EXPECT_THAT(ask("GET", "/store/key").body, HasSubstr("<Code>ExpiredToken</Code>"));
}

}  // namespace
}  // namespace local_cloud
