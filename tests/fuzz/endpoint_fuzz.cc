// Where a service is: a line with a region's name, then an endpoint's URL.
#include "agent/aws/endpoint.h"
#include "agent/aws/sigv4.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::aws::Endpoints;
using fuzz::require;

bool has_only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

// A name that DNS can have (RFC 1123, 2.1).
bool is_host_name(std::string_view name) {
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-')) {
      return false;
    }
    if (!has_only(label, "abcdefghijklmnopqrstuvwxyz0123456789-")) return false;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return true;
}

void check_region(std::string_view region) {
  if (!agent::aws::is_region(region)) return;
  const Endpoints usual;
  for (const auto* name : {"ec2", "s3", "codepipeline"}) {
    const auto url = usual.url(*agent::aws::find_service(name), region);
    require(url.starts_with("https://"), "AWS is called with TLS");
    require(is_host_name(std::string_view(url).substr(8)), "a region makes a host's name");
  }
}

struct Authority {
  explicit Authority(std::string_view url) {
    auto text = url.substr(url.find("://") + 3);
    text = text.substr(0, text.find('/'));
    const auto host_end = text.starts_with('[') ? text.find(']') : text.find(':');
    host = text.substr(0, text.starts_with('[') ? host_end + 1 : host_end);
    port = text.substr(host.size());
  }
  std::string_view host, port;
};

bool is_near(std::string_view host) {
  if (host == "localhost" || host.starts_with("169.254.") || host.starts_with('[')) return true;
  int numbers = 0;
  if (!host.starts_with("127.")) return false;
  for (std::string_view rest = host; !rest.empty(); ++numbers) {
    const auto number = rest.substr(0, rest.find('.'));
    if (number.empty() || !has_only(number, "0123456789")) return false;
    rest.remove_prefix(std::min(rest.size(), number.size() + 1));
  }
  return numbers == 4 && !host.ends_with('.');
}

void check_endpoint(std::string_view url) {
  if (!agent::aws::flaw_of_endpoint(url, false).empty()) return;
  require(!fuzz::has_control(url.substr(0, url.find('/', 8))), "a host is printable");
  const Authority authority(url);
  require(!authority.host.empty(), "an endpoint has a host");
  require(authority.port.empty() ||
              (authority.port.starts_with(':') && has_only(authority.port.substr(1), "0123456789")),
          "behind the host is a port or nothing");
  auto host = std::string(authority.host);
  for (auto& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  require(url.starts_with("https://") || is_near(host), "plain http is for loopback only");
  const auto endpoints = Endpoints::from({{"AWS_ENDPOINT_URL", std::string(url)}}, false);
  require(endpoints.has_value(), "an endpoint without a flaw is taken");
  const auto used = endpoints->url(*agent::aws::find_service("ec2"), "eu-west-1");
  require(url.starts_with(used) && !used.ends_with('/'), "it is used as it is, without a slash");
  require(agent::aws::host_of(used).starts_with(host), "its host is what is signed");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto url = fuzz::text_of(data, size);
  check_region(fuzz::take_line(url));
  check_endpoint(url);
  return 0;
}
