// Sources: the SDKs' partitions file (region patterns and DNS suffixes) and the services' endpoint
// rules; AWS SDKs and Tools Reference Guide, "Service-specific endpoints"; for buckets at a
// configured endpoint botocore, which writes them into the path there.
#include "agent/aws/endpoint.h"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/base/text.h"

namespace agent::aws {
namespace {

using base::cat;

struct Partition {
  std::string_view region_prefix;
  std::string_view suffix;
  std::string_view dual_stack_suffix;
};

// The last one is everybody else's.
constexpr std::array partitions{
    Partition{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    Partition{"us-gov-", "amazonaws.com", "api.aws"},
    Partition{"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    Partition{"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    Partition{"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    Partition{"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    Partition{"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    Partition{"", "amazonaws.com", "api.aws"},
};

const Partition& partition_of(std::string_view region) {
  return *std::ranges::find_if(
      partitions, [&](const Partition& p) { return region.starts_with(p.region_prefix); });
}

// The ordinary endpoints of these are the FIPS ones in GovCloud.
bool has_fips_name(const Service& service, std::string_view region, bool dual_stack) {
  constexpr std::array<std::string_view, 5> without{"ec2", "autoscaling", "sts", "ssm",
                                                    "elasticloadbalancing"};
  return !region.starts_with("us-gov-") || dual_stack ||
         std::ranges::find(without, service.name) == without.end();
}

std::string host_name(const Service& service, std::string_view region, bool fips, bool dual_stack) {
  const auto& partition = partition_of(region);
  const auto name =
      cat(service.host, fips && has_fips_name(service, region, dual_stack) ? "-fips" : "");
  if (!dual_stack) return cat(name, '.', region, '.', partition.suffix);
  if (service.name == "s3") return cat(name, ".dualstack.", region, '.', partition.suffix);
  return cat(name, '.', region, '.', partition.dual_stack_suffix);
}

std::string_view host_only(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_loopback_ipv4(std::string_view host) {
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 && !host.contains("..") &&
         !host.ends_with('.') && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// "" or ":443".
bool is_port(std::string_view text) {
  return text.empty() || (text.starts_with(':') && text.size() > 1 && text.size() <= 6 &&
                          text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

bool may_be_plain(std::string_view host) {
  constexpr std::array<std::string_view, 8> near_hosts{
      "localhost",      "[::1]",           "169.254.169.254", "169.254.170.2",
      "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]",  "[0:0:0:0:0:0:0:1]"};
  return is_loopback_ipv4(host) || std::ranges::find(near_hosts, host) != near_hosts.end();
}

std::expected<bool, std::string> boolean(const Environment& environment, std::string_view name) {
  const auto text = base::lower(variable(environment, name));
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return std::unexpected(cat(name, " is ", base::printable(text), ", not true or false"));
}

// One with dots would not fit the endpoint's certificate.
bool is_host_label(std::string_view bucket) {
  constexpr std::string_view edge = "abcdefghijklmnopqrstuvwxyz0123456789";
  return bucket.size() >= 3 && bucket.size() <= 63 && edge.contains(bucket.front()) &&
         edge.contains(bucket.back()) &&
         bucket.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             std::string_view::npos;
}

std::string_view without_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

}  // namespace

bool is_region(std::string_view text) {
  const auto last = text.rfind('-');
  if (last == std::string_view::npos || last + 1 == text.size() || text.size() > 40) return false;
  const auto name = text.substr(0, last);
  const auto number = text.substr(last + 1);
  return number.find_first_not_of("0123456789") == std::string_view::npos &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos &&
         name.find('-') != std::string_view::npos && !name.starts_with('-');
}

std::string flaw_of_endpoint(std::string_view url, bool allow_insecure) {
  const bool plain = url.starts_with("http://");
  if (!plain && !url.starts_with("https://")) return "begins with neither https:// nor http://";
  const auto rest = url.substr(plain ? 7 : 8);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (host_only(authority).empty()) return "names no host";
  if (rest.find_first_of("?#") != std::string_view::npos) return "has a query or a fragment";
  if (authority.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-_:[]") != std::string_view::npos ||
      !is_port(authority.substr(host_only(authority).size()))) {
    return "is not a host with a port";
  }
  if (plain && !allow_insecure && !may_be_plain(base::lower(host_only(authority)))) {
    return "is plain http, which only loopback may be; use https or --allow-insecure-endpoints";
  }
  return {};
}

std::expected<Endpoints, std::string> Endpoints::from(const Environment& environment,
                                                      bool allow_insecure) {
  constexpr std::string_view prefix = "AWS_ENDPOINT_URL";
  Endpoints result;
  const auto fips = boolean(environment, "AWS_USE_FIPS_ENDPOINT");
  const auto dual_stack = boolean(environment, "AWS_USE_DUALSTACK_ENDPOINT");
  const auto ignore = boolean(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  for (const auto* flag : {&fips, &dual_stack, &ignore}) {
    if (!*flag) return std::unexpected(flag->error());
  }
  result.fips_ = *fips;
  result.dual_stack_ = *dual_stack;
  if (*ignore) return result;
  for (const auto& [name, url] : environment) {
    if (!name.starts_with(prefix) || url.empty()) continue;
    const auto service = std::string_view(name).substr(prefix.size());
    if (!service.empty() && !service.starts_with('_')) continue;
    if (const auto flaw = flaw_of_endpoint(url, allow_insecure); !flaw.empty()) {
      return std::unexpected(cat(base::printable(name), ' ', flaw));
    }
    result.configured_.emplace(service.empty() ? "" : service.substr(1), without_slash(url));
  }
  return result;
}

const std::string* Endpoints::configured(const Service& service) const {
  for (const auto name : {service.endpoint_variable, std::string_view()}) {
    if (const auto found = configured_.find(name); found != configured_.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

std::string Endpoints::url(const Service& service, std::string_view region) const {
  if (const auto* own = configured(service)) return *own;
  return cat("https://", host_name(service, region, fips_, dual_stack_));
}

std::string Endpoints::bucket_url(const Service& service, std::string_view region,
                                  std::string_view bucket) const {
  if (configured(service) == nullptr && is_host_label(bucket)) {
    return cat("https://", bucket, '.', host_name(service, region, fips_, dual_stack_));
  }
  return cat(url(service, region), '/', base::percent_encode(bucket));
}

}  // namespace agent::aws
