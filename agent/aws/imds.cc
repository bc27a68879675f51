#include "agent/aws/imds.h"

#include <charconv>

#include "agent/aws/credentials.h"
#include "agent/aws/endpoint.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

using base::cat;
using base::Duration;

constexpr std::chrono::seconds token_life(21'600);

template <class Number>
std::expected<void, std::string> read_number(const Environment& environment, std::string_view name,
                                             Number& number) {
  const auto text = variable(environment, name);
  if (text.empty()) return {};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && stop == end && number > 0 && number <= 1'000) return {};
  return std::unexpected(cat(name, " is ", base::printable(text), ", not a number above 0"));
}

std::string endpoint_of(const Environment& environment) {
  auto endpoint = variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.empty()) return endpoint;
  const auto mode = base::lower(variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"));
  return mode == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

Error unavailable(const std::string& message, int status) {
  return {.kind = ErrorClass::transient,
          .code = {},
          .message = cat("the instance metadata service ", message),
          .status = status};
}

Error absent(const std::string& message) {
  return not_configured(cat("the instance metadata service ", message));
}

}  // namespace

std::expected<ImdsSettings, std::string> ImdsSettings::from(const Environment& environment,
                                                            bool allow_insecure) {
  ImdsSettings settings;
  settings.disabled = base::lower(variable(environment, "AWS_EC2_METADATA_DISABLED")) == "true";
  settings.endpoint = endpoint_of(environment);
  if (const auto flaw = flaw_of_endpoint(settings.endpoint, allow_insecure); !flaw.empty()) {
    return std::unexpected(cat("AWS_EC2_METADATA_SERVICE_ENDPOINT ", flaw));
  }
  double seconds = 1;
  const auto timeout = read_number(environment, "AWS_METADATA_SERVICE_TIMEOUT", seconds);
  if (!timeout) return std::unexpected(timeout.error());
  // To libcurl no milliseconds at all mean no limit.
  settings.timeout = std::max(Duration(1), Duration(static_cast<Duration::rep>(seconds * 1'000)));
  const auto attempts =
      read_number(environment, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", settings.attempts);
  if (!attempts) return std::unexpected(attempts.error());
  return settings;
}

base::Task<Result<std::string>> Imds::get(std::string path) {
  if (settings_.disabled) co_return std::unexpected(absent("is switched off by configuration"));
  auto answer = co_await ask_with_token(path);
  if (answer && answer->status == 401) {  // the token ended before its time
    token_ = {};
    answer = co_await ask_with_token(std::move(path));
  }
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  const auto status = answer->status;
  if (status == 200) co_return std::move(answer->body);
  if (status == 404) co_return std::unexpected(absent("does not have what was asked for"));
  if (status == 403) co_return std::unexpected(absent("is switched off for this instance"));
  co_return std::unexpected(unavailable(cat("answered HTTP ", status), status));
}

base::Task<Result<http::Response>> Imds::ask_with_token(std::string path) {
  if (token_.empty() || clock_.steady() >= token_expiry_) {
    auto failed = co_await fetch_token();
    if (failed) co_return std::unexpected(std::move(*failed));
  }
  http::Request request{.method = "GET", .url = settings_.endpoint + path};
  request.headers.set("X-aws-ec2-metadata-token", token_.reveal());
  co_return co_await ask(std::move(request));
}

base::Task<std::optional<Error>> Imds::fetch_token() {
  http::Request request{.method = "PUT", .url = settings_.endpoint + "/latest/api/token"};
  request.headers.set("X-aws-ec2-metadata-token-ttl-seconds", std::to_string(token_life.count()));
  const auto asked_at = clock_.steady();
  auto answer = co_await ask(std::move(request));
  if (!answer) {
    // Nobody there at all: this is no EC2 instance.
    if (answer.error().status == 0) answer.error().code = no_credentials;
    co_return std::move(answer.error());
  }
  const auto status = answer->status;
  if (status == 403) co_return absent("is switched off for this instance");
  if (status == 404 || status == 405) co_return absent("does not speak version 2");
  if (status != 200 || answer->body.empty()) {
    co_return unavailable(cat("answered HTTP ", status, " to the request for a token"), status);
  }
  token_ = base::Secret(std::string(base::trim(answer->body)));
  token_expiry_ = asked_at + token_life - std::chrono::minutes(1);
  co_return std::nullopt;
}

// Repeats what failed for no reason of ours, within the attempts allowed.
base::Task<Result<http::Response>> Imds::ask(http::Request request) {
  request.direct = true;
  request.timeout = settings_.timeout;
  request.connect_timeout = settings_.timeout;
  for (int attempt = 1;; ++attempt) {
    auto outcome = co_await http_.send(request);
    const bool good = outcome && outcome->status < 500;
    if (good || attempt >= settings_.attempts) {
      if (outcome) co_return std::move(*outcome);
      const auto reason = cat("does not answer (", outcome.error().reason, ')');
      co_return std::unexpected(unavailable(reason, 0));
    }
    co_await clock_.sleep(std::chrono::milliseconds(100) * attempt);
  }
}

}  // namespace agent::aws
