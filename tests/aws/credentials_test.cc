// The providers that need no network, and the chain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "agent/aws/credentials_chain.h"
#include "agent/aws/credentials_environment.h"
#include "agent/aws/credentials_profile.h"
#include "agent/aws/region.h"
#include "agent/base/text.h"
#include "tests/aws/scripted.h"
#include "tests/support/temporary_directory.h"

namespace {

using agent::aws::Credentials;
using agent::aws::Environment;
using agent::aws::EnvironmentCredentials;
using agent::aws::Keys;
using agent::aws::ProfileCredentials;
using agent::aws::ProfilePaths;
using agent::aws::ProfileStore;
using agent::aws::Result;
using agent::base::Secret;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CredentialsTest : public testing::Test {
 protected:
  Result<Keys> get(Credentials& credentials) { return scripted::run(io, clock, credentials.get()); }
  Result<Keys> get(const Environment& environment) {
    EnvironmentCredentials credentials(environment);
    return get(credentials);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path() / name) << text;
  }
  ProfilePaths paths(std::string profile = "default", bool named = false) const {
    return {folder.path() / "config", folder.path() / "credentials", std::move(profile), named};
  }
  Result<Keys> get(const ProfilePaths& where) {
    ProfileStore store(where);
    ProfileCredentials credentials(store);
    return get(credentials);
  }

  boost::asio::io_context io;
  support::FakeClock clock{io};
  support::TemporaryDirectory folder;
};

TEST_F(CredentialsTest, Come_from_the_environment) {
  const auto keys = get(Environment{{"AWS_ACCESS_KEY_ID", "AKID"},
                                    {"AWS_SECRET_ACCESS_KEY", "s"},
                                    {"AWS_SESSION_TOKEN", "t"},
                                    {"AWS_CREDENTIAL_EXPIRATION", "2026-11-21T08:00:00Z"}});
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key, "AKID");
  EXPECT_EQ(keys->secret, Secret("s"));
  EXPECT_EQ(keys->session_token, Secret("t"));
  EXPECT_EQ(keys->expiry.value() - clock.now(), std::chrono::hours(8));
}

TEST_F(CredentialsTest, Half_an_environment_is_an_error_and_an_empty_one_is_none) {
  EXPECT_EQ(get(Environment{}).error().code, agent::aws::no_credentials);
  const auto no_secret = get(Environment{{"AWS_ACCESS_KEY_ID", "AKID"}});
  EXPECT_NE(no_secret.error().code, agent::aws::no_credentials);
  EXPECT_THAT(no_secret.error().message, HasSubstr("AWS_SECRET_ACCESS_KEY"));
  const auto no_id = get(Environment{{"AWS_SECRET_ACCESS_KEY", "hush"}});
  EXPECT_THAT(no_id.error().message, AllOf(HasSubstr("AWS_ACCESS_KEY_ID"), Not(HasSubstr("hush"))));
  const auto no_time = get(Environment{{"AWS_ACCESS_KEY_ID", "AKID"},
                                       {"AWS_SECRET_ACCESS_KEY", "s"},
                                       {"AWS_CREDENTIAL_EXPIRATION", "soon\n\xFF"}});
  EXPECT_THAT(no_time.error().message, HasSubstr("not a time: soon ?"));
}

TEST_F(CredentialsTest, Come_from_the_profile_and_those_of_the_credentials_file_go_first) {
  write("config", "[default]\naws_access_key_id=A\naws_secret_access_key=a\nregion=r\n");
  write("credentials", "[default]\naws_access_key_id=B\naws_secret_access_key=b\n");
  const auto keys = get(paths());
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key, "B");
  EXPECT_EQ(keys->secret, Secret("b"));
  EXPECT_FALSE(keys->expiry);
}

TEST_F(CredentialsTest, A_profile_that_was_asked_for_has_to_exist) {
  EXPECT_EQ(get(paths()).error().code, agent::aws::no_credentials);
  const auto missing = get(paths("mine", true));
  EXPECT_NE(missing.error().code, agent::aws::no_credentials);
  EXPECT_THAT(missing.error().message, HasSubstr("mine"));
}

TEST_F(CredentialsTest, A_profile_with_features_that_are_not_there_says_so) {
  for (const auto* key : {"role_arn", "web_identity_token_file", "sso_session", "login_session"}) {
    write("config", agent::base::cat("[default]\naws_access_key_id=A\naws_secret_access_key=hush\n",
                                     key, "=x\n"));
    const auto keys = get(paths());
    ASSERT_FALSE(keys) << key;
    EXPECT_NE(keys.error().code, agent::aws::no_credentials);
    EXPECT_THAT(keys.error().message, AllOf(HasSubstr(key), Not(HasSubstr("hush"))));
  }
  write("config", "[default]\ncredential_process=/bin/x\n");
  EXPECT_THAT(get(paths()).error().message, HasSubstr("credential_process"));
  write("config",
        "[default]\ncredential_process=/bin/x\naws_access_key_id=A\naws_secret_access_key=a\n");
  EXPECT_TRUE(get(paths()));
}

TEST_F(CredentialsTest, Half_a_profile_and_a_broken_file_are_errors) {
  write("credentials", "[default]\naws_access_key_id=A\n");
  EXPECT_THAT(get(paths()).error().message, HasSubstr("aws_secret_access_key"));
  write("credentials", "[default]\nnonsense\n");
  EXPECT_THAT(get(paths()).error().message, AllOf(HasSubstr("credentials"), HasSubstr("line 2")));
}

TEST_F(CredentialsTest, The_files_are_read_again_when_they_have_changed) {
  ProfileStore store(paths());
  ProfileCredentials credentials(store);
  EXPECT_FALSE(get(credentials));
  write("credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=a\n");
  EXPECT_EQ(get(credentials)->access_key, "A");
  write("new", "[default]\naws_access_key_id=B\naws_secret_access_key=b\n");
  std::filesystem::rename(folder.path() / "new", folder.path() / "credentials");
  EXPECT_EQ(get(credentials)->access_key, "B");
  std::filesystem::remove(folder.path() / "credentials");
  EXPECT_FALSE(get(credentials));
}

TEST(ProfilePathsTest, Come_from_the_environment) {
  const auto usual = ProfilePaths::from({{"HOME", "/home/me"}});
  EXPECT_EQ(usual.config, "/home/me/.aws/config");
  EXPECT_EQ(usual.credentials, "/home/me/.aws/credentials");
  EXPECT_EQ(usual.profile, "default");
  EXPECT_FALSE(usual.named);
  const auto given = ProfilePaths::from({{"AWS_CONFIG_FILE", "/c"},
                                         {"AWS_SHARED_CREDENTIALS_FILE", "/s"},
                                         {"AWS_PROFILE", "p"},
                                         {"AWS_DEFAULT_PROFILE", "q"}});
  EXPECT_EQ(given.config, "/c");
  EXPECT_EQ(given.credentials, "/s");
  EXPECT_EQ(given.profile, "p");
  EXPECT_TRUE(given.named);
  EXPECT_TRUE(ProfilePaths::from({}).config.empty());
}

TEST_F(CredentialsTest, The_chain_asks_the_next_one_only_when_one_is_not_configured) {
  write("credentials", "[default]\naws_access_key_id=P\naws_secret_access_key=p\n");
  ProfileStore store(paths());
  ProfileCredentials profile(store);
  EnvironmentCredentials nothing({});
  EnvironmentCredentials half({{"AWS_ACCESS_KEY_ID", "AKID"}});
  agent::aws::ChainCredentials good({&nothing, &profile});
  EXPECT_EQ(get(good)->access_key, "P");
  agent::aws::ChainCredentials bad({&half, &profile});
  EXPECT_THAT(get(bad).error().message, HasSubstr("AWS_SECRET_ACCESS_KEY"));
  agent::aws::ChainCredentials empty({&nothing});
  EXPECT_EQ(get(empty).error().code, agent::aws::no_credentials);
  EXPECT_THAT(get(empty).error().message, HasSubstr("AWS_ACCESS_KEY_ID is not set"));
}

class RegionTest : public CredentialsTest {
 protected:
  Result<std::string> find(const Environment& environment) {
    ProfileStore store(paths());
    agent::aws::Imds imds(http, clock, {});
    return scripted::run(io, clock, agent::aws::find_region(environment, store, imds));
  }

  scripted::Http http{[](const scripted::Request& request) -> scripted::Outcome {
    const bool token = request.method == "PUT";
    return scripted::Response{200, {}, token ? "token" : "ap-south-1\n"};
  }};
};

TEST_F(RegionTest, Comes_from_the_environment_then_the_profile_then_the_instance) {
  EXPECT_EQ(find({}).value(), "ap-south-1");
  EXPECT_THAT(http.requests.back().url, HasSubstr("/placement/region"));
  write("config", "[default]\nregion = us-west-2\n");
  EXPECT_EQ(find({}).value(), "us-west-2");
  EXPECT_EQ(find({{"AWS_DEFAULT_REGION", "eu-west-1"}}).value(), "eu-west-1");
  EXPECT_EQ(find({{"AWS_DEFAULT_REGION", "eu-west-1"}, {"AWS_REGION", "eu-central-1"}}).value(),
            "eu-central-1");
}

TEST_F(RegionTest, A_wrong_one_is_named_with_its_source) {
  EXPECT_THAT(find({{"AWS_REGION", "Ireland!"}}).error().message,
              AllOf(HasSubstr("AWS_REGION"), HasSubstr("Ireland!")));
}

}  // namespace
