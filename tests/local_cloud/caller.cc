#include "tests/local_cloud/caller.h"

#include "agent/base/digest.h"
#include "agent/base/text.h"
#include "tests/local_cloud/signature.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {

using agent::base::cat;

Request Caller::sign(Request request, const std::string& service, Time now) const {
  const auto is_s3 = service == "s3";
  auto hash = agent::base::sha256_hex(request.body);
  request.headers.emplace("Host", cat(service, '.', region, ".amazonaws.com"));
  request.headers["X-Amz-Date"] = compact(now);
  if (!token.empty()) request.headers["X-Amz-Security-Token"] = token;
  if (is_s3) hash = request.headers.emplace("X-Amz-Content-Sha256", hash).first->second;
  Signed made{.access_key = access_key,
              .date = compact(now).substr(0, 8),
              .region = region,
              .service = service,
              .time = compact(now)};
  for (const auto& [name, value] : request.headers) {
    made.headers.push_back(agent::base::lower(name));
  }
  const auto path = is_s3 ? PathRule::as_it_is : PathRule::normalised;
  const auto to_sign = string_to_sign(made, canonical_request(request, made, path, hash));
  request.headers["Authorization"] =
      cat("AWS4-HMAC-SHA256 Credential=", access_key, '/', made.scope(),
          ", SignedHeaders=", agent::base::join(made.headers, ";"),
          ", Signature=", local_cloud::sign(signing_key(secret, made), to_sign));
  return request;
}

Request Caller::json(const std::string& service, const std::string& target,
                     const json::object& params, Time now) const {
  return sign(
      {.method = "POST",
       .target = "/",
       .headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", target}},
       .body = json::serialize(params)},
      service, now);
}

Request Caller::query(const std::string& service, const std::string& version,
                      const std::string& action, const Pairs& params, Time now) const {
  auto body = cat("Action=", action, "&Version=", version);
  for (const auto& [name, value] : params) {
    body += cat('&', agent::base::percent_encode(name), '=', agent::base::percent_encode(value));
  }
  return sign({.method = "POST",
               .target = "/",
               .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
               .body = std::move(body)},
              service, now);
}

Request Caller::s3(const std::string& method, const std::string& target, Time now,
                   const std::string& body, const HeaderMap& headers) const {
  return sign({.method = method, .target = target, .headers = headers, .body = body}, "s3", now);
}

}  // namespace local_cloud
