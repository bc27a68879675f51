// Static keys of the profile in use (aws_access_key_id, aws_secret_access_key, aws_session_token).
// A profile that asks for anything else (a role, a process, single sign-on) is an error that says
// so: other keys than those it means would be worse than none.
#pragma once

#include "agent/aws/credentials.h"
#include "agent/aws/profile_store.h"

namespace agent::aws {

class ProfileCredentials final : public Credentials {
 public:
  explicit ProfileCredentials(ProfileStore& store) : store_(store) {}
  base::Task<Result<Keys>> get() override;

 private:
  ProfileStore& store_;
};

}  // namespace agent::aws
