// A job's artifacts over the real client and the local cloud: a pipeline's own, claimed as a worker
// does.
#include "agent/pipeline/artifacts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/pipeline/calls.h"
#include "tests/local_cloud/caller.h"
#include "tests/support/bucket.h"
#include "tests/support/scene.h"

namespace agent::pipeline {
namespace {

using namespace std::chrono_literals;
using base::FailureType;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Effect = local_cloud::Fault::Effect;
namespace json = boost::json;

std::string noise(std::size_t size) {
  std::string result;
  for (std::uint64_t i = 0; result.size() < size; ++i) result += base::sha256(std::to_string(i));
  return result.substr(0, size);
}

class ArtifactsTest : public ::testing::Test {
 protected:
  // A pipeline whose source is `archive`, and the job that comes of it.
  void claim(const std::string& archive) {
    scene.release(archive);
    scene.want_output();
    scene.set_up();
    machine.pass(1min);
    const Queue queue{support::home_region, "Deploy", "CreateImage", "1"};
    const auto offers = machine.try_call(poll_for_jobs(queue, 1));
    ASSERT_TRUE(offers) << offers.error().message;
    job = read_job(*base::objects(offers->body, "jobs").at(0), support::home_region).value();
    artifacts.emplace(client, machine.clock(), job);
  }

  std::string read(const std::string& file, ReadLimits limits = {}) {
    return machine.run(artifacts->read(job.inputs.at(0), file, limits));
  }
  void write(std::map<std::string, std::string> files) {
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): it is waited for
    const auto written = [&]() -> base::Task<bool> {
      co_await artifacts->write(job.outputs.at(0), files);
      co_return true;
    };
    machine.run(written());
  }
  std::string failure(const std::function<void()>& attempt) {
    try {
      attempt();
      return "it worked";
    } catch (const base::Failure& caught) {
      return std::string(name(caught.type)) + ": " + caught.what();
    }
  }
  std::string failure_to_read(const std::string& file, ReadLimits limits = {}) {
    return failure([&] { read(file, limits); });
  }
  std::size_t count(const std::string& operation) {
    return static_cast<std::size_t>(
        std::ranges::count(cloud.log().entries(), operation, &local_cloud::Exchange::operation));
  }
  void fault(const std::string& operation, local_cloud::Fault what,
             std::optional<std::int64_t> times = {}) {
    cloud.faults().add({.id = operation, .operation = operation, .times = times, .fault = what});
  }
  void replace_input(const std::string& bytes) {
    support::put_object(machine, job.inputs.at(0).bucket, job.inputs.at(0).key, bytes,
                        {{"x-amz-server-side-encryption", "aws:kms"}});
  }

  const std::string zip = make_zip({{"conf.json", "{\"a\":1}"}, {"b/c", "d"}});
  local_cloud::Cloud cloud{{}};
  support::Machine machine{cloud, std::chrono::sys_days{std::chrono::year(2026) / 11 / 21}};
  support::Scene scene{machine};
  support::FakeChance chance;
  support::Fate fate;
  support::LocalHttp http{cloud, machine.clock(), fate};
  aws::StaticCredentials own{support::builtin_keys()};
  aws::Client client{http, own, {}, machine.clock(), chance, {}, "codepipeline-agent/test"};
  Job job;
  std::optional<Artifacts> artifacts;
};

TEST_F(ArtifactsTest, A_file_is_read_with_the_jobs_own_fresh_credentials) {
  claim(zip);
  EXPECT_EQ(read("conf.json"), "{\"a\":1}");
  EXPECT_EQ(read("./b/c"), "d");
  EXPECT_EQ(count("GetJobDetails"), 1U);
  for (const auto& exchange : cloud.log().entries()) {
    if (exchange.operation != "GetObject") continue;
    EXPECT_NE(exchange.access_key, support::builtin_keys().access_key);
    EXPECT_NE(exchange.access_key, job.artifact_keys->access_key);  // those of the poll
    EXPECT_THAT(local_cloud::header(exchange.request.headers, "range"), HasSubstr("bytes="));
  }
}

TEST_F(ArtifactsTest, Of_a_big_artifact_only_small_parts_are_read) {
  claim(make_zip({{"big", noise(20'000'000)}, {"last", "here"}, {"middle", noise(3'000'000)}}));
  EXPECT_EQ(read("last"), "here");
  EXPECT_LT(count("GetObject"), 8U);
  std::size_t bytes = 0;
  for (const auto& exchange : cloud.log().entries()) {
    if (exchange.operation == "GetObject") bytes += exchange.response.body.size();
  }
  EXPECT_LT(bytes, 2'000'000U);
}

TEST_F(ArtifactsTest, What_is_not_there_is_RevisionUnavailable_and_named) {
  claim(zip);
  EXPECT_THAT(failure_to_read("nothing.json"),
              AllOf(HasSubstr("RevisionUnavailable: The file nothing.json"), HasSubstr("App"),
                    HasSubstr("s3://shop-artifacts/shop/App/"), HasSubstr("no file of that name")));
  support::delete_object(machine, job.inputs[0].bucket, job.inputs[0].key);
  EXPECT_THAT(failure_to_read("conf.json"),
              AllOf(HasSubstr("RevisionUnavailable"), HasSubstr("NoSuchKey"), HasSubstr("App")));
  fault("GetObject",
        {.effect = Effect::error, .takes_effect = false, .status = 404, .code = "NoSuchBucket"});
  EXPECT_THAT(failure_to_read("conf.json"),
              AllOf(HasSubstr("RevisionUnavailable"), HasSubstr("NoSuchBucket")));
  job.inputs[0].bucket = "";
  EXPECT_THAT(failure_to_read("conf.json"), HasSubstr("RevisionUnavailable"));
}

TEST_F(ArtifactsTest, What_is_no_good_is_RevisionUnavailable_and_says_why) {
  claim(zip);
  const std::map<std::string, std::string> spoilt{
      {"", "is empty"}, {"hello", "cannot be read"}, {zip.substr(0, zip.size() / 2), "cannot be"}};
  for (const auto& [bytes, why] : spoilt) {
    replace_input(bytes);
    EXPECT_THAT(failure_to_read("conf.json"),
                AllOf(HasSubstr("RevisionUnavailable"), HasSubstr("conf.json"), HasSubstr(why)));
  }
  replace_input(make_zip({{"conf.json", std::string(2'000'000, ' ')}}));
  EXPECT_THAT(failure_to_read("conf.json"), HasSubstr("more than 1048576 bytes"));
}

TEST_F(ArtifactsTest, Denied_is_PermissionError_and_tells_whose_permission_is_missing) {
  claim(zip);
  cloud.accounts().deny({"*:role/pipeline", "s3:*"});
  EXPECT_THAT(failure_to_read("conf.json"),
              AllOf(HasSubstr("PermissionError"), HasSubstr("s3:GetObject"),
                    HasSubstr("pipeline's role"), Not(HasSubstr("agent's role"))));
  EXPECT_THAT(failure([&] { write({{"x", "y"}}); }),
              AllOf(HasSubstr("PermissionError"), HasSubstr("work of this action is done"),
                    HasSubstr("Made"), HasSubstr("s3:PutObject")));
}

TEST_F(ArtifactsTest, Without_GetJobDetails_the_agents_own_permission_is_missing) {
  claim(zip);
  cloud.accounts().deny({"*", "codepipeline:GetJobDetails"});
  EXPECT_THAT(failure_to_read("conf.json"),
              AllOf(HasSubstr("PermissionError"), HasSubstr("codepipeline:GetJobDetails"),
                    HasSubstr("agent's role"), Not(HasSubstr("s3:GetObject"))));
}

TEST_F(ArtifactsTest, A_bucket_in_another_region_is_told) {
  claim(zip);
  fault(
      "GetObject",
      {.effect = Effect::error, .takes_effect = false, .status = 301, .code = "PermanentRedirect"});
  EXPECT_THAT(failure_to_read("conf.json"),
              AllOf(HasSubstr("ConfigurationError"), HasSubstr("PermanentRedirect"),
                    HasSubstr("pipeline's own region")));
}

TEST_F(ArtifactsTest, A_job_that_is_over_is_told) {
  claim(zip);
  job.execution.region = "eu-central-1";  // where CodePipeline knows no such job
  artifacts.emplace(client, machine.clock(), job);
  EXPECT_THAT(failure_to_read("conf.json"),
              AllOf(HasSubstr("codepipeline:GetJobDetails"), HasSubstr("JobNotFound")));
}

TEST_F(ArtifactsTest, Credentials_that_expire_during_a_slow_read_are_renewed) {
  cloud.settings().artifact_credentials_time = 5s;
  claim(make_zip({{"big", noise(3'000'000)}, {"last", "here"}, {"more", noise(300'000)}}));
  fault("GetObject", {.effect = Effect::none, .latency = 3s});
  EXPECT_EQ(read("last"), "here");
  EXPECT_GE(count("GetJobDetails"), 2U);
}

TEST_F(ArtifactsTest, Credentials_are_renewed_before_they_expire) {
  claim(zip);
  EXPECT_EQ(read("conf.json"), "{\"a\":1}");
  machine.pass(11min);
  EXPECT_EQ(read("conf.json"), "{\"a\":1}");
  EXPECT_EQ(count("GetJobDetails"), 1U);
  machine.pass(3min + 30s);
  EXPECT_EQ(read("conf.json"), "{\"a\":1}");
  EXPECT_EQ(count("GetJobDetails"), 2U);
}

TEST_F(ArtifactsTest, What_may_pass_is_SystemUnavailable) {
  claim(zip);
  for (const auto& what : {local_cloud::Fault{.effect = Effect::throttle, .takes_effect = false},
                           local_cloud::Fault{.effect = Effect::reset_before},
                           local_cloud::Fault{.effect = Effect::expired_token},
                           local_cloud::Fault{.effect = Effect::html, .status = 200},
                           local_cloud::Fault{.effect = Effect::empty, .status = 200}}) {
    fault("GetObject", what);
    EXPECT_THAT(failure_to_read("conf.json"), HasSubstr("SystemUnavailable")) << name(what.effect);
    cloud.faults().clear();
  }
  fault("GetObject", {.effect = Effect::reset_before}, 2);
  EXPECT_EQ(read("conf.json"), "{\"a\":1}");
}

// Puts another object into its place between two requests.
class Replacing final : public aws::Caller {
 public:
  Replacing(aws::Caller& caller, std::function<void()> replace)
      : caller_(caller), replace_(std::move(replace)) {}
  base::Task<aws::Result<aws::Reply>> call(std::string region, aws::Call call) override {
    const auto read = call.operation == "GetObject";
    auto reply = co_await caller_.call(std::move(region), std::move(call));
    if (read) replace_();
    co_return reply;
  }
  std::unique_ptr<Caller> with(aws::Credentials& credentials) override {
    inner_ = caller_.with(credentials);
    return std::make_unique<Replacing>(*inner_, replace_);
  }

 private:
  aws::Caller& caller_;
  std::unique_ptr<Caller> inner_;
  std::function<void()> replace_;
};

TEST_F(ArtifactsTest, An_object_that_is_replaced_meanwhile_is_never_read_in_parts_of_both) {
  const auto version = [](char content) {
    return make_zip({{"a", std::string(20, content)},
                     {"big", noise(2'000'000)},
                     {"b", std::string(20, content)}});
  };
  claim(version('0'));
  int times = 0, most = 3;
  Replacing replacing(client, [&] {
    if (++times > most) return;
    const local_cloud::Caller user{.region = support::home_region};
    const auto answer = cloud.handle(
        user.s3("PUT", "/" + job.inputs[0].key, machine.now(), version(char('0' + times)),
                {{"Host", "shop-artifacts.s3.eu-west-1.amazonaws.com"},
                 {"x-amz-server-side-encryption", "aws:kms"}}),
        machine.now());
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
  });
  artifacts.emplace(replacing, machine.clock(), job);
  EXPECT_EQ(read("b"), std::string(20, '3'));
  times = 0, most = 1'000;
  EXPECT_THAT(failure_to_read("b"), AllOf(HasSubstr("RevisionUnavailable"), HasSubstr("replaced")));
}

TEST_F(ArtifactsTest, Reading_has_limits) {
  claim(make_zip({{"a", noise(3'000'000)}, {"b", "x"}, {"c", noise(300'000)}}));
  EXPECT_THAT(failure_to_read("b", {.requests = 1}), HasSubstr("RevisionUnavailable"));
  EXPECT_THAT(failure_to_read("b", {.fetched = 100}), HasSubstr("RevisionUnavailable"));
  EXPECT_EQ(read("b"), "x");
}

TEST_F(ArtifactsTest, An_output_is_a_zip_at_its_place_as_the_bucket_policy_wants_it) {
  claim(zip);
  write({{"image.json", "{}"}});
  const auto& output = job.outputs.at(0);
  const auto first = support::get_object(machine, output.bucket, output.key);
  EXPECT_EQ(first, make_zip({{"image.json", "{}"}}));
  write({{"image.json", "{}"}});
  EXPECT_EQ(support::get_object(machine, output.bucket, output.key), first);
  for (const auto& exchange : cloud.log().entries()) {
    if (exchange.operation != "PutObject" ||
        exchange.params.find(output.key) == std::string::npos) {
      continue;
    }
    const auto& headers = exchange.request.headers;
    EXPECT_EQ(local_cloud::header(headers, "x-amz-server-side-encryption"), "aws:kms");
    EXPECT_EQ(local_cloud::header(headers, "x-amz-server-side-encryption-aws-kms-key-id"), "");
    EXPECT_EQ(local_cloud::header(headers, "x-amz-checksum-sha256"),
              base::base64(base::sha256(*first)));
  }
}

TEST_F(ArtifactsTest, An_output_is_encrypted_with_the_jobs_key_if_there_is_one) {
  claim(zip);
  job.encryption_key = "arn:aws:kms:eu-west-1:111122223333:alias/Mine";
  write({{"image.json", "{}"}});
  const auto& entries = cloud.log().entries();
  const auto put = std::find_if(entries.rbegin(), entries.rend(),
                                [](const auto& one) { return one.operation == "PutObject"; });
  ASSERT_NE(put, entries.rend());
  EXPECT_EQ(
      local_cloud::header(put->request.headers, "x-amz-server-side-encryption-aws-kms-key-id"),
      job.encryption_key);
}

TEST_F(ArtifactsTest, Keys_of_any_characters_name_their_object) {
  claim(zip);
  for (const auto* key : {"a b/\xC3\xBC+&?=#%/..//./x", "/leading", "trailing/", "a//b", "~._-"}) {
    job.inputs[0].key = job.outputs[0].key = key;
    write({{"conf.json", key}});
    EXPECT_EQ(read("conf.json"), key);
    EXPECT_TRUE(support::get_object(machine, job.outputs[0].bucket, key)) << key;
  }
}

TEST(JobArtifacts, Are_read_from_whatever_CodePipeline_says) {
  const auto job = [](const char* data) {
    return read_job({{"id", "1"}, {"data", json::parse(data)}}, "eu-west-1").value();
  };
  const auto good = job(R"({"inputArtifacts":[{"name":"A","revision":null,"location":{"type":"S3",
      "s3Location":{"bucketName":"b","objectKey":"k"}}}, {"name":"B","revision":"r"}],
      "outputArtifacts":[], "encryptionKey":{"id":"k","type":"KMS"},
      "artifactCredentials":{"accessKeyId":"a","secretAccessKey":"s","sessionToken":"t"}})");
  ASSERT_EQ(good.inputs.size(), 2U);
  EXPECT_EQ(good.inputs[0], (Artifact{"A", "", "b", "k"}));
  EXPECT_EQ(good.inputs[1], (Artifact{"B", "r", "", ""}));
  EXPECT_TRUE(good.outputs.empty());
  EXPECT_EQ(good.encryption_key, "k");
  EXPECT_EQ(good.artifact_keys->session_token.reveal(), "t");
  for (const auto* odd :
       {"{}", R"({"inputArtifacts":null,"artifactCredentials":null,"encryptionKey":null})",
        R"({"inputArtifacts":[null,1,"x",{},{"name":""}],"artifactCredentials":[],)"
        R"("encryptionKey":"k"})",
        R"({"inputArtifacts":{"name":"A"},"artifactCredentials":{"accessKeyId":"a"}})"}) {
    EXPECT_TRUE(job(odd).inputs.empty()) << odd;
    EXPECT_EQ(job(odd).encryption_key, "") << odd;
    EXPECT_FALSE(job(odd).artifact_keys) << odd;
  }
  const auto other = job(R"({"inputArtifacts":[{"name":"A","location":{"type":"GCS",
      "s3Location":{"bucketName":"b","objectKey":"k"}}}]})");
  EXPECT_EQ(other.inputs.at(0).bucket, "");
}

}  // namespace
}  // namespace agent::pipeline
