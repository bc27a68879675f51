// Where a service is in a region. No list of regions: a region's name tells its partition, and the
// partition's rules make the host's name. A configured endpoint (AWS_ENDPOINT_URL and its variants
// per service) goes before them.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "agent/aws/environment.h"
#include "agent/aws/service.h"

namespace agent::aws {

// Looks like one: small letters with hyphens and a number, as in us-gov-east-1. It becomes part of
// a host's name; which regions there are is not written down anywhere here.
bool is_region(std::string_view text);

// "" when `url` may be called; else what is wrong with it. Plain http only for loopback and AWS's
// documented link-local addresses, unless `allow_insecure`.
std::string flaw_of_endpoint(std::string_view url, bool allow_insecure);

class Endpoints {
 public:
  Endpoints() = default;  // AWS's own

  // AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS,
  // AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT; the text says what is wrong with them.
  static std::expected<Endpoints, std::string> from(const Environment& environment,
                                                    bool allow_insecure);

  // "https://ec2.eu-west-1.amazonaws.com": without a slash at the end. `region` is a region's name.
  std::string url(const Service& service, std::string_view region) const;

  // The same for a bucket of S3, which becomes a part of the host's name; or of the path where it
  // cannot be one, or the endpoint is a configured one.
  std::string bucket_url(const Service& service, std::string_view region,
                         std::string_view bucket) const;

 private:
  const std::string* configured(const Service& service) const;  // nullptr: AWS's own

  std::map<std::string, std::string, std::less<>> configured_;  // by endpoint variable; "" = all
  bool fips_ = false;
  bool dual_stack_ = false;
};

}  // namespace agent::aws
