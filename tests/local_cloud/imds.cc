#include "tests/local_cloud/imds.h"

#include <charconv>

#include "agent/base/digest.h"
#include "agent/base/text.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto ttl_header = "X-aws-ec2-metadata-token-ttl-seconds";
constexpr auto token_header = "X-aws-ec2-metadata-token";
constexpr std::string_view role_path = "/latest/meta-data/iam/security-credentials";
constexpr auto instance = "i-0123456789abcdef0";

std::string without_fraction(Time time) {
  return iso8601(time).substr(0, 19) + "Z";
}

Response plain(std::string text) {
  return {.headers = {{"Content-Type", "text/plain"}, {"Server", "EC2ws"}},
          .body = std::move(text)};
}

std::string document(const Settings& settings) {
  return json::serialize(json::object{{"accountId", settings.imds_account},
                                      {"architecture", "x86_64"},
                                      {"availabilityZone", settings.imds_region + "a"},
                                      {"imageId", "ami-0123456789abcdef0"},
                                      {"instanceId", instance},
                                      {"instanceType", "t3.micro"},
                                      {"privateIp", "10.0.0.10"},
                                      {"region", settings.imds_region},
                                      {"version", "2017-09-30"}});
}

}  // namespace

Response imds_error(int status) {
  return {.status = status,
          .headers = {{"Content-Type", "text/html"}, {"Server", "EC2ws"}},
          .body = cat("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html><head><title>",
                      status, "</title></head><body><h1>", status, "</h1></body></html>\n")};
}

Response Imds::handle(const Request& request, Time now) {
  auto path = split_target(request.target).path;
  if (path.ends_with('/')) path.pop_back();
  if (path == "/latest/api/token") return make_token(request, now);
  if (request.method != "GET") return imds_error(405);
  if (!is_allowed(request, now)) return imds_error(401);
  if (path == "/latest/meta-data/placement/region") return plain(settings_.imds_region);
  if (path == "/latest/meta-data/placement/availability-zone") {
    return plain(settings_.imds_region + "a");
  }
  if (path == "/latest/meta-data/instance-id") return plain(instance);
  if (path == "/latest/dynamic/instance-identity/document") return plain(document(settings_));
  const auto& role = settings_.imds_role;
  if (role.empty()) return imds_error(404);
  if (path == role_path) return plain(role);
  if (path == cat(role_path, '/', role)) return plain(credentials(now));
  return imds_error(404);
}

Response Imds::make_token(const Request& request, Time now) {
  if (request.method != "PUT") return imds_error(405);
  // A request that came through a proxy gets no token.
  if (request.headers.contains("X-Forwarded-For")) return imds_error(403);
  const auto text = header(request.headers, ttl_header);
  int count = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stop != end || count < 1 || count > 21600) return imds_error(400);
  std::erase_if(tokens_, [&](const auto& token) { return token.second <= now; });
  const auto seed = cat("session ", now.time_since_epoch().count(), ' ', tokens_.size());
  const auto token = agent::base::base64url(agent::base::sha256(seed)) + "==";
  tokens_[token] = now + seconds(count);
  auto response = plain(token);
  response.headers[ttl_header] = text;
  return response;
}

bool Imds::is_allowed(const Request& request, Time now) const {
  const auto token = header(request.headers, token_header);
  if (token.empty()) return settings_.imds_v1;
  const auto found = tokens_.find(token);
  return found != tokens_.end() && found->second > now;
}

// The same credentials until shortly before they expire, as EC2 does it: new ones are there at
// least five minutes before.
std::string Imds::credentials(Time now) {
  const auto life = settings_.imds_credentials_time;
  const auto early = std::min<Settings::Duration>(minutes(5), life / 2);
  const auto* key = accounts_.find(key_);
  if (key == nullptr || now >= *key->expiry - early) {
    const auto arn = cat("arn:aws:sts::", settings_.imds_account, ":assumed-role/",
                         settings_.imds_role, '/', instance);
    const auto user_id = cat("AROAEXAMPLEINSTANCER:", instance);
    key = &accounts_.issue(settings_.imds_account, arn, user_id, now + life);
    key_ = key->id;
    made_ = now;
  }
  return json::serialize(json::object{{"Code", "Success"},
                                      {"LastUpdated", without_fraction(made_)},
                                      {"Type", "AWS-HMAC"},
                                      {"AccessKeyId", key->id},
                                      {"SecretAccessKey", key->secret},
                                      {"Token", key->token},
                                      {"Expiration", without_fraction(*key->expiry)}});
}

}  // namespace local_cloud
