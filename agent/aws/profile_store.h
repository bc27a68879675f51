// The profile in use, from the shared files. They are read again when they have changed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/aws/environment.h"
#include "agent/aws/error.h"
#include "agent/aws/profile_file.h"

namespace agent::aws {

struct ProfilePaths {
  std::filesystem::path config;  // empty = there is none
  std::filesystem::path credentials;
  std::string profile = "default";
  bool named = false;  // somebody asked for this profile, so it has to exist

  // AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, HOME, AWS_PROFILE, AWS_DEFAULT_PROFILE.
  static ProfilePaths from(const Environment& environment);
};

class ProfileStore {
 public:
  explicit ProfileStore(ProfilePaths paths)
      : config_{.path = paths.config, .syntax = ProfileSyntax::config},
        credentials_{.path = paths.credentials, .syntax = ProfileSyntax::credentials},
        name_(std::move(paths.profile)),
        named_(paths.named) {}

  // Both files' settings of the profile; those of the credentials file go first.
  Result<Profile> profile();

 private:
  struct File {
    std::filesystem::path path;
    ProfileSyntax syntax;
    std::optional<std::string> stamp = {};  // of the contents below
    Profiles profiles = {};
  };

  static std::optional<Error> refresh(File& file);

  File config_;
  File credentials_;
  const std::string name_;
  const bool named_;
};

}  // namespace agent::aws
