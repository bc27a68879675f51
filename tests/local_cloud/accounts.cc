#include "tests/local_cloud/accounts.h"

#include <algorithm>

#include "agent/base/digest.h"
#include "agent/base/text.h"

namespace local_cloud {

namespace {

using agent::base::cat;

// Upper-case letters and digits as in access key ids, the same for the same seed.
std::string id_of(std::string_view seed, std::size_t length) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id;
  for (const auto c : agent::base::sha256(seed).substr(0, length)) {
    id += alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  }
  return id;
}

Key user_key(std::string id, std::string secret, std::string account) {
  return {.id = std::move(id),
          .secret = std::move(secret),
          .account = account,
          .arn = cat("arn:aws:iam::", account, ":user/example"),
          .user_id = cat("AIDA", id_of(account, 17))};
}

}  // namespace

Accounts::Accounts() {
  add(user_key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "111122223333"));
  add(user_key("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY", "444455556666"));
}

const Key* Accounts::find(std::string_view id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

void Accounts::add(Key key) {
  if (key.arn.empty()) {
    auto completed = user_key(key.id, key.secret, key.account);
    key.arn = completed.arn;
    key.user_id = completed.user_id;
  }
  auto id = key.id;
  keys_.insert_or_assign(std::move(id), std::move(key));
}

const Key& Accounts::issue(const std::string& account, const std::string& arn,
                           const std::string& user_id, Time expiry,
                           const std::string& artifact_bucket) {
  const auto seed = cat(arn, '#', ++issued_);
  const auto id = cat("ASIA", id_of(seed, 16));
  add(Key{
      .id = id,
      .secret = agent::base::sha256_hex(cat("secret of ", seed)).substr(0, 40),
      .account = account,
      .arn = arn,
      .user_id = user_id,
      .token = agent::base::base64url(agent::base::sha256(cat("token of ", seed))) + "//////////",
      .expiry = expiry,
      .artifact_bucket = artifact_bucket});
  return keys_.at(id);
}

void Accounts::add(Role role) {
  auto arn = role.arn;
  roles_.insert_or_assign(std::move(arn), std::move(role));
}

const Role* Accounts::role(std::string_view arn) const {
  const auto found = roles_.find(arn);
  return found == roles_.end() ? nullptr : &found->second;
}

bool Accounts::denied(const Key& key, std::string_view action) const {
  return std::ranges::any_of(denials_, [&](const Denial& denial) {
    return (matches(denial.principal, key.id) || matches(denial.principal, key.arn)) &&
           matches(denial.action, action);
  });
}

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = pattern.npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p, ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

bool matches_any(std::string_view patterns, std::string_view text) {
  return std::ranges::any_of(agent::base::split(patterns, ','),
                             [&](const std::string& pattern) { return matches(pattern, text); });
}

}  // namespace local_cloud
