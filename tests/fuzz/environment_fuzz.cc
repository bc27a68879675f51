// The AWS part of the process environment: NAME=value, a line each.
#include "agent/aws/credentials_environment.h"
#include "agent/aws/endpoint.h"
#include "agent/aws/imds.h"
#include "agent/aws/profile_store.h"
#include "agent/aws/retry.h"
#include "tests/aws/scripted.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::aws::Environment;
using agent::base::Duration;
using fuzz::require;

Environment environment_of(std::string_view input) {
  Environment result;
  while (!input.empty()) {
    const auto line = fuzz::take_line(input);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    result.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return result;
}

template <class Settings>
bool is_good(const std::expected<Settings, std::string>& settings) {
  if (!settings) require(fuzz::is_printable(settings.error()), "an error's message is printable");
  return settings.has_value();
}

void check_keys(const Environment& environment) {
  boost::asio::io_context io;
  support::FakeClock clock(io);
  agent::aws::EnvironmentCredentials credentials(environment);
  const auto keys = scripted::run(io, clock, credentials.get());
  if (keys) {
    require(!keys->access_key.empty() && !keys->secret.empty(), "keys have both parts");
  } else {
    require(fuzz::is_printable(keys.error().message), "an error's message is printable");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto environment = environment_of(fuzz::text_of(data, size));
  const auto retry = agent::aws::retry_settings(environment);
  if (is_good(retry)) require(retry->max_attempts >= 1, "there is a first try");
  const auto imds = agent::aws::ImdsSettings::from(environment, false);
  if (is_good(imds)) {
    require(imds->timeout > Duration(0) && imds->attempts >= 1, "the metadata service is asked");
    require(agent::aws::flaw_of_endpoint(imds->endpoint, false).empty(), "and where it may be");
  }
  const auto endpoints = agent::aws::Endpoints::from(environment, false);
  if (is_good(endpoints)) {
    for (const auto* name : {"ec2", "codepipeline"}) {
      const auto url = endpoints->url(*agent::aws::find_service(name), "eu-west-1");
      require(agent::aws::flaw_of_endpoint(url, false).empty(), "an endpoint may be called");
    }
  }
  const auto paths = agent::aws::ProfilePaths::from(environment);
  require(!paths.profile.empty(), "a profile has a name");
  check_keys(environment);
  return 0;
}
