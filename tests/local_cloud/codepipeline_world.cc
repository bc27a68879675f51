#include "tests/local_cloud/codepipeline_world.h"

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace local_cloud::codepipeline {

using agent::base::cat;

TypeId type_id(const json::object& id) {
  using agent::base::text;
  return {text(id, "category"), text(id, "owner"), text(id, "provider"), text(id, "version")};
}

json::object as_json(const TypeId& id) {
  return {{"category", id.category},
          {"owner", id.owner},
          {"provider", id.provider},
          {"version", id.version}};
}

std::string ActionType::url_template(std::string_view name) const {
  return agent::base::text(agent::base::member(definition, "settings"), name);
}

std::string ActionRun::name() const {
  return agent::base::text(declaration, "name");
}

World::World(std::string for_account, std::string for_region, const Settings& with_settings,
             Accounts& with_accounts, S3& with_s3)
    : account(std::move(for_account)),
      region(std::move(for_region)),
      settings(with_settings),
      accounts(with_accounts),
      s3(with_s3) {}

std::string World::arn(std::string_view resource) const {
  const std::string_view partition = region.starts_with("cn-")       ? "aws-cn"
                                     : region.starts_with("us-gov-") ? "aws-us-gov"
                                                                     : "aws";
  return cat("arn:", partition, ":codepipeline:", region, ":", account, ":", resource);
}

// The same at every run of a test with the same clock, and never twice.
std::string World::noise(Time now) {
  return agent::base::sha256(cat("codepipeline ", account, " ", region, " ", ++counter_, " ",
                                 now.time_since_epoch().count()));
}

std::string World::new_id(Time now) {
  auto id = agent::base::hex(noise(now)).substr(0, 32);
  id[12] = '4';  // RFC 9562: version 4
  id[16] = '8';
  for (const std::size_t dash : {8, 13, 18, 23}) id.insert(dash, "-");
  return id;
}

std::string World::new_text(Time now, std::size_t length) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string made;
  for (const char byte : noise(now)) made += alphabet[static_cast<unsigned char>(byte) % 62];
  return made.substr(0, length);
}

std::string World::new_nonce() {
  return std::to_string(++nonces_);
}

json::value seconds(Time time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1000.0;
}

void refuse(std::string code, const std::string& message) {
  throw ApiError(400, std::move(code), message);
}

void invalid(const std::string& message) {
  refuse("ValidationException", message);
}

}  // namespace local_cloud::codepipeline
