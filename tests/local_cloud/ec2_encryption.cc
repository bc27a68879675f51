#include "tests/local_cloud/ec2_encryption.h"

#include "agent/base/digest.h"
#include "agent/base/text.h"
#include "tests/local_cloud/accounts.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

constexpr std::size_t uuid_dashes[] = {8, 13, 18, 23};
constexpr std::size_t uuid_size = 36;

bool is_uuid(std::string_view text) {
  return text.size() == uuid_size &&
         std::ranges::all_of(uuid_dashes, [&](std::size_t at) { return text[at] == '-'; });
}

bool is_key_id(std::string_view text) {
  return is_uuid(text) || (text.starts_with("mrk-") && text.size() == uuid_size);
}

// The key behind an alias: the same in every run.
std::string key_of_alias(const Region& region, std::string_view alias) {
  auto id = agent::base::sha256_hex(cat(region.account, region.name, alias)).substr(0, uuid_size);
  for (const auto at : uuid_dashes) id[at] = '-';
  return id;
}

}  // namespace

std::string kms_key_arn(const Region& region, const std::string& named) {
  const auto place = cat("arn:aws:kms:", region.name, ':', region.account, ':');
  if (named.empty()) return kms_key_arn(region, "alias/aws/ebs");
  if (named.starts_with(cat(place, "alias/"))) {
    return kms_key_arn(region, named.substr(place.size()));
  }
  if (named.starts_with("alias/")) return cat(place, "key/", key_of_alias(region, named));
  return is_key_id(named) ? cat(place, "key/", named) : named;
}

std::string flaw_of_key(const Region& region, const std::string& arn) {
  const auto here = cat("arn:aws:kms:", region.name, ':');
  const auto slash = arn.rfind("key/");
  const auto is_key = slash != arn.npos && is_key_id(std::string_view(arn).substr(slash + 4));
  if (arn.starts_with(here) && is_key && !matches_any(region.settings().unusable_kms_keys, arn)) {
    return "";
  }
  return "Given key ID is not accessible";
}

}  // namespace local_cloud::ec2
