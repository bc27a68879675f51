// AWS's shared files, ~/.aws/config and ~/.aws/credentials, as the AWS SDKs and Tools Reference
// Guide ("Shared config and credentials files") describes them.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace agent::aws {

// Keys in lower case. Nested settings (indented lines below a key) are left out.
using Profile = std::map<std::string, std::string, std::less<>>;
using Profiles = std::map<std::string, Profile, std::less<>>;  // by name

enum class ProfileSyntax { config, credentials };  // [profile NAME] or [NAME]

// The text says which line cannot be understood.
std::expected<Profiles, std::string> parse_profiles(std::string_view text, ProfileSyntax syntax);

}  // namespace agent::aws
