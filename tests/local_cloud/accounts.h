// Who may call: access keys, the accounts they belong to, roles, and what is denied to whom.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/local_cloud/service.h"

namespace local_cloud {

struct Key {
  std::string id;
  std::string secret;
  std::string account;
  std::string arn;      // whom it speaks for
  std::string user_id;  // as GetCallerIdentity says it
  std::string token;    // of a temporary key
  std::optional<Time> expiry;
  std::string artifact_bucket;  // of a job's: good for the objects in it and for nothing else
};

// A role that asks for something; one that is not listed exists and trusts everybody.
struct Role {
  std::string arn;
  std::string external_id;                    // "" = not asked for
  std::vector<std::string> trusted_accounts;  // none = every account
};

// Somebody (an access key id or an ARN, * and ? as in policies) is refused an action
// ("ec2:Create*").
struct Denial {
  std::string principal;
  std::string action;
};

class Accounts {
 public:
  Accounts();  // with AWS's documented example keys, each of an account of its own

  const Key* find(std::string_view id) const;
  void add(Key key);

  // A temporary key that nobody had before.
  const Key& issue(const std::string& account, const std::string& arn, const std::string& user_id,
                   Time expiry, const std::string& artifact_bucket = "");

  void add(Role role);
  const Role* role(std::string_view arn) const;

  void deny(Denial denial) { denials_.push_back(std::move(denial)); }
  void allow_everything() { denials_.clear(); }
  const std::vector<Denial>& denials() const { return denials_; }
  bool denied(const Key& key, std::string_view action) const;

 private:
  std::map<std::string, Key, std::less<>> keys_;
  std::map<std::string, Role, std::less<>> roles_;
  std::vector<Denial> denials_;
  std::uint64_t issued_ = 0;
};

// * and ? as in IAM policies.
bool matches(std::string_view pattern, std::string_view text);

// The same with several patterns, separated by commas; none match nothing.
bool matches_any(std::string_view patterns, std::string_view text);

}  // namespace local_cloud
