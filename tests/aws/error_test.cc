#include "agent/aws/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/aws/client.h"

namespace {

using agent::aws::classify;
using agent::aws::Error;
using agent::aws::ErrorClass;
using agent::base::FailureType;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Expected {
  std::string service, code;
  int status;
  ErrorClass kind;
};

TEST(Classify, Knows_the_codes_of_the_services) {
  using enum ErrorClass;
  for (const auto& [service, code, status, kind] :
       std::vector<Expected>{{"ec2", "RequestLimitExceeded", 503, throttled},
                             {"codepipeline", "ThrottlingException", 400, throttled},
                             {"s3", "SlowDown", 503, throttled},
                             {"imagebuilder", "CallRateLimitExceededException", 429, throttled},
                             {"application-autoscaling", "LimitExceededException", 400, invalid},
                             {"unknown", "LimitExceededException", 400, throttled},
                             {"ec2", "InternalError", 500, transient},
                             {"autoscaling", "ResourceContention", 500, transient},
                             {"s3", "RequestTimeout", 400, transient},
                             {"sts", "ExpiredToken", 400, expired},
                             {"codepipeline", "ExpiredTokenException", 400, expired},
                             {"codepipeline", "UnrecognizedClientException", 400, expired},
                             {"ec2", "AuthFailure", 401, expired},
                             {"s3", "RequestTimeTooSkewed", 403, skewed},
                             {"ec2", "RequestExpired", 400, skewed},
                             {"ec2", "UnauthorizedOperation", 403, refused},
                             {"codepipeline", "AccessDeniedException", 400, refused},
                             {"ec2", "InvalidAMIID.NotFound", 400, gone},
                             {"ec2", "InvalidAMIID.Unavailable", 400, gone},
                             {"ec2", "InvalidLaunchTemplateName.NotFoundException", 400, gone},
                             {"s3", "NoSuchKey", 404, gone},
                             {"codepipeline", "JobNotFoundException", 400, gone},
                             {"ec2", "InvalidAMIName.Duplicate", 400, conflict},
                             {"ec2", "IdempotentParameterMismatch", 400, conflict},
                             {"autoscaling", "AlreadyExists", 400, conflict},
                             {"codepipeline", "InvalidNonceException", 400, conflict},
                             {"codepipeline", "InvalidJobStateException", 400, conflict},
                             {"autoscaling", "ValidationError", 400, invalid},
                             {"ec2", "InvalidParameterValue", 400, invalid}}) {
    EXPECT_EQ(classify(service, code, status), kind) << service << ' ' << code;
  }
}

TEST(Classify, Falls_back_on_the_status) {
  using enum ErrorClass;
  for (const auto& [status, kind] : std::map<int, ErrorClass>{{500, transient},
                                                              {502, transient},
                                                              {503, transient},
                                                              {504, transient},
                                                              {501, invalid},
                                                              {429, throttled},
                                                              {408, transient},
                                                              {403, refused},
                                                              {404, gone},
                                                              {409, conflict},
                                                              {412, conflict},
                                                              {400, invalid},
                                                              {301, invalid},
                                                              {0, transient}}) {
    EXPECT_EQ(classify("ec2", "", status), kind) << status;
    EXPECT_EQ(classify("ec2", "NeverHeardOf", status), kind) << status;
  }
}

Error error(ErrorClass kind, std::string code, std::string message) {
  return {.kind = kind,
          .code = std::move(code),
          .message = std::move(message),
          .status = 400,
          .service = "ec2",
          .operation = "CreateImage",
          .region = "eu-west-1"};
}

TEST(Failure, Names_call_region_code_and_the_services_words) {
  const auto told =
      failure(error(ErrorClass::gone, "InvalidInstanceID.NotFound", "There is no i-123"));
  EXPECT_EQ(told.type, FailureType::ConfigurationError);
  EXPECT_STREQ(
      told.what(),
      "ec2:CreateImage in eu-west-1 failed: InvalidInstanceID.NotFound: There is no i-123");
}

TEST(Failure, Names_the_denied_action_and_leaves_out_EC2s_encoded_message) {
  const auto told = failure(error(ErrorClass::refused, "UnauthorizedOperation",
                                  "You are not authorized to perform this operation. Encoded "
                                  "authorization failure message: kF3hd8sAbC"));
  EXPECT_EQ(told.type, FailureType::PermissionError);
  EXPECT_THAT(told.what(), AllOf(HasSubstr("allow ec2:CreateImage"), Not(HasSubstr("kF3hd8sAbC"))));
}

TEST(Failure, Names_the_action_that_AWS_names_when_it_is_another_one) {
  const auto told = failure(error(ErrorClass::refused, "AccessDenied",
                                  "User: arn:aws:sts::1:assumed-role/a is not authorized to "
                                  "perform: iam:PassRole on resource: arn:aws:iam::1:role/b"));
  EXPECT_THAT(told.what(), HasSubstr("allow iam:PassRole to"));
}

TEST(Failure, Has_the_type_of_its_class) {
  const auto type = [](ErrorClass kind, std::string code) {
    return failure(error(kind, std::move(code), "")).type;
  };
  EXPECT_EQ(type(ErrorClass::throttled, "Throttling"), FailureType::SystemUnavailable);
  EXPECT_EQ(type(ErrorClass::transient, ""), FailureType::SystemUnavailable);
  EXPECT_EQ(type(ErrorClass::expired, "ExpiredToken"), FailureType::SystemUnavailable);
  EXPECT_EQ(type(ErrorClass::expired, "UnrecognizedClientException"), FailureType::PermissionError);
  EXPECT_EQ(type(ErrorClass::conflict, "IdempotentParameterMismatch"), FailureType::JobFailed);
  EXPECT_EQ(type(ErrorClass::conflict, "InvalidAMIName.Duplicate"),
            FailureType::ConfigurationError);
  EXPECT_EQ(type(ErrorClass::invalid, "ValidationError"), FailureType::ConfigurationError);
  EXPECT_EQ(type(ErrorClass::invalid, "SomethingElse"), FailureType::JobFailed);
}

TEST(Failure, Is_short_printable_and_never_empty) {
  auto odd = error(ErrorClass::refused, "AccessDenied", std::string(20'000, 'x') + "\x01\xFF\n");
  const std::string long_text = failure(odd).what();
  EXPECT_LE(long_text.size(), 1'000U);
  EXPECT_THAT(long_text, HasSubstr("allow ec2:CreateImage"));
  odd.message = "a\x01\xFF\nb";
  EXPECT_THAT(failure(odd).what(), HasSubstr("a ? b"));
  odd.service = std::string(3'000, 's');
  EXPECT_LE(std::string(failure(odd).what()).size(), 1'000U);
  EXPECT_STREQ(failure(Error{}).what(), "no answer");
}

}  // namespace
