// The EC2 instance metadata service, version 2 only (EC2 User Guide, "Use IMDSv2"): a token is
// fetched with PUT and goes with every question. Never through a proxy, never redirected.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "agent/aws/environment.h"
#include "agent/aws/error.h"
#include "agent/base/clock.h"
#include "agent/base/secret.h"
#include "agent/base/task.h"
#include "agent/http/http.h"

namespace agent::aws {

struct ImdsSettings {
  bool disabled = false;
  std::string endpoint = "http://169.254.169.254";
  base::Duration timeout = std::chrono::seconds(1);
  int attempts = 1;

  // AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT and _ENDPOINT_MODE,
  // AWS_METADATA_SERVICE_TIMEOUT and _NUM_ATTEMPTS; the text says what is wrong with them.
  static std::expected<ImdsSettings, std::string> from(const Environment& environment,
                                                       bool allow_insecure);
};

class Imds {
 public:
  Imds(http::Http& http, base::Clock& clock, ImdsSettings settings)
      : http_(http), clock_(clock), settings_(std::move(settings)) {}

  // "/latest/meta-data/placement/region" -> the text there. A code of "NoCredentials" when the
  // service is not there, not allowed, or has nothing under that path.
  base::Task<Result<std::string>> get(std::string path);

 private:
  base::Task<Result<http::Response>> ask(http::Request request);
  base::Task<std::optional<Error>> fetch_token();
  base::Task<Result<http::Response>> ask_with_token(std::string path);

  http::Http& http_;
  base::Clock& clock_;
  const ImdsSettings settings_;
  base::Secret token_;
  base::Duration token_expiry_{0};  // on the steady clock
};

}  // namespace agent::aws
